"""Taking and releasing headroom: always at four levels at once, under lock of all four rows, at every date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from issuance.authority import fx
from issuance.authority.drafts import money
from issuance.authority.models import BudgetEnvelope, FxRate, LegalAuthority
from issuance.headroom.levels import Level, levels_of
from issuance.headroom.models import Commitment, commitment_machine
from issuance.headroom.profile import Flow, Peak, peak
from issuance.programme.models import Programme
from issuance.series.models import Series
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows


class HeadroomExceeded(Refused):
    """New paper would pass a ceiling. `level` names it, `excess` says by how much (minor units, or units of a series),
    `on` is the first day it would happen."""

    def __init__(self, level: Level, *, excess: int, on: date, revalued: bool = False) -> None:
        self.level, self.excess, self.on, self.revalued = level.name, excess, on, revalued
        amount = money(excess, level.currency) if level.currency else f"{excess:,} units"
        why = ", at the latest exchange rates" if revalued else ""
        super().__init__(
            f"The ceiling of {level.name} {level.label} would be passed by {amount} on {on}{why}.",
            field=level.name,
            rule="headroom.revalued" if revalued else f"headroom.{level.name}",
            next_step="Take less, settle on or after the day older paper is repaid, or obtain a higher ceiling.",
        )


@dataclass(frozen=True, slots=True)
class Take:
    """One commitment wanted: `proceeds_minor` is what the issuer receives (face, where nothing is said)."""

    key: str
    units: int
    proceeds_minor: int | None = None


@dataclass(frozen=True, slots=True)
class _Rates:
    programme: FxRate | None
    envelope: FxRate | None
    authority: FxRate | None


def commitment_take(
    *,
    series: Series,
    units: int,
    settles_on: date,
    key: str,
    now: datetime,
    actor: User,
    proceeds_minor: int | None = None,
) -> Commitment:
    """Take headroom for one line; same key and same body returns the first. Refuses as commitments_take does."""
    [commitment] = commitments_take(
        series=series, settles_on=settles_on, takes=[Take(key, units, proceeds_minor)], now=now, actor=actor
    )
    return commitment


@transaction.atomic
def commitments_take(
    *, series: Series, settles_on: date, takes: Sequence[Take], now: datetime, actor: User
) -> list[Commitment]:
    """Take headroom for all lines or none, under lock of authority, envelope, programme and series.

    1. Lock the four rows (kernel.locks), and read them afresh.
    2. States and dates: everything in force and open, settlement within the envelope, before maturity.
    3. Weigh each line at each level, rounded up, at the rate rows of the settlement date.
    4. Compare the peak over [settles_on, maturity) with each ceiling, at stored and at latest rates.
    5. Insert; the database checks 2 to 4 (stored rates) once more.

    Refused (HeadroomExceeded for a ceiling) with nothing written; Conflict when a key exists with another body.
    """
    series = _locked(series)
    _check_open(series, settles_on)
    known = {row.key: row for row in Commitment.objects.filter(key__in=[take.key for take in takes])}
    rates = _rates(series, settles_on)
    rows = [_weigh(series, settles_on, take, rates, now) for take in takes]
    fresh = [row for row in rows if row.key not in known]
    for row in rows:
        _check_same(known.get(row.key), row)
    if len({row.key for row in rows}) != len(rows):
        raise Refused("Two lines carry the same key.", field="key", rule="commitment.key")
    check_ceilings(series, settles_on, fresh)
    Commitment.objects.bulk_create(fresh)
    if fresh:
        body = {"keys": [row.key for row in fresh], "units": sum(row.units for row in fresh), "settles_on": settles_on}
        audit.record(actor=actor, action="headroom.take", subject=series.isin, body=body, now=now)
    return [known.get(row.key, row) for row in rows]


@transaction.atomic
def commitment_release(*, key: str, reason: str, now: datetime, actor: User) -> Commitment:
    """Give the headroom of paper that will never exist back. Refused if unknown, Conflict if already released.

    Repaid paper is never released: its maturity frees it by date.
    """
    row = Commitment.objects.filter(key=key).first()
    if row is None:
        raise Refused(f"There is no commitment {key}.", field="key", rule="commitment.exists")
    if not reason.strip():
        raise Refused("Say why the headroom returns.", field="reason", rule="commitment.release_reason")
    audit.move(
        commitment_machine, row, "RELEASED", actor=actor, now=now, reason=reason, released_at=now, release_reason=reason
    )
    return row


def check_ceilings(series: Series, settles_on: date, rows: Sequence[Commitment]) -> None:
    """HeadroomExceeded when `rows`, not yet written, would pass a ceiling on any day; reads only."""
    for level in levels_of(series):
        extra = [Flow(row.settles_on, row.frees_on, int(getattr(row, level.weight))) for row in rows]
        booked = _peak(level, [*level.flows(since=settles_on), *extra], settles_on, series.maturity_date)
        if extra and booked.used > level.ceiling:
            raise HeadroomExceeded(level, excess=booked.used - level.ceiling, on=booked.on)
        anew = level.revalued_flows(at=settles_on)
        if anew is None:
            continue
        today = _peak(level, [*anew, *extra], settles_on, series.maturity_date)
        if extra and today.used > level.ceiling:
            raise HeadroomExceeded(level, excess=today.used - level.ceiling, on=today.on, revalued=True)


def weigh(series: Series, settles_on: date, takes: Sequence[Take], *, now: datetime) -> list[Commitment]:
    """The unsaved commitments that these lines would become; Refused where no rate exists."""
    rates = _rates(series, settles_on)
    return [_weigh(series, settles_on, take, rates, now) for take in takes]


def _peak(level: Level, flows: list[Flow], settles_on: date, maturity: date) -> Peak:
    return peak(flows, settles_on, level.until(maturity), restores=level.restores, window=level.window)


def _locked(series: Series) -> Series:
    programme = series.programme
    lock_rows(
        BudgetEnvelope.objects.filter(pk=programme.envelope_id),
        LegalAuthority.objects.filter(pk=programme.envelope.authority_id),
        Programme.objects.filter(pk=programme.pk),
        Series.objects.filter(pk=series.pk),
    )
    return Series.objects.select_related("programme__envelope__authority").get(pk=series.pk)


def _check_open(series: Series, settles_on: date) -> None:
    programme = series.programme
    envelope, authority = programme.envelope, programme.envelope.authority
    rules = [
        (series.state in {"APPROVED", "LIVE"}, "series", f"series {series.isin} is {series.state.lower()}"),
        (programme.state == "OPEN", "programme", f"programme {programme} is not open"),
        (envelope.state == "OPEN", "envelope", f"envelope {envelope} is not open"),
        (authority.state == "IN_FORCE", "authority", f"authority {authority} is not in force"),
        (authority.valid_from <= settles_on <= authority.valid_until, "authority", f"{authority} is not valid then"),
        (envelope.starts_on <= settles_on <= envelope.ends_on, "envelope", f"{envelope} does not cover that day"),
        (settles_on >= series.issue_date, "settles_on", f"the series is issued on {series.issue_date}"),
        (settles_on < series.maturity_date, "settles_on", f"the series matures on {series.maturity_date}"),
    ]
    for holds, field, words in rules:
        if not holds:
            raise Refused(f"No paper can settle on {settles_on}: {words}.", field=field, rule=f"headroom.{field}_open")


def _rates(series: Series, settles_on: date) -> _Rates:
    programme = series.programme
    envelope = programme.envelope
    return _Rates(
        programme=fx.rate_between(series.currency, programme.currency, settles_on),
        envelope=fx.rate_between(series.currency, envelope.currency, settles_on),
        authority=fx.rate_between(series.currency, envelope.authority.currency, settles_on),
    )


def _weigh(series: Series, settles_on: date, take: Take, rates: _Rates, now: datetime) -> Commitment:
    face = take.units * series.denomination_minor
    proceeds = face if take.proceeds_minor is None else take.proceeds_minor
    if take.units <= 0 or proceeds <= 0:
        raise Refused("Units and proceeds must be above 0.", field="units", rule="commitment.positive")
    envelope = series.programme.envelope
    basis = face if envelope.authority.basis == "FACE" else proceeds
    source = series.currency
    return Commitment(
        key=take.key,
        series=series,
        units=take.units,
        face_minor=face,
        proceeds_minor=proceeds,
        settles_on=settles_on,
        frees_on=series.maturity_date,
        programme_minor=fx.convert(face, rates.programme, source=source, target=series.programme.currency),
        envelope_minor=fx.convert(basis, rates.envelope, source=source, target=envelope.currency),
        authority_minor=fx.convert(basis, rates.authority, source=source, target=envelope.authority.currency),
        programme_rate=rates.programme,
        envelope_rate=rates.envelope,
        authority_rate=rates.authority,
        taken_at=now,
    )


def _check_same(known: Commitment | None, wanted: Commitment) -> None:
    if known is None:
        return
    same = (known.series_id, known.units, known.proceeds_minor, known.settles_on) == (
        wanted.series_id,
        wanted.units,
        wanted.proceeds_minor,
        wanted.settles_on,
    )
    if not same:
        raise Conflict(f"Commitment {wanted.key} exists with another body.", field="key", rule="commitment.key")
