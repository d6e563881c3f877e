"""Forms of custody: issue, cash, the registry, disputes and breaks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import F, Q, QuerySet

from contracts.outbox.models import Halt, Intent
from contracts.outbox.models.intent import ENDED
from custody.instructions.models import Instruction
from custody.reconciliation.models import Break
from custody.register.models import Dispute
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.settlement.withdrawal import never_confirmed
from custody.tokenisation.models import TokenContract
from issuance.series.models import Series
from tokenization.backoffice.forms.base import Choice, amount, currency, reason, reference
from tokenization.backoffice.forms.issue import series_words
from tokenization.backoffice.wording import INSTRUCTION_KIND
from tokenization.kernel import clock
from tokenization.theme import figures


def token_words(token: TokenContract) -> str:
    return f"{token.code}, {token.name if token.is_cash else token.series.short_name}"


def settlement_words(row: SettlementInstruction) -> str:
    return f"{row.payment_reference}, {row.allotment.party}, {figures.money(row.amount_minor, row.currency)}"


def dispute_words(row: Dispute) -> str:
    return (
        f"{row.token.code}, {figures.units(row.remaining)} units since {figures.when(row.opened_at)}, "
        f"transaction {figures.short(row.tx_hash)}"
    )


def instruction_words(row: Instruction) -> str:
    return f"{row.token.code}, No. {row.number}, {INSTRUCTION_KIND[row.kind].lower()}, {figures.units(row.units)} units"


def break_words(row: Break) -> str:
    return f"Break {row.pk}, {row.token.code}, {row.get_kind_display()}, {figures.units(row.units)} {row.unit}"


def suspense_words(row: SuspenseItem) -> str:
    return f"{figures.money(row.amount_minor, row.currency)}, {row.reason}"


def _tokens(**where: Any) -> QuerySet[TokenContract]:
    """Securities: cash has actions of its own."""
    return TokenContract.objects.filter(purpose=TokenContract.Purpose.SECURITY, **where).select_related("series")


def _settlements(**where: Any) -> QuerySet[SettlementInstruction]:
    return SettlementInstruction.objects.filter(**where).select_related("allotment__party")


class OpenForm(forms.Form):
    series = Choice(
        "Security",
        Series.objects.filter(
            allotments__state="ALLOTTED", allotments__settlement=None, token_contract__isnull=False
        ).distinct(),
        series_words,
        ends="maturity_date",
        first="No purchase waits to be opened: all that were allotted are open, or nothing is allotted of a security "
        "that has its token. First decide an auction or allot an offer, and tokenise the security.",
        help_text="Every purchase of it that was allotted and is not open yet",
    )
    rail = forms.ChoiceField(
        label="Buyers pay",
        choices=SettlementInstruction.Rail.choices,
        help_text="Against cash tokens: money and units change hands in one transaction, or neither does",
    )


class IssueForm(forms.Form):
    token = Choice(
        "Security",
        _tokens(state="LIVE", instructions__kind="ISSUE", instructions__state="DRAFT").distinct(),
        token_words,
        ends="series__maturity_date",
        first="No issue is prepared. Opening the settlements of what was allotted prepares one for each purchase.",
    )


class WithdrawForm(forms.Form):
    settlement = Choice("Purchase that could not be delivered", _settlements(), settlement_words)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given_up = Q(state="UNDELIVERABLE", withdraw_instruction__state="DRAFT")
        field = self.fields["settlement"]
        assert isinstance(field, Choice)  # noqa: S101 narrowed for the type checker
        field.queryset = _settlements().filter(given_up | Q(pk__in=never_confirmed(clock.now()).values("pk")))


class RefundForm(forms.Form):
    settlement = Choice("Purchase", _settlements(state="WITHDRAWN"), settlement_words)


class SuspenseForm(forms.Form):
    suspense = Choice("Money in suspense", SuspenseItem.objects.filter(state="HELD"), suspense_words)


def receipt_words(row: SuspenseItem) -> str:
    return f"{row.bank_reference}: {suspense_words(row)}"


class Receipts(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return receipt_words(obj)


class ApplyForm(forms.Form):
    """Held receipts, and the purchase that they pay together; without one they cancel each other out."""

    items = Receipts(
        label="Receipts in suspense",
        queryset=SuspenseItem.objects.filter(state="HELD").exclude(kind="DISPUTE").order_by("pk"),
        help_text="Together they must be exactly what is due.",
    )
    settlement = Choice("Purchase", _settlements(state="AWAITING_CASH"), settlement_words, required=False)


class AccountForm(forms.Form):
    iban = forms.CharField(label="IBAN", max_length=34)
    bank = forms.CharField(label="Bank", max_length=100)
    currency = currency()
    opening = amount("Balance before the journal began", least=Decimal("-1e18"), initial=0)


class AnnulForm(forms.Form):
    dispute = Choice(
        "Disputed units", Dispute.objects.filter(state="OPEN").select_related("token__series"), dispute_words
    )


class ReleaseForm(forms.Form):
    instruction = Choice(
        "Done on chain for good",
        Instruction.objects.filter(
            kind__in=("REDEEM", "WITHDRAW"),
            state="DONE",
            registry_confirmation=None,
            token__purpose=TokenContract.Purpose.SECURITY,
        )
        .select_related("token__series")
        .order_by("token", "number"),
        instruction_words,
    )
    registry_reference = reference("The registry's reference of the release")


class HaltForm(forms.Form):
    halt = Choice("Halt", Halt.objects.filter(cleared_at=None), lambda row: row.message)


class CancelForm(forms.Form):
    intent = Choice(
        "Transaction",
        Intent.objects.exclude(state__in=ENDED).order_by(F("id").desc()),
        lambda row: f"No. {row.pk}, {row.description}",
    )
    reason = reason("Why it is withdrawn")


class BreakForm(forms.Form):
    reason = reason("What was found and done")
    file = forms.FileField(
        label="Evidence", help_text="What shows that it is over: the order, the corrected statement, the bank's answer"
    )


# "break" is a word of the language and cannot be written as a class attribute.
BreakForm.base_fields = {
    "break": Choice("Break", Break.objects.filter(state="OPEN").select_related("token__series"), break_words),
    **BreakForm.base_fields,
}
