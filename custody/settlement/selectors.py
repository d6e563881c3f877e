"""What waits for whom, and what the journal says."""

from __future__ import annotations

from django.db.models import Q, QuerySet, Sum

from custody.registries.models import SettlementAccount
from custody.settlement.models import CashAccount, CashLeg, SettlementInstruction, SuspenseItem
from custody.tokenisation.models import TokenContract
from issuance.allotment.models import Allotment


def cash_balances(currency: str) -> dict[str, int]:
    """Every account kind with its balance; they sum to zero."""
    found = (
        CashLeg.objects.filter(account__currency=currency).values_list("account__kind").annotate(t=Sum("amount_minor"))
    )
    return {**dict.fromkeys(CashAccount.Kind.values, 0), **{kind: int(total) for kind, total in found}}


def allotments_unopened() -> QuerySet[Allotment]:
    """What was allotted and has no settlement yet, the first to settle first."""
    rows = Allotment.objects.filter(state="ALLOTTED", settlement=None)
    return rows.select_related("series", "party").order_by("settlement_date", "pk")


def suspense_held() -> QuerySet[SuspenseItem]:
    """Money that matched nothing and is still here, oldest first."""
    return SuspenseItem.objects.filter(state=SuspenseItem.State.HELD).select_related("settlement").order_by("pk")


def suspense_owed(of: SettlementInstruction | SuspenseItem) -> QuerySet[SuspenseItem]:
    """What is owed for a purchase, or for what is held: taken back by the bank, or typed and never come. Each is below
    zero.

    For what is held: of the same purchase, or of the receipt whose reference it bears (a credit without a purchase).
    """
    if isinstance(of, SettlementInstruction):
        same = Q(settlement=of)
    else:
        same = Q(entry__corrects__wrong_entry__bank_reference=of.bank_reference)
        same |= Q(settlement=of.settlement_id) if of.settlement_id else Q()
    return SuspenseItem.objects.filter(
        same, state=SuspenseItem.State.HELD, currency=of.currency, amount_minor__lt=0
    ).order_by("pk")


def settlements_to_confirm(token: TokenContract | None = None) -> QuerySet[SettlementInstruction]:
    """The registrar's list: paid, issue approved by two houses, not yet immobilised, or to be signed again."""
    first = Q(state=SettlementInstruction.State.CASH_CONFIRMED, issue_instruction__state="APPROVED")
    again = Q(state=SettlementInstruction.State.UNDELIVERABLE, confirm_instruction__state="DRAFT")
    rows = SettlementInstruction.objects.filter(
        first | again, confirm_instruction__registry_confirmation__isnull=True
    ).select_related("issue_instruction", "confirm_instruction", "allotment__party", "token__series")
    return (rows if token is None else rows.filter(token=token)).order_by("pk")


def told_by_the_bank(currency: str) -> bool:
    """Whether the bank's files say what came in: a settlement account is open in that currency."""
    return SettlementAccount.objects.filter(currency=currency).exists()
