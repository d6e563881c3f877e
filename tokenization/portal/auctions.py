"""An auction for somebody who has never seen one: where it stands, what is sold, and how it will be decided."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule, is_open, target_face
from issuance.maths.auction.rules import AuctionRule, Oversubscription, Pricing, Rounding, Variable
from issuance.series.models import Series
from tokenization.identity.models import Party
from tokenization.kernel.money import Money
from tokenization.theme.figures import day, money, units, when
from tokenization.theme.told import told

Facts = list[tuple[str, str]]


class Phase(StrEnum):
    UPCOMING = "opens later"
    OPEN = "open for bids"
    DECIDING = "closed: the decision is awaited"
    ALLOTTED = "decided"
    REJECTED = "all bids rejected"
    CANCELLED = "cancelled"


TONES = {
    Phase.OPEN: "good",
    Phase.UPCOMING: "wait",
    Phase.DECIDING: "wait",
    Phase.REJECTED: "warn",
    Phase.CANCELLED: "warn",
}


def phase(auction: Auction, now: datetime) -> Phase:
    """From the close on it is closed for everybody, also while nobody has rung the bell yet."""
    if auction.state == "ANNOUNCED":
        if is_open(auction, now):
            return Phase.OPEN
        return Phase.UPCOMING if now < auction.opens_at else Phase.DECIDING
    return Phase.DECIDING if auction.state == "CLOSED" else Phase[auction.state]


def name_of(auction: Auction) -> str:
    return _("%(name)s, auction %(auction_number)s") % {"name": auction.series.name, "auction_number": auction.number}


def key_facts(auction: Auction) -> Facts:
    """What a bidder must know, by label."""
    series, rule = auction.series, auction_rule(auction)
    currency = series.currency
    coupon = (
        _("%(rate)s %% a year") % {"rate": f"{series.coupon_pct.normalize():f}"}
        if series.coupon_pct
        else _("none: sold below face, repaid at face")
    )
    return [
        (_("Security"), f"{series.name}, {series.isin}"),
        (_("Kind"), told(series.get_kind_display())),
        (_("Tenor from issue"), tenor(series)),
        (_("Matures"), day(series.maturity_date)),
        (_("Coupon"), coupon),
        (_("Announced target, face"), money(auction.target_minor, currency)),
        (_("Bids from"), when(auction.opens_at)),
        (_("Bids until"), when(auction.closes_at)),
        (_("Settlement date"), day(auction.settlement_date)),
        (_("Smallest bid, face"), whole(rule.minimum, currency)),
        (_("In multiples of"), whole(rule.multiple, currency)),
        (_("Bid directly"), ", ".join(told(Party.Category(name).label) for name in auction.direct_categories)),
    ]


def tenor(series: Series) -> str:
    """'3 years' where issue and maturity fall on the same day of the year, else days."""
    start, end = series.issue_date, series.maturity_date
    if (start.month, start.day) != (end.month, end.day):
        days = series.tenor_days
        return ngettext("%(count)s day", "%(count)s days", days) % {"count": units(days)}
    years = end.year - start.year
    return ngettext("%(count)s year", "%(count)s years", years) % {"count": units(years)}


def whole(amount: int, currency: str) -> str:
    return money(Money.of(amount, currency).minor, currency)


def rule_words(auction: Auction) -> list[tuple[str, str]]:
    """How the allotment will be decided, as pairs of a question and its answer."""
    rule = auction_rule(auction)
    return [
        (_("Which bids win?"), _winners(rule)),
        (_("What do winners pay?"), _price(rule)),
        (_("What if the last accepted price has more bids than are wanted?"), _shares(rule, auction.series.currency)),
        (_("What is a bid without a price (non-competitive)?"), _without_price(auction, rule)),
        (
            _("Is anything certain?"),
            _(
                "No. The state may take more or less than the target, or reject all bids. "
                "Nobody sees your bid before the close."
            ),
        ),
    ]


def _winners(rule: AuctionRule) -> str:
    if rule.variable is Variable.PRICE:
        return _(
            "Bids are ranked by price, highest first. The debt office sets a cut-off price; bids at or above it win."
        )
    return _("Bids are ranked by yield, lowest first. The debt office sets a cut-off yield; bids at or below it win.")


def _price(rule: AuctionRule) -> str:
    if rule.pricing is Pricing.MULTIPLE:
        return _("Each winner pays the price of his own bid.")
    return _("All winners pay the same price: that of the cut-off.")


def _shares(rule: AuctionRule, currency: str) -> str:
    share = rule.pro_rata
    rounding = {
        Rounding.NEAREST: _("rounded to the nearest"),
        Rounding.UP: _("rounded up to a multiple of"),
        Rounding.DOWN: _("rounded down to a multiple of"),
    }
    said = _(
        "Normally they are all filled. If an amount was decided on, they share what is left in proportion to their "
        "size, %(rounding)s %(amount)s."
    ) % {"rounding": rounding[share.rounding], "amount": whole(share.block, currency)}
    if not share.full_up_to:
        return said
    return f"{said} {_('Bids of at most %(amount)s are filled whole.') % {'amount': whole(share.full_up_to, currency)}}"


def _without_price(auction: Auction, rule: AuctionRule) -> str:
    own, currency = rule.noncompetitive, auction.series.currency
    target = target_face(auction)
    average = _("the average price of the winning bids") if rule.pricing is Pricing.MULTIPLE else _("the cut-off price")
    most = whole(own.cap(target), currency)
    said = _("You name an amount and no price, and pay %(average)s. At most %(most)s for each bidder.") % {
        "average": average,
        "most": most,
    }
    if own.one_per_bidder:
        said = f"{said} {_('A second one voids both.')}"
    pool = own.pool(target)
    if pool is None:
        return said
    served = (
        _("the smallest are served first")
        if own.oversubscription is Oversubscription.ASCENDING
        else _("they share it in proportion")
    )
    together = _("All of them together get at most %(amount)s; if more is asked for, %(served)s.") % {
        "amount": whole(pool, currency),
        "served": served,
    }
    return f"{said} {together}"
