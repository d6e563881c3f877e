"""Lines of an allotment: party reference and units as text, checked all together, refused with every fault named."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from issuance.allotment.models import Offer
from issuance.headroom.services import HeadroomExceeded, Take, check_ceilings, weigh
from issuance.maths.bills import proceeds_minor
from issuance.maths.rounding import half_up_ratio
from issuance.series.selectors import series_paper
from tokenization.identity import kyc
from tokenization.identity.approvals import Payload
from tokenization.identity.models import Party
from tokenization.kernel.errors import LineProblem
from tokenization.kernel.money import minor_digits

_WHOLE = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class AllotmentLine:
    """What a person typed or a file held: nothing is trusted yet. `line` counts from 1."""

    line: int
    party: str
    units: str


@dataclass(frozen=True, slots=True)
class ValidLine:
    line: int
    party: Party
    units: int
    face_minor: int
    accrued_minor: int
    proceeds_minor: int


def lines_of(payload: Payload) -> list[AllotmentLine]:
    """The lines of an AllotmentApprove payload."""
    return [AllotmentLine(int(row["line"]), str(row["party"]), str(row["units"])) for row in payload.get("lines", [])]


def read_lines(
    offer: Offer, lines: Sequence[AllotmentLine], *, now: datetime
) -> tuple[list[ValidLine], list[LineProblem]]:
    """The lines that stand and the problems of those that do not; headroom is looked at once the lines are clean."""
    parties = {party.reference: party for party in Party.objects.filter(reference__in={row.party for row in lines})}
    cleared = kyc.valid_parties(parties.values(), now)
    problems: list[LineProblem] = []
    valid: list[ValidLine] = []
    first_seen: dict[str, int] = {}
    for row in lines:
        found = _line_problems(row, parties.get(row.party), cleared, first_seen)
        problems += found
        first_seen.setdefault(row.party, row.line)
        if not found:
            valid.append(_valid(offer, row, parties[row.party]))
    if not lines:
        problems.append(LineProblem(0, "lines", "allotment.lines", "there is no line"))
    if not problems:
        problems += _headroom_problems(offer, valid, now=now)
    return valid, problems


def takes_of(offer: Offer, valid: Sequence[ValidLine]) -> list[Take]:
    """The headroom that the lines need: one commitment per line, keyed by offer and party."""
    return [Take(f"allotment:{offer.pk}:{row.party.reference}", row.units, row.proceeds_minor) for row in valid]


def _line_problems(
    row: AllotmentLine, party: Party | None, cleared: set[int], first_seen: dict[str, int]
) -> list[LineProblem]:
    problems: list[LineProblem] = []
    if party is None:
        problems.append(LineProblem(row.line, "party", "party.exists", f"there is no party {row.party!r}"))
    elif party.pk not in cleared:
        problems.append(LineProblem(row.line, "party", "kyc.valid", f"the KYC of {row.party} is not valid"))
    if row.party in first_seen:
        message = f"{row.party} is already on line {first_seen[row.party]}"
        problems.append(LineProblem(row.line, "party", "allotment.once_per_party", message))
    fault = _units_fault(row.units)
    if fault:
        problems.append(LineProblem(row.line, "units", *fault))
    return problems


def _units_fault(text: str) -> tuple[str, str] | None:
    if _WHOLE.fullmatch(text):
        return None if int(text) > 0 else ("units.positive", "units must be above 0")
    if re.fullmatch(r"-[0-9.]+", text):
        return "units.positive", f"units must be above 0, not {text}"
    if _DECIMAL.fullmatch(text):
        return "units.whole", f"{text} is not a whole number of units"
    return "units.number", f"{text!r} is not a number of units (digits only, at most 18)"


def _valid(offer: Offer, row: AllotmentLine, party: Party) -> ValidLine:
    units = int(row.units)
    face = units * offer.series.denomination_minor
    if offer.series.is_reserve:
        return ValidLine(row.line, party, units, face, 0, unit_proceeds_minor(offer, units))
    clean = proceeds_minor(face, offer.price)
    dirty = proceeds_minor(face, offer.price + series_paper(offer.series, offer.settlement_date).accrued)
    return ValidLine(row.line, party, units, face, dirty - clean, dirty)


def unit_proceeds_minor(offer: Offer, units: int) -> int:
    """What units of a reserve-backed series cost: units x price, half up to the minor unit of the payment currency."""
    numerator, denominator = offer.price.as_integer_ratio()
    minor = 10 ** minor_digits(offer.series.payment_currency)
    return half_up_ratio(units * numerator * minor, denominator)


def _headroom_problems(offer: Offer, valid: Sequence[ValidLine], *, now: datetime) -> list[LineProblem]:
    """At most one: the first line with which the running total passes a ceiling."""
    rows = weigh(offer.series, offer.settlement_date, takes_of(offer, valid), now=now)

    def excess(count: int) -> HeadroomExceeded | None:
        try:
            check_ceilings(offer.series, offer.settlement_date, rows[:count])
        except HeadroomExceeded as refusal:
            return refusal
        return None

    refusal = excess(len(rows))
    if refusal is None:
        return []
    first = bisect_left(range(len(rows)), True, key=lambda index: excess(index + 1) is not None)
    return [LineProblem(valid[first].line, refusal.field, refusal.rule, refusal.message)]
