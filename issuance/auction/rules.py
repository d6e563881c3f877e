"""What the terms of an auction must satisfy on their own, before any bid or ceiling is looked at."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone

from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule
from issuance.series.selectors import series_calendar
from tokenization.identity.models import Party
from tokenization.kernel.bounds import check_day, check_minor
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import minor_digits


def check_auction(auction: Auction) -> None:
    """Refused on the first broken rule, with its field."""
    check_minor(auction.target_minor, field="target_minor")
    check_day(timezone.localdate(auction.opens_at), field="opens_at")
    check_day(timezone.localdate(auction.closes_at), field="closes_at")
    check_day(auction.settlement_date, field="settlement_date")
    for holds, field, words in [*_paper(auction), *_times(auction)]:
        if not holds:
            raise Refused(words, field=field, rule=f"auction.{field}", next_step="Correct the terms.")
    business = series_calendar(auction.series)
    if not business.is_business(auction.settlement_date):
        raise Refused(
            f"{auction.settlement_date} is not a business day of calendar {business.name}.",
            field="settlement_date",
            rule="auction.business_day",
            next_step=f"Use {business.following(auction.settlement_date)}.",
        )


def _paper(auction: Auction) -> list[tuple[bool, str, str]]:
    rule, series = auction_rule(auction), auction.series
    per_unit = 10 ** minor_digits(series.currency)
    step = rule.multiple * per_unit
    return [
        (
            rule.convention == series.convention,
            "rule",
            f"Rule {rule.name} is for paper quoted as {rule.convention}, not {series.convention}.",
        ),
        # The clearing counts whole units of currency, and money in hundredths of them.
        (per_unit == 100, "rule", f"Auctions clear in currencies of two decimals, which {series.currency} is not."),
        (
            step % series.denomination_minor == 0 and rule.pro_rata.block * per_unit % series.denomination_minor == 0,
            "rule",
            f"Bids in multiples of {rule.multiple:,} are not whole units of {series.isin}.",
        ),
        (
            auction.target_minor > 0 and auction.target_minor % step == 0,
            "target_minor",
            f"The target is a multiple of {rule.multiple:,} of face, above 0.",
        ),
    ]


def _times(auction: Auction) -> list[tuple[bool, str, str]]:
    series, day = auction.series, auction.settlement_date
    last = auction.closes_at.astimezone(ZoneInfo(series.record_zone)).date()
    known = set(Party.Category.values)
    return [
        (auction.opens_at < auction.closes_at, "closes_at", "Bidding opens before it closes."),
        (_milliseconds(auction), "closes_at", "Opening and close are given to the millisecond, no finer."),
        (last <= day, "settlement_date", f"Bidding closes on {last}: settlement cannot come before."),
        (
            series.issue_date <= day < series.maturity_date,
            "settlement_date",
            f"{day} does not lie from issue {series.issue_date} to before maturity {series.maturity_date}.",
        ),
        (
            bool(auction.direct_categories) and set(auction.direct_categories) <= known,
            "direct_categories",
            f"Who bids directly: one or more of {', '.join(sorted(known))}.",
        ),
    ]


def _milliseconds(auction: Auction) -> bool:
    return auction.opens_at.microsecond % 1_000 == auction.closes_at.microsecond % 1_000 == 0
