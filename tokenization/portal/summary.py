"""What a bid would mean if it were accepted in full: read back before it is placed."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from issuance.bid.rules import Quote
from issuance.maths.auction.rules import Pricing, Variable
from issuance.maths.bills import proceeds_minor
from issuance.maths.rounding import half_up_ratio
from issuance.series.selectors import series_paper
from tokenization.theme.figures import day, money
from tokenization.theme.figures import price as written


@dataclass(frozen=True)
class Summary:
    """`words` is one sentence; `pairs` are label and value; `most_minor` is to be paid if all is accepted, None where
    nobody knows it yet."""

    words: str
    pairs: tuple[tuple[str, str], ...]
    most_minor: int | None = None


def summary(auction: Auction, quote: Quote) -> Summary:
    """The quote has passed the rules of the auction."""
    currency, when = auction.series.currency, day(auction.settlement_date)
    face = money(quote.face_minor, currency)
    if not quote.competitive:
        words = _("You ask for %(face)s of face without a price. What it costs is known after the decision.") % {
            "face": face
        }
        return Summary(words, ((_("Face"), face), (_("To pay on"), when)))
    rule, paper = auction_rule(auction), series_paper(auction.series, auction.settlement_date)
    price, rate = quote.price, quote.yield_pct
    places = rule.bid_places if rule.variable is Variable.PRICE else rule.price_places
    if price is None:
        assert rate is not None  # noqa: S101 a competitive bid names one of the two
        price = paper.price(rate, places)
    if rate is None:
        rate = paper.yield_pct(price, rule.yield_places)
    accrued = half_up_ratio(quote.face_minor * int(paper.accrued.scaleb(9)), 100 * 10**9)
    most = proceeds_minor(quote.face_minor, price) + accrued
    uniform = rule.pricing is Pricing.UNIFORM
    cost = _("At most") if uniform else _("If accepted in full")
    pairs = [
        (_("Face"), face),
        (_("Price per 100 of face"), written(price)),
        (_("Yield"), _("%(rate)s %% a year") % {"rate": written(rate)}),
    ]
    pairs += [(_("Accrued interest in it"), money(accrued, currency))] if paper.bears_interest else []
    words = _("%(cost)s you pay %(amount)s on %(when)s.") % {
        "cost": cost,
        "amount": money(most, currency),
        "when": when,
    }
    return Summary(
        words, (*pairs, (_("%(cost)s, to pay on %(when)s") % {"cost": cost, "when": when}, money(most, currency))), most
    )
