from __future__ import annotations

from typing import Any

from rest_framework import serializers

from custody.registries.models import BankStatement
from custody.servicing.models import Entitlement
from custody.settlement.services.matching import FileTaken
from tokenization.api.serializers import AmountSerializer, amount, instant, whole


class BankFileInput(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="camt.053 or camt.054 (XML), or the bank's CSV.")


class FateSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="What the entries were found to be.")
    entries = serializers.IntegerField()
    amount = AmountSerializer(help_text="All of them together, without sign.")


class BankFileSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="STATEMENT or NOTIFICATION.")
    identification = serializers.CharField()
    iban = serializers.CharField()
    file_sha256 = serializers.CharField()
    entries = serializers.IntegerField(help_text="In the file.")
    new = serializers.IntegerField(help_text="Of them, not told before.")
    outcome = FateSerializer(many=True)


class RecordBlockSerializer(serializers.Serializer[Any]):
    number = whole("The block as of which the payment is due.")
    hash = serializers.CharField()


class PaymentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    party = serializers.CharField()
    isin = serializers.CharField()
    what = serializers.CharField(help_text="Coupon or redemption.")
    wallet = serializers.CharField()
    units = whole("Units held at the record instant that earn.")
    disputed_units = whole("Units that earn into suspense.")
    gross = AmountSerializer()
    tax = AmountSerializer(help_text="Withheld.")
    suspense = AmountSerializer(help_text="Of the disputed units: held until that is settled.")
    net = AmountSerializer(help_text="What is paid.")
    payment_date = serializers.DateField()
    record_at = instant("Who held then is paid.")
    record_block = RecordBlockSerializer(allow_null=True)
    state = serializers.CharField(allow_null=True, help_text="PREPARED, DUE, RESERVED or PAID; null: nothing to pay.")
    channel = serializers.CharField(allow_null=True, help_text="BANK, CHAIN or RESERVE (unclaimed).")
    paid_at = instant("When the bank or the chain had paid.", allow_null=True)
    bank_reference = serializers.CharField(allow_blank=True)


def payment_body(row: Entitlement) -> dict[str, Any]:
    event, payment = row.event, getattr(row, "payment", None)
    currency = event.token.paid_in
    party = row.party
    paid = payment is not None and payment.state == "PAID"
    return {
        "id": row.pk,
        "party": party.reference if party else "",
        "isin": event.token.code,
        "what": event.title,
        "wallet": row.wallet.address,
        "units": str(row.units),
        "disputed_units": str(row.disputed_units),
        "gross": amount(row.gross_minor, currency),
        "tax": amount(row.tax_minor, currency),
        "suspense": amount(row.suspense_minor, currency),
        "net": amount(row.net_minor, currency),
        "payment_date": event.payment_date,
        "record_at": event.record_at,
        "record_block": {"number": str(event.record_block_number), "hash": event.record_block_hash}
        if event.record_block_hash
        else None,
        "state": payment.state if payment else None,
        "channel": payment.channel if payment else None,
        "paid_at": payment.cash_entry.at if payment and paid and payment.cash_entry else None,
        "bank_reference": payment.bank_reference if payment else "",
    }


def bank_file_body(found: FileTaken) -> dict[str, Any]:
    document = found.taken.document
    currency = document.account.currency
    return {
        "kind": "STATEMENT" if isinstance(document, BankStatement) else "NOTIFICATION",
        "identification": document.identification,
        "iban": document.account.iban,
        "file_sha256": document.file.sha256,
        "entries": len(found.taken.entries),
        "new": found.taken.new,
        "outcome": [
            {"kind": kind, "entries": count, "amount": amount(found.outcome.amounts[kind], currency)}
            for kind, count in sorted(found.outcome.counts.items())
        ],
    }
