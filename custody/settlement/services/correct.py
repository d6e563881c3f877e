"""A line of the bank that differs from what was typed under its reference: what puts it right, and what follows.

The wrong entry stays; a correcting entry beside it moves the settlement account to what the bank says.
1. Typed into suspense and still held: that item leaves, and the bank's figure is placed as the rules place any receipt.
2. Typed as the payment of a purchase that nobody has confirmed yet, and less came (or the bank names another purchase):
   it is unpaid again, and what came is placed by the rules.
3. Everything else keeps what was typed: what came more is held in suspense; what never came is owed there below zero,
   and a purchase whose issue has not left is given up and refunded less what is owed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from custody.instructions.services import instruction_cancel
from custody.registries.bank.document import REFERENCE_LENGTH
from custody.registries.models import BankEntry, RegistryConfirmation
from custody.settlement.models import (
    CashEntry,
    SettlementInstruction,
    SuspenseItem,
    settlement_machine,
    suspense_machine,
)
from custody.settlement.services.advance import settlement_ask_again, settlement_give_up
from custody.settlement.services.cash import mismatch
from custody.settlement.services.journal import journal_post, moved
from custody.settlement.services.moves import move
from custody.settlement.services.suspense import suspense_hold
from issuance.allotment.services import allotment_mark_paid, allotment_mark_unpaid
from tokenization.identity.models import User
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money

Kind, State = SuspenseItem.Kind, SettlementInstruction.State


@dataclass(frozen=True)
class Held:
    """What the correcting entry puts into suspense; below zero: owed."""

    settlement: SettlementInstruction | None
    minor: int
    kind: str
    reason: str


@dataclass(frozen=True)
class Correction:
    """What one correction does. Minor units; `typed` is the wrong entry's, `told` the bank's."""

    line: BankEntry
    wrong: CashEntry
    typed: int
    told: int
    replaces: SuspenseItem | None = None
    unpaid: SettlementInstruction | None = None
    stops: SettlementInstruction | None = None
    pays: SettlementInstruction | None = None
    held: Held | None = None

    @property
    def difference(self) -> int:
        return self.told - self.typed

    @property
    def currency(self) -> str:
        return str(self.line.account.currency)

    @property
    def legs(self) -> list[tuple[str, int]]:
        """The settlement account by the difference; against it what is freed, what is held and what pays."""
        sums = {"BANK": self.difference, "BANK_LEG": 0, "SUSPENSE": 0}
        sums["SUSPENSE"] += self.replaces.amount_minor if self.replaces else 0
        sums["BANK_LEG"] += self.unpaid.amount_minor if self.unpaid else 0
        sums["SUSPENSE"] -= self.held.minor if self.held else 0
        sums["BANK_LEG"] -= self.told if self.pays else 0
        return [(account, minor) for account, minor in sums.items() if minor]


def correction_of(line: BankEntry, wrong: CashEntry, now: datetime) -> Correction:
    """What would put `wrong` right beside the line that differs from it. Refused where no rule says it."""
    bare = Correction(line, wrong, moved(wrong, line.account.currency), line.signed)
    item, paid, named = _item_of(bare), _paid_by(wrong), line.booking.settlement
    elsewhere = named is not None and paid is not None and named.pk != paid.pk
    if item is not None and item.state == SuspenseItem.State.HELD:
        held, pays = _placed(line, named or item.settlement, now)
        return replace(bare, replaces=item, held=held, pays=pays)
    if paid is not None and (bare.difference < 0 or elsewhere) and _may_be_unpaid(paid, wrong):
        held, pays = _placed(line, named, now) if elsewhere else (_short(paid, bare.told), None)
        return replace(bare, unpaid=paid, held=held, pays=pays)
    if elsewhere:
        raise Refused(
            f"The bank's line names {named}, and what was typed paid {paid}, which has gone on.",
            field="entry",
            rule="one purchase",
            next_step="Ask the bank which of the two its line pays.",
        )
    return _difference(bare, paid, paid or (item.settlement if item else named))


def correction_book(found: Correction, *, key: str, actor: User, now: datetime) -> CashEntry:
    """Post the correcting entry and do what follows from it, in the caller's transaction and under its locks."""
    said = (Money(found.typed, found.currency), Money(found.told, found.currency))
    words = f"{found.line.reference}: {said[0]} was typed, the bank says {said[1]}"
    if found.unpaid:
        _unpay(found.unpaid, f"not paid: {words}", actor, now)
    entry = journal_post(
        key=key,
        kind=CashEntry.Kind.CORRECTION,
        currency=found.currency,
        words=words[:200],
        legs=found.legs,
        now=now,
    )
    if found.replaces:
        suspense_machine.move(found.replaces, "APPLIED", apply_entry=entry)
    if found.held:
        _hold(found, found.held, entry)
    if found.pays:
        settlement_machine.move(found.pays, State.CASH_CONFIRMED, cash_entry=entry, reason="")
        allotment_mark_paid(allotment=found.pays.allotment, actor=actor, now=now)
    if found.stops:
        _stop(found.stops, f"not paid in full: {words}", actor, now)
    return entry


def _item_of(bare: Correction) -> SuspenseItem | None:
    """The item that the wrong entry's money is, or became when no cash token could be minted for it."""
    rows = SuspenseItem.objects.select_related("settlement__allotment")
    own = rows.filter(entry=bare.wrong).first()
    later = rows.filter(bank_reference=bare.wrong.bank_reference, amount_minor=bare.typed, currency=bare.currency)
    return own or later.order_by("pk").first()


