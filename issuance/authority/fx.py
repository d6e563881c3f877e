"""Dated exchange rates and the one conversion that ceilings use."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from issuance.authority.models import FxRate
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.money import check_currency, minor_digits

_SCALE = 10**8


def check_joined(code: str, other: str, *, field: str) -> None:
    """Refused when no rate can ever join the two: a commodity weighs under ceilings of that commodity alone."""
    if code == other or not {code, other} & set(MEASURES):
        return
    words = " and ".join(f"{MEASURES[c].unit}s ({c})" if c in MEASURES else f"money in {c}" for c in (code, other))
    raise Refused(
        f"A quantity is weighed as itself: {words} have no rate between them.",
        field=field,
        rule="fx.one_measure",
        next_step="Use an authority, envelope, programme and series in one measure.",
    )


def rate(base: str, quote: str, on: date) -> FxRate:
    """The latest rate between two currencies, quoted either way round, on or before `on`; Refused if there is none."""
    check_joined(base, quote, field="fx_rate")
    pair = Q(base=base, quote=quote) | Q(base=quote, quote=base)
    row = FxRate.objects.filter(pair, on__lte=on).order_by("-on", "-id").first()
    if row is None:
        raise Refused(
            f"There is no {base}/{quote} rate on or before {on}.",
            field="fx_rate",
            rule="fx.dated",
            next_step="Record the day's rate with its source.",
        )
    return row


def rate_between(currency: str, other: str, on: date) -> FxRate | None:
    """None when the two are one currency, else the dated rate."""
    return None if currency == other else rate(currency, other, on)


def convert(amount_minor: int, row: FxRate | None, *, source: str, target: str) -> int:
    """Minor units of `source` in minor units of `target`, rounded up so that splitting never gains room.

    `row` may quote the pair either way; None only for one currency. Exact whole-number arithmetic, as in the database.
    """
    if row is None:
        if source != target:
            raise ValueError(f"{source} to {target} needs a rate")
        return amount_minor
    quote: int = int(row.rate * _SCALE) * 10**row.quote_digits
    base: int = _SCALE * 10**row.base_digits
    if (row.base, row.quote) == (source, target):
        return -(-amount_minor * quote // base)
    if (row.base, row.quote) == (target, source):
        return -(-amount_minor * base // quote)
    raise ValueError(f"{row} does not join {source} and {target}")


def fx_rate_record(
    *, on: date, base: str, quote: str, rate: Decimal, source: str, actor: User, now: datetime
) -> FxRate:
    """Record one dated rate: 1 `base` = `rate` `quote`, at most 8 decimals. Rates are never edited."""
    if not rate.is_finite() or rate <= 0 or rate != round(rate, 8):
        raise Refused(f"{rate} is not a positive rate of at most 8 decimals.", field="rate", rule="fx.positive")
    if base == quote:
        raise Refused("A rate joins two different currencies.", field="quote", rule="fx.two_currencies")
    check_currency(base, field="base")
    check_currency(quote, field="quote")
    row = FxRate.objects.create(
        on=on,
        base=base,
        quote=quote,
        rate=rate,
        base_digits=minor_digits(base),
        quote_digits=minor_digits(quote),
        source=source,
    )
    audit.record(actor=actor, action="fx.record", subject=str(row), body={"rate": row.pk}, now=now)
    return row
