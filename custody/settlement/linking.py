"""A line of the bank and an entry of the journal that are one payment under two references: linked by two persons."""

from __future__ import annotations

from datetime import datetime

from custody.registries.models import BankEntry
from custody.settlement.models import BankBooking, CashEntry
from custody.settlement.services.journal import moved
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock
from tokenization.kernel.money import Money


class BankLineLink:
    """Payload: {"line": bank entry, "entry": cash entry}. No money moves: each is known by the other from then on."""

    name = "custody.settlement.BankLineLink"
    title = "Link a line of the bank to the journal"
    maker_power = Power.REFUND_DRAFT
    checker_power = Power.REFUND_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        line, entry = _target(payload)
        if BankBooking.objects.filter(entry=line).exists() or BankBooking.objects.filter(cash_entry=entry).exists():
            raise Refused("One of the two is linked already.", field="line", rule="linked once")
        if hasattr(entry, "corrected_by") or hasattr(entry, "corrects"):
            raise Refused("This entry was put right beside another line.", field="entry", rule="linked once")
        booked = moved(entry, line.account.currency)
        if booked != line.signed:
            said = (Money(line.signed, line.account.currency), Money(booked, line.account.currency))
            raise Refused(
                f"The bank says {said[0]}, the journal {said[1]}.",
                field="entry",
                rule="one payment has one amount",
                next_step="Choose the entry of the same amount, or ask the bank.",
            )

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        line, entry = _target(payload)
        money = Money(line.signed, line.account.currency).format()
        return Preview(rows=[(f"{line.reference}, {money}", "not in the journal", f"is {entry.words}")])

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        line, entry = _target(payload)
        body = {"line": line.reference, "entry": entry.key, "amount_minor": line.signed}
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"bank:{_target(payload)[0].reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        line, entry = _target(payload)
        # The lock of matching: a file that comes in now finds the line decided, or decides it first.
        advisory_xact_lock(f"settlement.matching:{line.account_id}")
        self.check(payload, now=now)
        verdict = BankBooking.Verdict.KNOWN if line.credit else BankBooking.Verdict.SEEN
        why = f"linked by two persons, approval {approval.pk}"
        BankBooking.objects.create(entry=line, verdict=verdict, cash_entry=entry, reason=why, booked_at=now)
        body = {"line": line.reference, "entry": entry.key}
        audit.record(actor=actor, action="bank.link", subject=self.subject(payload), body=body, now=now)


def _target(payload: Payload) -> tuple[BankEntry, CashEntry]:
    line = BankEntry.objects.select_related("account").filter(pk=payload.get("line") or 0).first()
    entry = CashEntry.objects.filter(pk=payload.get("entry") or 0).first()
    if line is None or entry is None:
        raise Refused("Name a line of the bank and an entry of the journal.", field="line", rule="both exist")
    return line, entry
