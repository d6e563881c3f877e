"""The journal of cash, entry by entry, with the bank's own line beside each where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet
from django.urls import reverse

from custody.cash.models import CashBurn, CashMint
from custody.instructions.models import Instruction
from custody.reconciliation.cash import OWED
from custody.reconciliation.models import Observation, Run
from custody.settlement.models import CashEntry, CashLeg, SettlementInstruction, SuspenseItem
from custody.settlement.statements import booking_of
from tokenization.assurance.sampling.population import Line, Listed, Population, Stored, parts
from tokenization.files.models import StoredFile
from tokenization.theme import figures

BANK = tuple(
    f"{booking}__entry__{file}"
    for booking in ("bank_booking", "corrected_by__booking", "corrects__booking")
    for file in ("notification__file", "statement_line__statement__file")
)
OF_ENTRY = tuple(f"entry__{path}" for path in BANK)
KIND_OF = {name: kind for kind, name in OWED.items()} | {"settlement account": "BANK"}
JOURNAL = (
    "The journal's legs on this account as the run read them. What is held counts above zero on the settlement "
    "account; what is owed counts above zero on every other."
)
NAMED = "What the run itself found and wrote down, name by name."


def bank_file(entry: CashEntry) -> StoredFile | None:
    """The bank's file that tells of it: the statement once there is one, else the day's notification."""
    booking = booking_of(entry)
    if booking is None:
        return None
    line = getattr(booking.entry, "statement_line", None)
    if line is not None:
        found: StoredFile = line.statement.file
        return found
    return booking.entry.notification.file if booking.entry.notification else None


def _read_by(run: Run) -> Q:
    """Which entries the run read: up to the last one that it noted; runs of before noted none, the clock must do."""
    seen = run.observations.filter(source="CASH", name="settlement account").first()
    last = str(seen.detail.get("last", "")).removeprefix("entry ") if seen else ""
    return Q(entry__lte=int(last)) if last.isdigit() else Q(entry__at__lte=run.at)


def legs(seen: Observation) -> Population:
    kind, run = KIND_OF[seen.name], seen.run
    rows = CashLeg.objects.filter(_read_by(run), account__currency=run.token.paid_in, account__kind=kind)
    found = rows.select_related("entry", *OF_ENTRY)
    return Stored(found, "cash leg", _leg, how=JOURNAL, field="amount_minor", times=1 if kind == "BANK" else -1)


def _leg(row: CashLeg, key: str, amount: int) -> Line:
    told = row.entry
    said = f", bank reference {told.bank_reference}" if told.bank_reference else ""
    words = f"{told.get_kind_display().lower()}: {told.words}, {figures.when(told.at)}{said}"
    return Line(key, words, amount, reverse("assurance:entry", args=[told.pk]), file=bank_file(told))


def _of_detail(seen: Observation, find: Callable[[str, int], Line]) -> Population:
    return Listed((find(name, value) for name, value in parts(seen.detail)), how=NAMED)


def _by(rows: Iterable[SettlementInstruction | CashMint], field: str) -> dict[str, SettlementInstruction | CashMint]:
    return {getattr(row, field): row for row in rows}


def _paid(name: str, value: int, row: object, issue: Instruction | None, entry: CashEntry | None) -> Line:
    if row is None:
        return Line(name, "no longer in the records", value)
    href = reverse("assurance:entry", args=[entry.pk]) if entry else ""
    words = f"paid: {entry.words}, {figures.when(entry.at)}" if entry else "no cash entry"
    return Line(name, words, value, href, instruction=issue, file=bank_file(entry) if entry else None)


def settlements(seen: Observation) -> Population:
    rows = SettlementInstruction.objects.filter(payment_reference__in=list(seen.detail))
    linked = rows.select_related("issue_instruction__approval", "cash_entry", *(f"cash_entry__{at}" for at in BANK))
    by = {row.payment_reference: row for row in linked}
    return _of_detail(
        seen,
        lambda name, value: _paid(
            name, value, by.get(name), by[name].issue_instruction if name in by else None,
            by[name].cash_entry if name in by else None,
        ),
    )  # fmt: skip


def mints(seen: Observation) -> Population:
    rows = CashMint.objects.filter(bank_reference__in=list(seen.detail), token__currency=seen.run.token.paid_in)
    linked = rows.select_related("issue_instruction__approval", "receipt", *(f"receipt__{at}" for at in BANK))
    by = {row.bank_reference: row for row in linked}
    return _of_detail(
        seen,
        lambda name, value: _paid(
            name, value, by.get(name), by[name].issue_instruction if name in by else None,
            by[name].receipt if name in by else None,
        ),
    )  # fmt: skip


def suspense(seen: Observation) -> Population:
    """Each is kept as its own number and the bank's reference."""
    numbers = [name.partition(" ")[0] for name in seen.detail]
    rows = SuspenseItem.objects.filter(pk__in=[n for n in numbers if n.isdigit()])
    by = {str(row.pk): row for row in rows.select_related("entry", *OF_ENTRY)}

    def line(name: str, value: int) -> Line:
        row = by.get(name.partition(" ")[0])
        if row is None:
            return Line(f"item {name}", "no longer in the records", value)
        words = f"{row.get_kind_display()}: {row.reason}"
        return Line(
            f"item {name}", words, value, reverse("assurance:entry", args=[row.entry_id]), file=bank_file(row.entry)
        )

    return _of_detail(seen, line)


def pay_outs(seen: Observation) -> Population:
    """Each is kept as `no. 7 to` its payee."""
    rows = _burns([name.removeprefix("no. ").partition(" ")[0] for name in seen.detail])
    by = {str(row.pk): row for row in rows}

    def line(name: str, value: int) -> Line:
        row = by.get(name.removeprefix("no. ").partition(" ")[0])
        href = reverse("assurance:entry", args=[row.burn_entry_id]) if row and row.burn_entry_id else ""
        return Line(
            f"pay-out {name}", "burned, to be paid out by the bank", value, href,
            log=row.instruction.settled_log if row else None, instruction=row.instruction if row else None,
        )  # fmt: skip

    return _of_detail(seen, line)


def _burns(numbers: list[str]) -> QuerySet[CashBurn]:
    rows = CashBurn.objects.filter(pk__in=[number for number in numbers if number.isdigit()])
    return rows.select_related("instruction__approval", "instruction__settled_log")


def between(seen: Observation) -> Population:
    """Each is kept by the number of its instruction."""
    rows = Instruction.objects.filter(token=seen.run.token, number__in=[int(number) for number in seen.detail])
    by = {str(row.number): row for row in rows.select_related("settled_log", "approval")}

    def line(name: str, value: int) -> Line:
        row = by.get(name)
        words = "on chain, not yet in the journal" if value > 0 else "in the journal, not yet on chain"
        return Line(f"instruction No. {name}", words, value, log=row.settled_log if row else None, instruction=row)

    return _of_detail(seen, line)
