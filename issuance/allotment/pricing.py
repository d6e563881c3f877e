"""What a price means, in words: per 100 of face for debt; for a commodity per unit, and per ounce or barrel."""

from __future__ import annotations

from decimal import Decimal

from issuance.allotment.models import Offer
from issuance.maths.rounding import half_up_ratio
from issuance.series.models import Series
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.money import Money, minor_digits


def price_words(offer: Offer) -> list[tuple[str, str]]:
    """(label, value) rows; of a reserve-backed series what one unit is, its price, and that of a whole measure."""
    if not offer.series.is_reserve:
        return [("Price per 100", f"{offer.price}"), ("Yield", f"{offer.yield_pct} %")]
    return unit_price_words(offer.series, offer.price)


def unit_price_words(series: Series, price: Decimal) -> list[tuple[str, str]]:
    """The same for a price of one unit of a reserve-backed series."""
    measure, currency = MEASURES[series.currency], series.payment_currency
    return [
        ("One unit", f"{measure.words(series.denomination_minor)} per unit"),
        ("Price per unit", f"{currency} {price:,}"),
        (f"Price per {measure.unit}", per_measure(series, price).format()),
    ]


def per_measure(series: Series, price: Decimal) -> Money:
    """What a whole ounce or barrel costs at that price of one unit, half up to the minor unit."""
    currency = series.payment_currency
    numerator, denominator = price.as_integer_ratio()
    minor = numerator * 10 ** (MEASURES[series.currency].digits + minor_digits(currency))
    return Money(half_up_ratio(minor, denominator * series.denomination_minor), currency)
