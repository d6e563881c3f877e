"""Forms about cash tokens."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q

from custody.cash.models import CashBurn, CashMint
from custody.instructions.models import Instruction
from custody.registries.models import BankEntry
from custody.settlement.models import CashEntry
from custody.settlement.statements import typed_receipts
from custody.tokenisation.models import TokenContract, Wallet
from tokenization.backoffice.forms.base import Choice, ExactForm, amount, currency, day, reason, reference
from tokenization.kernel.secrets import masked
from tokenization.theme import figures

LINES_THAT_DIFFER = BankEntry.objects.filter(booking__verdict="DIFFERS", booking__correction=None).order_by(
    "booking_date", "pk"
)


def cash_words(token: TokenContract) -> str:
    return f"{token.code}, {token.name}"


def burn_words(row: CashBurn) -> str:
    return f"{figures.money(row.amount_minor, row.token.currency)} of {row.party} to {masked(row.payee)}"


def line_words(row: BankEntry) -> str:
    return f"{row.reference}, {figures.money(row.signed, row.account.currency)}, {figures.day(row.booking_date)}"


def entry_words(row: CashEntry) -> str:
    leg = row.legs.select_related("account").get(account__kind="BANK")
    return f"{figures.money(leg.amount_minor, leg.account.currency)}, {row.words}, {figures.when(row.at)}"


def wallet_words(wallet: Wallet) -> str:
    held = wallet.holders.filter(valid_until=None).select_related("party").first()
    return f"{held.party if held else 'nobody'}, {figures.short(wallet.address)}"


class CashTokenForm(forms.Form):
    token = Choice("Cash", TokenContract.objects.filter(purpose="CASH", state="LIVE"), cash_words)


class CashTokeniseForm(ExactForm):
    AMOUNTS = {"ceiling": "ceiling_minor"}

    currency = currency()
    ceiling = amount("Most in circulation at any time")


class DepositForm(ExactForm):
    AMOUNTS = {"amount": "amount_minor"}

    wallet = Choice("Wallet of the payer", Wallet.objects.filter(chain_state="REGISTERED"), wallet_words)
    currency = currency()
    amount = amount("Amount seen at the bank")
    bank_reference = reference("Bank reference of the credit")


class MintGiveUpForm(forms.Form):
    """What one officer may give up: a credit that pays no purchase, or one that two persons have withdrawn."""

    mint = Choice(
        "Credit, not signed for yet",
        CashMint.objects.filter(state="CREDITED", confirm_instruction__registry_confirmation=None)
        .filter(Q(settlement=None) | Q(settlement__state="WITHDRAWN"))
        .select_related("token")
        .order_by("pk"),
        lambda row: f"{row.bank_reference}, {figures.money(row.amount_minor, row.token.currency)}",
    )
    reason = reason("Why no token is minted for it")


class SweepForm(forms.Form):
    currency = currency()
    day = day("Day of the proceeds")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        return {**data, "currency": str(data.get("currency") or "").upper()}


class CashReleaseForm(forms.Form):
    instruction = Choice(
        "Cap lowered for good",
        Instruction.objects.filter(
            kind="WITHDRAW", state="DONE", registry_confirmation=None, token__purpose=TokenContract.Purpose.CASH
        ).order_by("pk"),
        lambda row: f"No. {row.number}, {figures.money(row.units, row.token.currency)}",
    )
    registry_reference = reference("The bank's reference of the credit that is free again")


class PayOutForm(forms.Form):
    burn = Choice(
        "Burned, to be paid out",
        CashBurn.objects.filter(state="BURNED").select_related("token", "party").order_by("pk"),
        burn_words,
    )
    bank_reference = reference("Bank reference of the payment, or of the run that has paid it already")


class BankLinkForm(forms.Form):
    line = Choice(
        "At the bank, not in the journal",
        BankEntry.objects.filter(booking=None).select_related("account").order_by("booking_date", "pk"),
        line_words,
    )
    entry = Choice(
        "In the journal, not at the bank",
        CashEntry.objects.filter(
            legs__account__kind="BANK", bank_booking=None, corrected_by=None, corrects=None
        ).order_by("-at", "-pk"),
        entry_words,
    )


class BankCorrectForm(forms.Form):
    """Of each line that differs the entries under its own reference."""

    line = Choice("Line of the bank", LINES_THAT_DIFFER.select_related("account"), line_words)
    entry = Choice(
        "What was typed for it",
        typed_receipts().filter(bank_reference__in=LINES_THAT_DIFFER.values("reference")).order_by("-at", "-pk"),
        entry_words,
    )
    reason = reason("What happened", "Who typed what, and what the bank says")
    file = forms.FileField(label="Evidence", help_text="What shows what came: the bank's advice, or its answer")
