"""How figures are written for people, on pages and on paper alike: exact, grouped by thousands, with unit and zone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

from tokenization.kernel.money import Money

EMPTY = "–"


def units(value: int | Decimal | None) -> str:
    """1234567 -> 1,234,567; a Decimal keeps every digit it has."""
    return EMPTY if value is None else f"{value:,}"


def money(minor: int | None, currency: str) -> str:
    """Minor units -> 'PKR 1,234.56'."""
    return EMPTY if minor is None else Money(int(minor), currency).format()


def when(value: datetime | None) -> str:
    """An instant with the zone it is shown in: 21 Nov 2026 14:05:09 PKT."""
    if value is None:
        return EMPTY
    return timezone.localtime(value).strftime("%-d %b %Y %H:%M:%S %Z")


def day(value: date | None) -> str:
    return EMPTY if value is None else value.strftime("%-d %b %Y")


def percent(value: Decimal | None) -> str:
    """A rate with the digits that it is kept with: 11.5000 %."""
    return EMPTY if value is None else f"{value:,f} %"


def price(value: Decimal | None) -> str:
    """A price per 100 or a yield as markets print them: four decimals, more only where there are more."""
    if value is None:
        return EMPTY
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 prices are finite
    return f"{value:,.{max(4, -exponent)}f}"
