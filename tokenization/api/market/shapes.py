"""What everybody who is let in may read of the market: series, their schedules, auctions, offers. No bidder's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from custody.tokenisation.models import TokenContract
from issuance.allotment.models import Offer
from issuance.auction.models import Auction
from issuance.auction.selectors import auction_rule, is_open
from issuance.series.models import Series, TermSheet
from issuance.series.selectors import coupon_per_hundred, coupon_schedule, series_calendar
from tokenization.api.serializers import AmountSerializer, amount, decimal, instant, whole
from tokenization.kernel.money import minor_digits


class TermSheetSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the file's bytes.")


class TokenSerializer(serializers.Serializer[Any]):
    chain_id = whole("EIP-155 chain id.")
    address = serializers.RegexField(r"^0x[0-9a-f]{40}$")


class SeriesSerializer(serializers.Serializer[Any]):
    isin = serializers.CharField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    kind = serializers.CharField(help_text="MTB: treasury bill; PIB: investment bond; RESERVE: backed by a commodity.")
    state = serializers.CharField(help_text="APPROVED, LIVE, MATURED or CLOSED.")
    currency = serializers.CharField(help_text="ISO 4217; of RESERVE the measure of its commodity, such as XAU.")
    payment_currency = serializers.CharField(help_text="ISO 4217, of whatever is paid.")
    claim = serializers.CharField(
        allow_blank=True, help_text="Of RESERVE: OWNERSHIP, SECURED_DEBT or DELIVERY; else empty."
    )
    denomination = AmountSerializer(help_text="Face of one unit, or the quantity that backs it.")
    ceiling_units = whole("Units that may ever be issued.")
    issue_date = serializers.DateField()
    maturity_date = serializers.DateField()
    convention = serializers.CharField(help_text="How it is quoted.")
    calendar = serializers.CharField()
    coupon_pct = decimal("Percent of face a year; 0 for paper that pays only at maturity.")
    record_zone = serializers.CharField(help_text="IANA zone in which record days end.")
    legal_record = serializers.CharField(help_text="Which record wins in court.")
    legal_instrument = serializers.CharField()
    term_sheet = TermSheetSerializer(allow_null=True, help_text="The latest one.")
    token = TokenSerializer(allow_null=True, help_text="Null until it is tokenised.")


class CouponSerializer(serializers.Serializer[Any]):
    starts = serializers.DateField(help_text="First day that earns.")
    ends = serializers.DateField(help_text="First day that earns no more.")
    paid_on = serializers.DateField(help_text="Business day, by the calendar as it is today.")
    per_hundred_numerator = whole("What 100 of face earns, as an exact fraction.")
    per_hundred_denominator = whole("Its denominator.")


class ScheduleSerializer(serializers.Serializer[Any]):
    isin = serializers.CharField()
    currency = serializers.CharField()
    coupons = CouponSerializer(many=True)
    matures_on = serializers.DateField()
    repaid_on = serializers.DateField(
        allow_null=True, help_text="Business day, by the calendar as it is today; null for what is redeemed in kind."
    )


class AuctionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    isin = serializers.CharField()
    number = serializers.IntegerField(help_text="Which auction of the series.")
    state = serializers.CharField(help_text="ANNOUNCED, CLOSED, ALLOTTED, REJECTED or CANCELLED.")
    open = serializers.BooleanField(help_text="Whether a bid received now is in time.")
    opens_at = instant("From this instant on.")
    closes_at = instant("A bid received at this very millisecond is too late.")
    settlement_date = serializers.DateField()
    maturity_date = serializers.DateField()
    target = AmountSerializer(help_text="Face announced: a figure, not a cap.")
    rule = serializers.CharField()
    bid_in = serializers.CharField(help_text="What is bid: PRICE per 100 or YIELD in percent.")
    pricing = serializers.CharField(help_text="MULTIPLE: everybody pays his own bid; UNIFORM: all pay the cut-off.")
    smallest_bid = AmountSerializer(help_text="Least face of one bid.")
    bid_step = AmountSerializer(help_text="Bids are in multiples of it.")
    decimals = serializers.IntegerField(help_text="Most decimals of a bid's price or yield.")
    direct_categories = serializers.ListField(
        child=serializers.CharField(), help_text="Who bids in his own name; others through a dealer."
    )


class OfferSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    isin = serializers.CharField()
    state = serializers.CharField(help_text="OPEN: still for sale.")
    price = decimal("Per 100 face, clean; of a unit backed by a commodity, per unit in the payment currency.")
    yield_pct = decimal("The yield it stands for; null for a unit backed by a commodity.", allow_null=True)
    settlement_date = serializers.DateField()
    target_units = whole("Units for sale.")


def series_body(row: Series) -> dict[str, Any]:
    sheet: TermSheet | None = row.term_sheets.order_by("-version").first()
    token = TokenContract.objects.filter(series=row).first()
    plain = (
        "isin", "name", "short_name", "kind", "state", "currency", "payment_currency", "claim", "issue_date",
        "maturity_date", "convention", "calendar", "record_zone", "legal_record", "legal_instrument",
    )  # fmt: skip
    return {
        **{name: getattr(row, name) for name in plain},
        "denomination": amount(row.denomination_minor, row.currency),
        "ceiling_units": str(row.ceiling_units),
        "coupon_pct": f"{row.coupon_pct:f}",
        "term_sheet": {"version": sheet.version, "sha256": sheet.sha256} if sheet else None,
        "token": {"chain_id": str(token.chain_id), "address": token.address} if token and token.address else None,
    }


def schedule_body(row: Series) -> dict[str, Any]:
    coupons = []
    for coupon in coupon_schedule(row):
        share = coupon_per_hundred(row, coupon)
        coupons.append(
            {
                "starts": coupon.start,
                "ends": coupon.end,
                "paid_on": coupon.paid,
                "per_hundred_numerator": str(share.numerator),
                "per_hundred_denominator": str(share.denominator),
            }
        )
    return {
        "isin": row.isin,
        "currency": row.currency,
        "coupons": coupons,
        "matures_on": row.maturity_date,
        "repaid_on": None if row.is_reserve else series_calendar(row).following(row.maturity_date),
    }


def auction_body(row: Auction, now: datetime) -> dict[str, Any]:
    rule, currency = auction_rule(row), row.series.currency
    per_unit = 10 ** minor_digits(currency)
    return {
        "id": row.pk,
        "isin": row.series.isin,
        "number": row.number,
        "state": row.state,
        "open": is_open(row, now),
        "opens_at": row.opens_at,
        "closes_at": row.closes_at,
        "settlement_date": row.settlement_date,
        "maturity_date": row.series.maturity_date,
        "target": amount(row.target_minor, currency),
        "rule": row.rule,
        "bid_in": str(rule.variable),
        "pricing": str(rule.pricing),
        "smallest_bid": amount(rule.minimum * per_unit, currency),
        "bid_step": amount(rule.multiple * per_unit, currency),
        "decimals": rule.bid_places,
        "direct_categories": list(row.direct_categories),
    }


def offer_body(row: Offer) -> dict[str, Any]:
    return {
        "id": row.pk,
        "isin": row.series.isin,
        "state": row.state,
        "price": f"{row.price:f}",
        "yield_pct": None if row.yield_pct is None else f"{row.yield_pct:f}",
        "settlement_date": row.settlement_date,
        "target_units": str(row.target_units),
    }
