from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from custody.settlement.trades.models import Trade, TradeSide
from custody.settlement.trades.selectors import trade_waits_for
from custody.settlement.trades.services import trade_message
from tokenization.api.inputs import Body, Hex, Instant, MoneyInput, Number, Text
from tokenization.api.serializers import AmountSerializer, amount, instant, whole
from tokenization.identity.models import Party


class ProposeInput(Body):
    party = Text(max_length=40, help_text="Reference of the own party that proposes.")
    isin = Text(max_length=12)
    units = Number(help_text="Units that are sold.")
    amount = MoneyInput(help_text="What the buyer pays for all of them, in the security's currency.")
    seller_wallet = Hex(20, help_text="Whose units.")
    buyer_wallet = Hex(20, help_text="Whose cash.")
    valid_until = Instant(help_text="The last second at which it may settle, at most 31 days ahead.")


class SignInput(Body):
    party = Text(max_length=40, help_text="Reference of the own party that signs.")
    signature = Hex(65, help_text="Of the trade's `typed_data`, by the key of that party's wallet (EIP-712).")


class DeclineInput(Body):
    party = Text(max_length=40, help_text="Reference of the own party that declines.")
    reason = Text(max_length=200, required=False, default="", allow_blank=True)


class SideSerializer(serializers.Serializer[Any]):
    role = serializers.CharField(help_text="SELLER or BUYER.")
    wallet = serializers.CharField()
    party = serializers.CharField(allow_null=True, help_text="Of an own side; null for the other one.")
    signed = serializers.BooleanField()


class TradeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    isin = serializers.CharField()
    units = whole("Units that are sold.")
    amount = AmountSerializer()
    state = serializers.CharField(help_text="PROPOSED, SIGNED, SENT, SETTLED, EXPIRED or FAILED.")
    waits_for = serializers.CharField(allow_blank=True, help_text="What stands in its way, in words.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it failed.")
    valid_until = instant("The last second at which it may settle.")
    chain_id = whole("EIP-155 chain id.")
    contract = serializers.CharField(help_text="The settlement contract.")
    digest = serializers.CharField(help_text="What both sign.")
    sides = SideSerializer(many=True)
    typed_data = serializers.DictField(help_text="EIP-712, as wallets show it. Numbers of the message are strings.")


def trade_body(row: Trade, mine: set[int], now: datetime) -> dict[str, Any]:
    return {
        "id": row.pk,
        "isin": row.token.code,
        "units": str(row.units),
        "amount": amount(row.amount_minor, row.cash.currency),
        "state": row.state,
        "waits_for": trade_waits_for(row, now=now),
        "reason": row.reason,
        "valid_until": row.valid_until,
        "chain_id": str(row.chain_id),
        "contract": row.contract,
        "digest": row.digest,
        "sides": [_side(side, mine) for side in row.sides.select_related("wallet", "party").order_by("-role")],
        "typed_data": _exact(trade_message(row)),
    }


def _side(side: TradeSide, mine: set[int]) -> dict[str, Any]:
    """The other side is known by its wallet alone, as on the chain."""
    party: Party = side.party
    return {
        "role": side.role,
        "wallet": side.wallet.address,
        "party": party.reference if party.pk in mine else None,
        "signed": hasattr(side, "signed"),
    }


def _exact(data: dict[str, Any]) -> dict[str, Any]:
    message = {name: str(value) if isinstance(value, int) else value for name, value in data["message"].items()}
    return {**data, "message": message}
