"""What a decision would do: who gets what, what is left of each ceiling, and what a person ought to know first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from issuance.allotment.decisions.clearing import Accept, Cleared, cleared
from issuance.auction.models import Auction
from issuance.authority.drafts import money
from issuance.bid.models import Bid
from issuance.headroom.levels import levels_of
from issuance.headroom.models import Commitment
from issuance.headroom.profile import Flow
from issuance.headroom.selectors import Headroom, level_headroom
from issuance.headroom.services import HeadroomExceeded, Take, check_ceilings, weigh
from issuance.maths.auction import bids as maths
from issuance.series.rules import zone
from tokenization.identity import kyc
from tokenization.identity.models import Party
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.money import minor_digits
from tokenization.kernel.writing import day


@dataclass(frozen=True, slots=True)
class Line:
    """One allotment to be: the bid it answers, and its figures in units and minor units."""

    bid: Bid
    price: Decimal
    units: int
    face_minor: int
    proceeds_minor: int
    accrued_minor: int

    @property
    def take(self) -> Take:
        """The headroom it needs, keyed by its bid."""
        return Take(f"allotment:bid:{self.bid.pk}", self.units, self.proceeds_minor)


@dataclass(frozen=True, slots=True)
class Effect:
    """`levels`: each ceiling before and after. `excess`: the first one that would be passed, if any."""

    auction: Auction
    cleared: Cleared
    lines: tuple[Line, ...]
    levels: tuple[tuple[Headroom, Headroom], ...]
    excess: HeadroomExceeded | None
    warnings: tuple[str, ...]

    @property
    def face_minor(self) -> int:
        return sum(line.face_minor for line in self.lines)

    @property
    def proceeds_minor(self) -> int:
        return sum(line.proceeds_minor for line in self.lines)

    @property
    def above_target_minor(self) -> int:
        """Face above the announced target, 0 when there is none: taking it needs a recorded reason."""
        return max(0, self.face_minor - self.auction.target_minor)


def decision_preview(auction: Auction, accept: Accept, *, now: datetime) -> Effect:
    """The effect of a decision on a closed auction, as of now. Conflict unless it is closed; nothing is written."""
    if auction.state != "CLOSED":
        raise Conflict(
            f"{auction} is {auction.state.lower()}, not closed.",
            field="auction",
            rule="auction.closed",
            next_step="It is decided once, after its close.",
        )
    found = cleared(auction, accept)
    lines = lines_of(auction, found)
    rows = weigh(auction.series, auction.settlement_date, [line.take for line in lines], now=now)
    levels = _levels(auction, rows)
    return Effect(auction, found, lines, levels, _excess(auction, rows), _warnings(auction, lines, levels, now))


def lines_of(auction: Auction, found: Cleared) -> tuple[Line, ...]:
    """Each allotment of the result with its bid, in the result's order: best first."""
    answered = found.result.allotments
    bids = Bid.objects.select_related("bidder").in_bulk([int(item.bid_id) for item in answered])
    return tuple(_line(auction, bids[int(item.bid_id)], item) for item in answered)


def _line(auction: Auction, bid: Bid, item: maths.Allotment) -> Line:
    face = item.face * 10 ** minor_digits(auction.series.currency)
    units, rest = divmod(face, auction.series.denomination_minor)
    if rest or item.price is None or item.amount_minor is None or item.accrued_minor is None:
        raise Refused(f"Bid {bid.pk} is not of whole units at a known price.", field="bid", rule="auction.units")
    return Line(bid, item.price, units, face, item.amount_minor, item.accrued_minor)


def _levels(auction: Auction, rows: list[Commitment]) -> tuple[tuple[Headroom, Headroom], ...]:
    start, end = auction.settlement_date, auction.series.maturity_date
    found = []
    for level in levels_of(auction.series):
        flows = [Flow(row.settles_on, row.frees_on, int(getattr(row, level.weight))) for row in rows]
        before = level_headroom(level, on=start, until=end)
        found.append((before, level_headroom(level, on=start, until=end, extra=flows)))
    return tuple(found)


def _excess(auction: Auction, rows: list[Commitment]) -> HeadroomExceeded | None:
    try:
        check_ceilings(auction.series, auction.settlement_date, rows)
    except HeadroomExceeded as refusal:
        return refusal
    return None


def _warnings(
    auction: Auction, lines: tuple[Line, ...], levels: tuple[tuple[Headroom, Headroom], ...], now: datetime
) -> tuple[str, ...]:
    found = [after.warning for _, after in levels if after.warning]
    above = sum(line.face_minor for line in lines) - auction.target_minor
    if above > 0:
        found.append(f"More than the announced target, by {money(above, auction.series.currency)}.")
    if not lines:
        found.append("All bids are rejected.")
    elif now.astimezone(zone(auction.series)).date() > auction.settlement_date:
        found.append(f"The settlement date, {day(auction.settlement_date)}, has passed.")
    parties: dict[int, Party] = {line.bid.bidder_id: line.bid.bidder for line in lines}
    stopped = len(parties) - len(kyc.valid_parties(parties.values(), now))
    if stopped:
        found.append(
            f"The identity check of {stopped} of the bidders is not valid today: what is not paid and delivered lapses."
        )
    return tuple(found)
