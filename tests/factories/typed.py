"""What officers typed before the bank's file came, the file that says otherwise, and the correction by two persons."""

from __future__ import annotations

from typing import Any

from custody.registries.models import BankEntry
from custody.settlement.models import BankCorrection, CashEntry
from custody.settlement.services import journal_post
from tests.factories import bank
from tests.factories import ledgerless as world
from tokenization.files.models import StoredFile
from tokenization.files.services import file_store
from tokenization.identity.models import Approval

NAME, ROLES = "custody.settlement.BankCorrect", ("FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")


def told(minor: int, quotes: str = "", *, reference: str = "B-1", **more: Any) -> BankEntry:
    """The settlement account is named and the bank's statement of one credit taken in; the line as it was booked."""
    bank.account()
    bank.take(bank.statement(bank.credit(reference, minor, quotes, **more)))
    return BankEntry.objects.select_related("booking").get(reference=reference)


def funded(key: str, minor: int, reference: str = "B-1") -> CashEntry:
    """Money of the treasury for one payment day, typed under a reference that may stand for several."""
    sums = [("BANK", minor), ("TREASURY", -minor), ("DEBT", minor), ("REDEMPTION", -minor)]
    return journal_post(
        key=key, kind="FUNDING", currency="PKR", words=key, legs=sums, now=world.NOW, bank_reference=reference
    )


def advice() -> StoredFile:
    """What the bank answered, in writing."""
    officer = world.officer("FISCAL_AGENT_OFFICER")
    content = b"The bank's advice: what came is what our line says."
    return file_store(name="advice.txt", content=content, media_type="text/plain", actor=officer, now=world.NOW)


def payload(line: BankEntry, **more: Any) -> dict[str, Any]:
    entry = more.get("entry") or CashEntry.objects.get(key=f"receipt:{line.reference}").pk
    said = {"line": line.pk, "entry": entry, "reason": "a digit was typed wrong", "file": advice().sha256}
    return {**said, **more}


def put_right(line: BankEntry, **more: Any) -> BankCorrection:
    """Proposed by one and approved by another officer of the fiscal agent."""
    asked: Approval = world.approve(NAME, payload(line, **more), *ROLES)
    return BankCorrection.objects.select_related("entry", "wrong_entry", "booking").get(approval=asked)


def legs(entry: CashEntry) -> list[tuple[str, int]]:
    return sorted(entry.legs.values_list("account__kind", "amount_minor"))
