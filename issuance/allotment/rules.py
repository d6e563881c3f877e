"""What the terms of an offer must satisfy on their own, before any ceiling is looked at."""

from __future__ import annotations

from issuance.allotment.models import Offer
from issuance.series.selectors import series_calendar, series_convention, series_paper
from tokenization.kernel.errors import Refused


def check_offer(offer: Offer) -> None:
    """Refused on the first broken rule, with its field."""
    series, rule = offer.series, series_convention(offer.series)
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
    paper = series_paper(series, day)
    if not _printed(offer) or not paper.agrees(offer.price, offer.yield_pct):
        raise Refused(
            f"Price {offer.price} and yield {offer.yield_pct} % over {paper.days} days do not agree by {rule.name}.",
            field="price",
            rule="offer.price_yield",
            next_step=f"That yield gives {paper.price(offer.yield_pct)}.",
        )


def _printed(offer: Offer) -> bool:
    rule = series_convention(offer.series)
    return offer.price == round(offer.price, rule.price_places) and offer.yield_pct == round(
        offer.yield_pct, rule.yield_places
    )
