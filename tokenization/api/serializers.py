"""The shapes of the answers. A quantity is an exact integer as a string: JSON numbers lose digits beyond 2^53."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from rest_framework import serializers

from contracts.indexer.models import Block
from tokenization.api.supply import Supply
from tokenization.kernel.money import minor_digits


def whole(text: str) -> serializers.RegexField:
    return serializers.RegexField(r"^-?[0-9]+$", help_text=f"{text} An exact integer as a string.")


class AmountSerializer(serializers.Serializer[Any]):
    minor = whole("In minor units.")
    currency = serializers.CharField(help_text="ISO 4217.")
    minor_digits = serializers.IntegerField(help_text="Digits after the point when written in major units: 2 for PKR.")


def amount(minor: int | None, currency: str) -> dict[str, Any] | None:
    """Money as every answer writes it; None stays None."""
    if minor is None:
        return None
    return {"minor": str(minor), "currency": currency, "minor_digits": minor_digits(currency)}


def instant(text: str, **more: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(default_timezone=UTC, help_text=text, **more)


def decimal(text: str, **more: Any) -> serializers.CharField:
    return serializers.CharField(help_text=f"{text} An exact decimal as a string.", **more)


class BlockSerializer(serializers.Serializer[Any]):
    number = whole("The block at which everything here is true.")
    hash = serializers.RegexField(
        r"^0x[0-9a-f]{64}$", help_text="Its hash: with the number it names one block and no other."
    )
    time = serializers.DateTimeField(default_timezone=UTC, help_text="The block's own time, UTC.")
    behind_head = whole("Blocks between this one and the newest that the node spoke of.")


class UnitsSerializer(serializers.Serializer[Any]):
    outstanding = whole("Units in all wallets.")
    issued = whole("Units ever issued by instruction.")
    redeemed = whole("Units ever redeemed.")
    annulled = whole("Undue units removed by a numbered forced burn.")
    unexplained = whole("Units that no instruction of the platform explains; zero unless something is wrong.")
    disputed = whole("Units in wallets that are in dispute.")


class SupplySerializer(serializers.Serializer[Any]):
    isin = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField(help_text="ISO 4217.")
    minor_digits = serializers.IntegerField(help_text="Digits after the point when written in major units.")
    denomination_minor = whole("Face of one unit in minor units of the currency.")
    outstanding_face_minor = whole("Face of all units in minor units of the currency.")
    chain_id = whole("EIP-155 chain id.")
    token = serializers.RegexField(r"^0x[0-9a-f]{40}$", help_text="The token contract's address.")
    holders = whole("Wallets with units.")
    units = UnitsSerializer()
    at = BlockSerializer()


class FaultSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(required=False, help_text="Line of a file, from 1; 0 is the file as a whole.")
    field = serializers.CharField()
    rule = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    field = serializers.CharField(required=False, help_text="The input that was wrong.")
    rule = serializers.CharField(required=False, help_text="The rule it broke.")
    next_step = serializers.CharField(required=False, help_text="What to do now.")
    errors = FaultSerializer(  # type: ignore[assignment]
        many=True, required=False, help_text="Every fault, where there can be several."
    )


def supply_body(found: Supply) -> dict[str, Any]:
    series = found.token.series
    names = ("outstanding", "issued", "redeemed", "annulled", "unexplained", "disputed")
    return {
        "isin": series.isin,
        "name": series.name,
        "currency": series.currency,
        "minor_digits": minor_digits(series.currency),
        "denomination_minor": str(series.denomination_minor),
        "outstanding_face_minor": str(series.denomination_minor * found.outstanding),
        "chain_id": str(found.token.chain_id),
        "token": found.token.address,
        "holders": str(found.holders),
        "units": {name: str(getattr(found, name)) for name in names},
        "at": block_body(found.block, found.behind),
    }


def block_body(block: Block, behind: int) -> dict[str, Any]:
    return {
        "number": str(block.number),
        "hash": block.hash,
        "time": block.timestamp,
        "behind_head": str(behind),
    }
