"""Forms about cash tokens."""

from __future__ import annotations

from typing import Any

from django import forms

from custody.cash.models import CashBurn
from custody.instructions.models import Instruction
from custody.tokenisation.models import TokenContract, Wallet
from tokenization.backoffice.forms.base import Choice, ExactForm, amount, currency, day, reference
from tokenization.theme import figures


def cash_words(token: TokenContract) -> str:
    return f"{token.code}, {token.name}"


def burn_words(row: CashBurn) -> str:
    return f"{figures.money(row.amount_minor, row.token.currency)} of {row.party} to {row.payee}"


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
    bank_reference = reference("Bank reference of the payment")