def _paid_by(wrong: CashEntry) -> SettlementInstruction | None:
    """The purchase that stands on the entry: paid by it, or by money that it had put into suspense."""
    rows = SettlementInstruction.objects.select_related("allotment", "issue_instruction", "confirm_instruction")
    applied = SuspenseItem.objects.filter(entry=wrong, apply_entry__isnull=False).values("apply_entry")
    return rows.filter(cash_entry=wrong).first() or rows.filter(cash_entry__in=applied).first()


def _may_be_unpaid(row: SettlementInstruction, wrong: CashEntry) -> bool:
    """Paid by that entry, and nothing has been done on it: no word of the registrar, no cash token."""
    untouched = row.state == State.CASH_CONFIRMED and not _has_word(row) and not _has_tokens(row)
    return untouched and row.cash_entry_id == wrong.pk


def _has_word(row: Any) -> bool:
    """Of a purchase or of a mint."""
    return RegistryConfirmation.objects.filter(instruction=row.confirm_instruction_id).exists()


def _has_tokens(row: SettlementInstruction) -> bool:
    """Cash tokens are of a room above this one, and reached by the row alone."""
    return getattr(row, "cash_mint", None) is not None


def _placed(
    line: BankEntry, named: SettlementInstruction | None, now: datetime
) -> tuple[Held | None, SettlementInstruction | None]:
    """Where the bank's figure belongs, as of any receipt: exact money in time pays (tokens need an APPLY), the rest is
    held."""
    row = named and SettlementInstruction.objects.select_related("allotment", "token__series").get(pk=named.pk)
    kind, reason = mismatch(row, line.account.currency, line.signed, now)
    if row is not None and not kind and _valued_late(line, row):
        kind, reason = Kind.LATE, "the settlement's deadline has passed"
    if row is not None and not kind and row.rail == SettlementInstruction.Rail.TOKEN:
        kind, reason = Kind.EXACT, "exactly what is due: its cash tokens need the entry by which two persons use it"
    return (None, row) if row is not None and not kind else (Held(row, line.signed, kind, reason), None)


def _valued_late(line: BankEntry, row: SettlementInstruction) -> bool:
    series = row.token.series
    last = (row.deliver_by - timedelta(microseconds=1)).astimezone(ZoneInfo(series.record_zone if series else "UTC"))
    return line.value_date > last.date()


def _short(row: SettlementInstruction, told: int) -> Held:
    return Held(row, told, Kind.SHORT, f"short by {row.amount_minor - told} minor units")


def _difference(bare: Correction, paid: SettlementInstruction | None, row: SettlementInstruction | None) -> Correction:
    change = bare.difference
    if change > 0:
        held = Held(row, change, Kind.OVER, f"{change} minor units more came than were typed")
        return replace(bare, held=held)
    _require_no_tokens_to_come(bare.wrong, paid)
    held = Held(row, change, Kind.MISSING, f"{-change} minor units of what was typed never came")
    waits = paid is not None and paid.state in (State.CASH_CONFIRMED, State.IMMOBILISED) and not _has_tokens(paid)
    return replace(bare, held=held, stops=paid if waits else None)


def _require_no_tokens_to_come(wrong: CashEntry, paid: SettlementInstruction | None) -> None:
    """No cash token is minted for money that never came, as long as it can be stopped.

    Neither on what was typed, nor on the entry by which two persons used it for a purchase.
    """
    mints: list[Any] = [getattr(row, "cash_mint", None) for row in (wrong, paid)]
    if any(mint is not None and mint.state == "CREDITED" and not _has_word(mint) for mint in mints):
        raise Refused(
            f"Cash tokens for all of {wrong.bank_reference} wait for the fiscal agent's signature.",
            field="entry",
            rule="no token for money that never came",
            next_step="Give the credit up first (two persons withdraw a purchase that it pays, after its deadline): "
            "it waits in suspense then, and what came counts there.",
        )


def _hold(found: Correction, held: Held, entry: CashEntry) -> None:
    suspense_hold(
        entry=entry,
        amount_minor=held.minor,
        currency=found.currency,
        reason=held.reason,
        bank_reference=_reference(found.line),
        payment_reference=held.settlement.payment_reference if held.settlement else "",
        settlement=held.settlement,
        kind=held.kind,
    )


def _reference(line: BankEntry) -> str:
    """Of its own: what is paid back goes out under it as the order's end-to-end id, which has 35 characters at most,
    and the line's may have gone out already."""
    return f"K{line.booking.pk}-{line.reference}"[:REFERENCE_LENGTH]


def _unpay(row: SettlementInstruction, reason: str, actor: User, now: datetime) -> None:
    """The registrar may have been asked to sign, and may sign still: that word is for a number that is no more."""
    instruction_cancel(instruction=row.confirm_instruction, reason=reason, actor=actor, now=now)
    settlement_ask_again(row, now)
    move(row, State.AWAITING_CASH, now, reason=reason, cash_entry=None)
    allotment_mark_unpaid(allotment=row.allotment, reason=reason, actor=actor, now=now)


def _stop(row: SettlementInstruction, reason: str, actor: User, now: datetime) -> None:
    """No unit is issued against money that never came: what the registrar blocked is taken back, the rest refunded."""
    if row.state == State.CASH_CONFIRMED and not _has_word(row):
        for instruction in (row.issue_instruction, row.confirm_instruction):
            instruction_cancel(instruction=instruction, reason=reason, actor=actor, now=now)
        move(row, State.WITHDRAWN, now, reason=reason)
        return
    if row.state == State.CASH_CONFIRMED:
        move(row, State.IMMOBILISED, now)
    settlement_give_up(row, now, reason)
