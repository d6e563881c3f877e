"""The calendar of what is due: opening coupons and the redemption from the series' own terms."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db import transaction

from contracts.indexer.selectors import block_at
from custody.servicing.models import ServicingEvent
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import cash_token
from custody.tokenisation.services.tokens import record_instant
from issuance.maths.schedules import Coupon
from issuance.series.models import Series
from issuance.series.selectors import coupon_per_hundred, coupon_schedule, series_calendar
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows

Kind = ServicingEvent.Kind
# How long before the record instant the bell opens an event: time enough to see it and to bring the money.
OPEN_AHEAD = timedelta(days=10)


def coupon_open(
    *, token: TokenContract, sequence: int, rail: str = "BANK", actor: User, now: datetime
) -> ServicingEvent:
    """Open coupon `sequence` (1 is the first) of a live token; once, the first is returned again.

    The record instant is the beginning of the coupon date in the series' zone, for the last coupon that of the
    redemption; the payment date is the schedule's, moved by the calendar of the series.
    """
    require_power(actor, Power.REDEEM_DRAFT)
    _require_series(token)
    return _coupon(token, sequence, rail, actor, now)


def redemption_open(*, token: TokenContract, rail: str = "BANK", actor: User, now: datetime) -> ServicingEvent:
    """Open the redemption of a live token; once per token, the first is returned again.

    The record instant is the series' own (transfers close on chain then); the payment date is the maturity date, or the
    next business day of the series' calendar.
    """
    require_power(actor, Power.REDEEM_DRAFT)
    _require_series(token)
    return _redemption(token, rail, actor, now)


def events_open_due(*, now: datetime) -> int:
    """Open every coupon and redemption whose record instant is near or past; returns how many were opened.

    A coupon of the time before the chain knew the series is nobody's here and stays unopened.
    """
    actor, before, rail = system_user(), ServicingEvent.objects.count(), ServicingEvent.Rail.BANK
    for token in TokenContract.objects.filter(state="LIVE", series__isnull=False).select_related("series"):
        known = set(token.servicing_events.values_list("kind", "sequence"))
        for sequence, coupon in enumerate(coupon_schedule(token.series), 1):
            if (Kind.COUPON, sequence) not in known and _near(coupon_instant(token.series, coupon), now):
                _coupon(token, sequence, rail, actor, now)
        in_money = not token.series.is_reserve
        if in_money and (Kind.REDEMPTION, 1) not in known and _near(record_instant(token.series), now):
            _redemption(token, rail, actor, now)
    return ServicingEvent.objects.count() - before


def coupon_instant(series: Series, coupon: Coupon) -> datetime:
    """When holders are recorded for a coupon; the last one shares the instant of the redemption."""
    if coupon.end == series.maturity_date:
        return record_instant(series)
    return datetime.combine(coupon.end, time(0), tzinfo=ZoneInfo(series.record_zone))


def coupon_rate(series: Series, coupon: Coupon) -> Fraction:
    """Minor units that one unit earns, exactly."""
    return coupon_per_hundred(series, coupon) * series.denomination_minor / 100


def _rail(token: TokenContract, rail: str) -> str:
    if rail not in ServicingEvent.Rail.values:
        raise Refused(f"{rail!r} is no way to pay.", field="rail", rule="BANK or TOKEN")
    cash = cash_token(token.series.payment_currency) if rail == ServicingEvent.Rail.TOKEN and token.series else None
    if rail == ServicingEvent.Rail.TOKEN and (cash is None or cash.state != TokenContract.State.LIVE):
        raise Refused("There is no settlement cash in this currency.", field="rail", rule="cash token live")
    return rail


def _near(instant: datetime, now: datetime) -> bool:
    return instant - OPEN_AHEAD <= now and (instant >= now or block_at(instant) is not None)


@transaction.atomic
def _coupon(token: TokenContract, sequence: int, rail: str, actor: User, now: datetime) -> ServicingEvent:
    series = token.series
    coupons = coupon_schedule(series)
    if not 1 <= sequence <= len(coupons):
        raise Refused(
            f"{series.isin} has {len(coupons)} coupons, and none of them is number {sequence}.",
            field="sequence",
            rule="a coupon of the schedule",
        )
    coupon = coupons[sequence - 1]
    found = _standing(token, Kind.COUPON, sequence)
    if found:
        return found
    return _open(
        token,
        Kind.COUPON,
        sequence,
        rail=rail,
        rate=coupon_rate(series, coupon),
        record_at=coupon_instant(series, coupon),
        payment_date=coupon.paid,
        period=(coupon.start, coupon.end),
        actor=actor,
        now=now,
    )


@transaction.atomic
def _redemption(token: TokenContract, rail: str, actor: User, now: datetime) -> ServicingEvent:
    found = _standing(token, Kind.REDEMPTION, 1)
    if found:
        return found
    series = token.series
    if series.is_reserve:
        raise Refused(
            f"{series.isin} is redeemed in kind: nothing is paid for a unit at its long-stop date.",
            field="token",
            rule="debt alone is repaid",
        )
    return _open(
        token,
        Kind.REDEMPTION,
        1,
        rail=rail,
        rate=Fraction(series.denomination_minor),
        record_at=record_instant(series),
        payment_date=series_calendar(series).following(series.maturity_date),
        period=(None, None),
        actor=actor,
        now=now,
    )


def _require_series(token: TokenContract) -> None:
    if token.is_cash:
        raise Refused(
            f"{token.code} is cash: it is never due.",
            field="token",
            rule="token of a series",
            next_step="Its holder asks for a pay-out.",
        )


def _standing(token: TokenContract, kind: str, sequence: int) -> ServicingEvent | None:
    """The event if it is open already; Refused for a token that is not live, else."""
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    found = ServicingEvent.objects.filter(token=token, kind=kind, sequence=sequence).first()
    if found is None and token.state != TokenContract.State.LIVE:
        raise Refused(f"The token of {token.series.isin} is {token.state}.", field="token", rule="token is live")
    return found


def _open(
    token: TokenContract,
    kind: str,
    sequence: int,
    *,
    rail: str,
    rate: Fraction,
    record_at: datetime,
    payment_date: date,
    period: tuple[date | None, date | None],
    actor: User,
    now: datetime,
) -> ServicingEvent:
    event = ServicingEvent.objects.create(
        token=token,
        kind=kind,
        sequence=sequence,
        rail=_rail(token, rail),
        rate_numerator=rate.numerator,
        rate_denominator=rate.denominator,
        record_at=record_at,
        payment_date=payment_date,
        period_start=period[0],
        period_end=period[1],
    )
    body = {"kind": kind, "sequence": sequence, "record_at": record_at.isoformat(), "rate": str(rate)}
    audit.record(actor=actor, action="servicing.open", subject=f"servicing:{event.pk}", body=body, now=now)
    return event
