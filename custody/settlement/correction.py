"""What was typed beside a line of the bank is put right by two persons: a correcting entry, the wrong one stays."""

from __future__ import annotations

from datetime import datetime

from custody.instructions.models import Instruction
from custody.registries.models import BankEntry
from custody.settlement.decided import require_same_effect
from custody.settlement.models import BankBooking, BankCorrection, CashEntry, SettlementInstruction, SuspenseItem
from custody.settlement.services.correct import Correction, correction_book, correction_of
from custody.settlement.services.journal import moved
from custody.settlement.statements import several_typed, typed_beside
from tokenization.files.models import StoredFile
from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock, lock_rows
from tokenization.kernel.money import Money


class BankCorrect:
    """Payload: {"line": bank entry, "entry": cash entry, "reason": text, "file": SHA-256 of what shows it}.

    The two are under one reference and differ; what follows is `services.correct`'s.
    """

    name = "custody.settlement.BankCorrect"
    title = "Put an entry right by the bank's line"
    maker_power = Power.REFUND_DRAFT
    checker_power = Power.REFUND_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        line, wrong = _target(payload)
        if not 0 < len(str(payload.get("reason", "")).strip()) <= 500:
            raise Refused("Say why, in 500 characters at most.", field="reason", rule="a reason for every correction")
        _evidence(payload)
        _require_open(line, wrong)
        correction_of(line, wrong, now)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        line, wrong = _target(payload)
        found, shown = correction_of(line, wrong, now), _evidence(payload)
        rows = [
            (f"Line {line.reference} of the bank", f"{_money(found, found.typed)} typed", _money(found, found.told)),
            ("Difference", "", _money(found, found.difference)),
            ("Entry typed", wrong.words, "stays; a correcting entry is booked beside it"),
            *_follows(found),
            ("Reason", "", str(payload["reason"]).strip()),
            ("Evidence", "", f"{shown.name}, SHA-256 {shown.sha256}"),
        ]
        return Preview(rows=rows, warnings=_warnings(found))

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        line, wrong = _target(payload)
        currency = line.account.currency
        body = {
            "line": line.reference,
            "entry": wrong.key,
            "difference_minor": line.signed - moved(wrong, currency),
            "currency": currency,
            "reason": str(payload.get("reason", "")).strip(),
            "file": str(payload.get("file", "")),
        }
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(body)), body=body)]

    def subject(self, payload: Payload) -> str:
        return f"bank:{_target(payload)[0].reference}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        line, wrong = _target(payload)
        # The lock of matching: a file that comes in now finds the entry put right, or decides first.
        advisory_xact_lock(f"settlement.matching:{line.account_id}")
        _lock(correction_of(line, wrong, now))
        line, wrong = _target(payload)
        require_same_effect(self, payload, approval, now)
        found = correction_of(line, wrong, now)
        entry = correction_book(found, key=f"correction:{line.booking.pk}", actor=actor, now=now)
        BankCorrection.objects.create(
            booking=line.booking,
            wrong_entry=wrong,
            entry=entry,
            difference_minor=found.difference,
            reason=str(payload["reason"]).strip(),
            evidence=_evidence(payload),
            approval=approval,
            corrected_at=now,
        )
        body = {"line": line.reference, "wrong": wrong.key, "entry": entry.key, "difference_minor": found.difference}
        audit.record(actor=actor, action="bank.correct", subject=self.subject(payload), body=body, now=now)


def _target(payload: Payload) -> tuple[BankEntry, CashEntry]:
    lines = BankEntry.objects.select_related("account", "booking__settlement")
    line = lines.filter(pk=payload.get("line") or 0).first()
    entry = CashEntry.objects.filter(pk=payload.get("entry") or 0).first()
    if line is None or entry is None or not hasattr(line, "booking"):
        raise Refused("Name a line of the bank and the entry typed for it.", field="line", rule="both exist")
    return line, entry


def _require_open(line: BankEntry, wrong: CashEntry) -> None:
    if line.booking.verdict != BankBooking.Verdict.DIFFERS or hasattr(line.booking, "correction"):
        raise Refused(
            f"The line {line.reference} agrees with the journal.",
            field="line",
            rule="a line that differs, put right once",
        )
    typed = list(typed_beside(line))
    if wrong not in typed:
        raise Refused(
            f"The entry was not typed for the line {line.reference}.",
            field="entry",
            rule="one reference",
            next_step="Choose the entry under the line's own reference.",
        )
    if len(typed) > 1:
        raise Refused(
            f"{len(typed)} entries stand under the reference {line.reference}.",
            field="entry",
            rule="one line, one entry",
            next_step=several_typed(line, typed),
        )
    if moved(wrong, line.account.currency) == line.signed:
        raise Refused("The entry says what the bank says.", field="entry", rule="a difference")


def _lock(found: Correction) -> None:
    """The purchases it touches, their instructions (as the registrar's word does) and the item that it replaces."""
    rows = [row for row in (found.unpaid, found.stops, found.pays) if row]
    if found.held and found.held.settlement:
        rows.append(found.held.settlement)
    pairs = [pk for row in rows for pk in (row.issue_instruction_id, row.confirm_instruction_id)]
    lock_rows(
        SettlementInstruction.objects.filter(pk__in=[row.pk for row in rows]),
        SuspenseItem.objects.filter(pk=found.replaces.pk if found.replaces else 0),
        Instruction.objects.filter(pk__in=pairs),
    )


def _evidence(payload: Payload) -> StoredFile:
    found = StoredFile.objects.filter(sha256=str(payload.get("file", ""))).first()
    if found is None:
        raise Refused(
            "Nothing is attached that shows what came.",
            field="file",
            rule="evidence for every correction",
            next_step="Attach the bank's advice, or its answer.",
        )
    return found


def _follows(found: Correction) -> list[tuple[str, str, str]]:
    rows = []
    if found.replaces:
        rows.append(("In suspense", f"{_money(found, found.replaces.amount_minor)} typed", "replaced by what came"))
    if found.unpaid:
        rows.append((found.unpaid.payment_reference, "paid", "waiting for payment again"))
    if found.pays:
        rows.append((found.pays.payment_reference, "waiting for payment", "paid"))
    if found.stops:
        rows.append((found.stops.payment_reference, "paid", "not issued: given up, and refunded less what is owed"))
    if found.held and found.held.minor > 0:
        rows.append(("In suspense", "", f"{_money(found, found.held.minor)} held until two persons decide"))
    elif found.held:
        rows.append(("In suspense", "", f"{_money(found, -found.held.minor)} owed to the settlement account"))
    return rows


def _warnings(found: Correction) -> list[str]:
    if found.held is None or found.held.minor > 0:
        return []
    row = found.held.settlement
    if getattr(found.wrong, "cash_mint", None) or (row and getattr(row, "cash_mint", None)):
        return ["Cash tokens stand for all that was typed: their holder owes what never came."]
    if row and row.state in ("ISSUING", "DELIVERED"):
        return ["Its units are delivered, or on their way on chain: the buyer owes what never came."]
    return []


def _money(found: Correction, minor: int) -> str:
    return Money(minor, found.currency).format()
