"""What the terms of an offer must satisfy on their own, before any ceiling is looked at."""

from __future__ import annotations

from issuance.allotment.models import Offer
from issuance.series.selectors import series_calendar, series_convention, series_paper, unit_convention
from tokenization.kernel.bounds import check_day, check_units
from tokenization.kernel.errors import Refused


def check_offer(offer: Offer) -> None:
    """Refused on the first broken rule, with its field."""
    series = offer.series
    check_units(offer.target_units, field="target_units")
    check_day(offer.settlement_date, field="settlement_date")
    if offer.target_units <= 0:
        raise Refused("The target must be above 0 units.", field="target_units", rule="offer.target")
    day = offer.settlement_date
    if not series.issue_date <= day < series.maturity_date:
        raise Refused(
            f"{day} does not lie from issue {series.issue_date} to before maturity {series.maturity_date}.",
            field="settlement_date",
            rule="offer.settlement_date",
        )
    business = series_calendar(series)
    if not business.is_business(day):
        raise Refused(
            f"{day} is not a business day of calendar {business.name}.",
            field="settlement_date",
            rule="offer.business_day",
            next_step=f"Use {business.following(day)}.",
        )
    if series.is_reserve:
        _check_unit_price(offer)
    else:
        _check_paper(offer)


def _check_unit_price(offer: Offer) -> None:
    places = unit_convention(offer.series).price_places
    if offer.yield_pct is not None:
        raise Refused("A unit backed by a commodity has no yield.", field="yield_pct", rule="offer.price_yield")
    if offer.price <= 0 or offer.price != round(offer.price, places):
        raise Refused(
            f"The price of one unit is above 0, in {offer.series.payment_currency}, at most {places} decimals.",
            field="price",
            rule="offer.unit_price",
        )


def _check_paper(offer: Offer) -> None:
    rule, paper = series_convention(offer.series), series_paper(offer.series, offer.settlement_date)
    if offer.yield_pct is None:
        raise Refused("Debt is offered at a price and its yield.", field="yield_pct", rule="offer.price_yield")
    if not _printed(offer) or not paper.agrees(offer.price, offer.yield_pct):
        raise Refused(
            f"Price {offer.price} and yield {offer.yield_pct} % over {paper.days} days do not agree by {rule.name}.",
            field="price",
            rule="offer.price_yield",
            next_step=f"That yield gives {paper.price(offer.yield_pct)}.",
        )


def _printed(offer: Offer) -> bool:
    rule, rate = series_convention(offer.series), offer.yield_pct
    return offer.price == round(offer.price, rule.price_places) and rate == round(rate or 0, rule.yield_places)
