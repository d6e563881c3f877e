"""What an investor holds, was allotted and is paid, as his page shows it: the same rows, the same arithmetic."""

from __future__ import annotations

from datetime import date
from typing import Any

from rest_framework import serializers

from issuance.allotment.models import Allotment
from tokenization.api.serializers import AmountSerializer, BlockSerializer, amount, decimal, instant, whole
from tokenization.portal.papers import how_to_pay, settlement_of
from tokenization.portal.positions import Cash, Holding
from tokenization.portal.schedule import Expected
from tokenization.portal.worth import LastPrice, Worth


class PaymentInstructionSerializer(serializers.Serializer[Any]):
    amount = AmountSerializer(help_text="Exactly this: another amount is set aside and returned.")
    reference = serializers.CharField(help_text="To be quoted.")
    pay_into = serializers.CharField()
    until = instant("What is not paid by then lapses.")


class AllotmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    party = serializers.CharField()
    isin = serializers.CharField()
    came_from = serializers.CharField(help_text="OFFER or AUCTION.")
    bid = serializers.IntegerField(allow_null=True, help_text="Of an auction: the bid that got it.")
    state = serializers.CharField(help_text="ALLOTTED, PAID, SETTLED, LAPSED or WITHDRAWN.")
    settlement_date = serializers.DateField()
    units = whole("Units allotted.")
    face = AmountSerializer()
    price = decimal("Per 100 face, clean.")
    accrued = AmountSerializer(help_text="Interest accrued, bought along.")
    to_pay = AmountSerializer(help_text="All money due, accrued interest included.")
    settlement_state = serializers.CharField(allow_null=True, help_text="Null until the settlement is opened.")
    wallet = serializers.CharField(allow_null=True, help_text="Where the units are delivered.")
    payment = PaymentInstructionSerializer(allow_null=True, help_text="Null while nothing can be paid.")


class WalletUnitsSerializer(serializers.Serializer[Any]):
    wallet = serializers.CharField()
    units = whole("Units in it.")


class PriceSerializer(serializers.Serializer[Any]):
    per_hundred = decimal("Per 100 face, clean; null for a unit backed by a commodity.", allow_null=True)
    per_unit = decimal("In the payment currency, for one unit backed by a commodity; null for debt.", allow_null=True)
    on = serializers.DateField(help_text="The settlement date it was for.")
    sold_by = serializers.CharField(help_text="The sale that it is of.")


class HoldingSerializer(serializers.Serializer[Any]):
    party = serializers.CharField()
    isin = serializers.CharField()
    name = serializers.CharField()
    maturity_date = serializers.DateField()
    units = whole("Units in all of the party's wallets.")
    disputed_units = whole("Units of them in dispute.")
    face = AmountSerializer()
    cost = AmountSerializer(allow_null=True, help_text="Average price paid, without accrued interest.")
    cost_units = whole("Units that the cost is of; fewer than all where some came otherwise.")
    accrued = AmountSerializer(allow_null=True, help_text="Before tax.")
    accrued_reason = serializers.CharField(allow_null=True, help_text="Why it is null.")
    value = AmountSerializer(allow_null=True, help_text="Face at the last price, without accrued interest.")
    value_reason = serializers.CharField(allow_null=True, help_text="Why it is null.")
    last_price = PriceSerializer(allow_null=True)
    wallets = WalletUnitsSerializer(many=True)


class CashSerializer(serializers.Serializer[Any]):
    party = serializers.CharField()
    wallet = serializers.CharField()
    amount = AmountSerializer()


class PortfolioSerializer(serializers.Serializer[Any]):
    on = serializers.DateField(help_text="The day of the prices and of the interest.")
    holdings = HoldingSerializer(many=True)
    cash = CashSerializer(many=True, help_text="Settlement cash in wallets.")
    at = BlockSerializer()


class StatementSerializer(serializers.Serializer[Any]):
    party = serializers.CharField()
    on = serializers.DateField(help_text="The end of this day.")
    holdings = HoldingSerializer(many=True)
    at = BlockSerializer(help_text="The last final block of the day.")


class ExpectedSerializer(serializers.Serializer[Any]):
    party = serializers.CharField()
    isin = serializers.CharField()
    paid_on = serializers.DateField(help_text="Business day, by the calendar as it is today.")
    what = serializers.CharField()
    gross = AmountSerializer(help_text="Before tax, as if the units held now were held then.")


class ExpectedListSerializer(serializers.Serializer[Any]):
    items = ExpectedSerializer(many=True)
    at = BlockSerializer()


def allotment_body(row: Allotment) -> dict[str, Any]:
    currency, settlement, pay = row.series.payment_currency, settlement_of(row), how_to_pay(row)
    payable = pay is not None and settlement is not None and settlement.state == "AWAITING_CASH"
    return {
        "id": row.pk,
        "party": row.party.reference,
        "isin": row.series.isin,
        "came_from": "OFFER" if row.offer_id else "AUCTION",
        "bid": row.bid_id,
        "state": row.state,
        "settlement_date": row.settlement_date,
        "units": str(row.units),
        "face": amount(row.face_minor, row.series.currency),
        "price": f"{row.price:f}",
        "accrued": amount(row.accrued_minor, currency),
        "to_pay": amount(row.proceeds_minor, currency),
        "settlement_state": settlement.state if settlement else None,
        "wallet": settlement.wallet.address if settlement else None,
        "payment": {
            "amount": amount(pay.amount_minor, pay.currency),
            "reference": pay.reference,
            "pay_into": pay.account,
            "until": pay.until,
        }
        if pay and payable
        else None,
    }


def holding_body(row: Holding, known: Worth, on: date) -> dict[str, Any]:
    series, currency = row.series, row.series.payment_currency
    return {
        "party": row.party.reference,
        "isin": series.isin,
        "name": series.name,
        "maturity_date": series.maturity_date,
        "units": str(row.units),
        "disputed_units": str(row.disputed),
        "face": amount(row.face_minor, series.currency),
        "cost": amount(known.cost.minor if known.cost else None, currency),
        "cost_units": str(known.cost.units if known.cost else 0),
        "accrued": amount(known.accrued_minor, currency),
        "accrued_reason": None if known.accrued_minor is not None else _no_interest(row, on),
        "value": amount(known.value_minor, currency),
        "value_reason": None if known.value_minor is not None else "The state has not sold this paper yet.",
        "last_price": _price(known.price),
        "wallets": [{"wallet": address, "units": str(units)} for address, units in row.wallets],
    }


def cash_body(row: Cash) -> dict[str, Any]:
    return {"party": row.party.reference, "wallet": row.wallet, "amount": amount(row.minor, row.token.currency)}


def expected_body(row: Expected) -> dict[str, Any]:
    series = row.holding.series
    return {
        "party": row.holding.party.reference,
        "isin": series.isin,
        "paid_on": row.on,
        "what": row.what,
        "gross": amount(row.gross_minor, series.payment_currency),
    }


def _no_interest(row: Holding, on: date) -> str:
    if row.series.is_reserve:
        return "A commodity bears no interest."
    if not row.series.coupon_pct:
        return "This paper pays no interest."
    return "Interest ended at maturity." if on >= row.series.maturity_date else "Interest has not begun yet."


def _price(price: LastPrice | None) -> dict[str, Any] | None:
    if price is None:
        return None
    quoted = f"{price.quoted:f}"
    return {
        "per_hundred": None if price.per_unit else quoted,
        "per_unit": quoted if price.per_unit else None,
        "on": price.on,
        "sold_by": price.source,
    }
