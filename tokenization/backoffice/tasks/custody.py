"""From the units on chain to their end: what custody proposes and records."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from contracts.outbox.actions import IntentCancel
from contracts.outbox.models import Halt
from contracts.outbox.services import halt_clear
from custody.instructions.models import Instruction
from custody.reconciliation.actions import BreakClose
from custody.reconciliation.models import Break
from custody.register.annulment import annulment_draft
from custody.register.models import Dispute
from custody.registries.services import release_receive
from custody.settlement.models import SettlementInstruction
from custody.settlement.services import settlements_open
from custody.settlement.withdrawal import UnconfirmedWithdraw
from issuance.series.models import Series
from tokenization.backoffice.forms import custody as forms
from tokenization.backoffice.forms.base import minor
from tokenization.backoffice.tasks.base import Recorded, Task, instructions, named
from tokenization.files.services import file_store
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.theme import figures

RELEASE = {"REDEEM": "EXTINGUISH", "WITHDRAW": "WITHDRAW"}


def withdraw(*, settlement: SettlementInstruction, actor: User, now: datetime) -> Approval:
    """A lowered cap where the registrar confirmed, else only the two drafts cancelled."""
    if settlement.withdraw_instruction_id is None:
        name, payload = UnconfirmedWithdraw.name, {"settlement": settlement.pk}
        return approval_propose(action=name, payload=payload, actor=actor, now=now)
    asked = {"instructions": [settlement.withdraw_instruction_id]}
    return approval_propose(action="custody.instructions.WithdrawApprove", payload=asked, actor=actor, now=now)


def _annul(*, dispute: Dispute, actor: User, now: datetime) -> Approval:
    drafts = annulment_draft(dispute=dispute, actor=actor, now=now)
    payload = {"instructions": [row.pk for row in drafts]}
    return approval_propose(action="custody.instructions.AnnulApprove", payload=payload, actor=actor, now=now)


def _release(*, instruction: Instruction, registry_reference: str, actor: User, now: datetime) -> Recorded:
    released = release_receive(
        instruction=instruction,
        kind=RELEASE[instruction.kind],
        registry_reference=registry_reference,
        actor=actor,
        now=now,
    )
    return Recorded(f"Recorded: {figures.units(released.units)} units released at the registry.")


def _halt(*, halt: Halt, actor: User, now: datetime) -> Recorded:
    halt_clear(halt=halt, actor=actor, now=now)
    return Recorded("Cleared. The guard looks again before anything is sent, and halts again if nothing has changed.")


def _apply(*, items: Any, settlement: SettlementInstruction | None, actor: User, now: datetime) -> Approval:
    payload = {"settlement": settlement.pk if settlement else None, "items": [item.pk for item in items]}
    return approval_propose(action="custody.settlement.SuspenseApply", payload=payload, actor=actor, now=now)


def _break(*, reason: str, file: UploadedFile[Any], actor: User, now: datetime, **chosen: Break) -> Approval:
    content, media = file.read(), file.content_type or "application/octet-stream"
    stored = file_store(name=file.name or "", content=content, media_type=media, actor=actor, now=now)
    payload = {"break": chosen["break"].pk, "reason": reason, "file": stored.sha256}
    return approval_propose(action=BreakClose.name, payload=payload, actor=actor, now=now)


def _account(*, iban: str, bank: str, currency: str, opening: Decimal, actor: User, now: datetime) -> Approval:
    compact, code = iban.replace(" ", "").upper(), currency.upper()
    payload = {"iban": compact, "bank": bank, "currency": code, "opening_minor": minor(opening, code, field="opening")}
    return approval_propose(action="custody.registries.SettlementAccountOpen", payload=payload, actor=actor, now=now)


def _open(*, series: Series, rail: str, actor: User, now: datetime) -> Recorded:
    done = settlements_open(series=series, rail=rail, actor=actor, now=now)
    count, until = len(done.settlements), done.settlements[0].deliver_by
    said = (
        f"Opened: {count:,} purchase{'s' * (count > 1)} of {series.isin}. Buyers see what to pay, where and until when"
    )
    missing = ", ".join(map(str, done.without_wallet))
    left = f" Left out for want of a wallet on chain: {missing}." if missing else ""
    return Recorded(f"{said} ({figures.when(until)}).{left}")


CUSTODY = [
    Task(
        "settlements",
        "Custody",
        "Open the settlements",
        "After an allotment: tells every buyer of one security what to pay and prepares the issue of the units.",
        Power.ISSUE_DRAFT,
        forms.OpenForm,
        _open,
        "Open",
    ),
    Task(
        "issue",
        "Custody",
        "Issue on chain",
        "Creates the units of all prepared issues of one security.",
        Power.ISSUE_DRAFT,
        forms.IssueForm,
        instructions("ISSUE", "custody.instructions.IssueApprove"),
    ),
    Task(
        "withdraw",
        "Custody",
        "Withdraw what cannot be delivered",
        "An issue that was given up, or a purchase that the registrar never confirmed; then the buyer is refunded.",
        Power.WITHDRAW_DRAFT,
        forms.WithdrawForm,
        withdraw,
    ),
    Task(
        "annul",
        "Custody",
        "Annul undue units",
        "Burns units that no instruction explains, wherever they are now. It releases nothing at the registry.",
        Power.ANNUL_DRAFT,
        forms.AnnulForm,
        _annul,
    ),
    Task(
        "release",
        "Custody",
        "Release at the registry",
        "After a burn, or a lowered cap, that can no longer be undone.",
        Power.REGISTRY_RELEASE,
        forms.ReleaseForm,
        _release,
        "Record the release",
    ),
    Task(
        "break",
        "Custody",
        "Close a break",
        "Once a later run no longer finds it. It repairs nothing.",
        Power.BREAK_CLOSE,
        forms.BreakForm,
        _break,
    ),
    Task(
        "refund",
        "Money",
        "Refund",
        "Pays back money whose units cannot be delivered.",
        Power.REFUND_DRAFT,
        forms.RefundForm,
        named("custody.settlement.RefundApprove"),
    ),
    Task(
        "suspense",
        "Money",
        "Return of suspended money",
        "Pays back money that matched nothing.",
        Power.REFUND_DRAFT,
        forms.SuspenseForm,
        named("custody.settlement.RefundApprove"),
    ),
    Task(
        "apply",
        "Redemption and money",
        "Use suspended money",
        "Pays a waiting purchase with receipts that are exactly what is due, or sets off what the bank took back.",
        Power.REFUND_DRAFT,
        forms.ApplyForm,
        _apply,
    ),
    Task(
        "account",
        "Redemption and money",
        "Name the settlement account",
        "The account whose statements are taken in and book money: one to a currency.",
        Power.CASH_CONFIRM,
        forms.AccountForm,
        _account,
    ),
    Task(
        "cancel",
        "Chain",
        "Withdraw a transaction",
        "One that waits, or is under way and does not get into a block.",
        Power.ISSUE_DRAFT,
        forms.CancelForm,
        named(IntentCancel.name),
    ),
    Task(
        "halt",
        "Chain",
        "Clear a halt",
        "Only after what it asks for was done: sending goes on, and halts again if nothing has changed.",
        Power.OPERATE,
        forms.HaltForm,
        _halt,
        "Clear",
    ),
]
