"""Taking in a file of the bank: all of it, or nothing. An entry told twice is one entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from custody.registries.bank.document import Line, Notification, Parsed, Statement
from custody.registries.bank.quoting import quoted
from custody.registries.bank.reading import parse
from custody.registries.models import (
    BankEntry,
    BankNotification,
    BankStatement,
    BankStatementLine,
    SettlementAccount,
)
from tokenization.files.models import StoredFile
from tokenization.files.services import file_store
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import LineProblem, Problems, Refused
from tokenization.kernel.locks import advisory_xact_lock

ROWS = 5_000
Key = tuple[str, bool]


@dataclass(frozen=True)
class Taken:
    """A file that went in: what it is now, how many of its entries are new, and each entry in the file's order."""

    document: BankStatement | BankNotification
    entries: list[BankEntry]
    new: int


@transaction.atomic
def bank_file_import(*, content: bytes, name: str, actor: User, now: datetime) -> Taken:
    """Store a statement or notification with its entries. Problems with line, path and rule, and nothing written, if
    anything is wrong; Refused for a file that was taken in before.

    An entry that the bank told of before, with the same figures, is recognised and not written again.
    """
    require_power(actor, Power.CASH_CONFIRM)
    advisory_xact_lock("registries.bank")
    if StoredFile.objects.filter(sha256=sha256_hex(content)).exists():
        raise Refused("This file was taken in already.", field="file", rule="once", next_step="Send the next file.")
    form, parsed = parse(content, versions=settings.BANK_MESSAGES)
    account = _account(parsed)
    known = _known(account, parsed)
    _check(account, parsed, known, now)
    stored = file_store(name=name, content=content, media_type=_media(form), actor=actor, now=now)
    document = _document(account, parsed, stored, form, actor, now)
    entries = _entries(account, parsed, document, known)
    body = {
        "file": stored.sha256,
        "format": form,
        "identification": parsed.identification,
        "entries": len(parsed.lines),
        "new": len(parsed.lines) - len(known),
    }
    audit.record(actor=actor, action="bank.import", subject=f"account:{account.iban}", body=body, now=now)
    return Taken(document, entries, len(parsed.lines) - len(known))


def _media(form: str) -> str:
    return "text/csv" if form == "CSV" else "application/xml"


def _account(parsed: Parsed) -> SettlementAccount:
    account = SettlementAccount.objects.filter(iban=parsed.iban).first()
    if account is None:
        raise Problems([LineProblem(0, "IBAN", "our settlement account", f"{parsed.iban} is no account of ours")])
    if account.currency != parsed.currency:
        told = f"the file is in {parsed.currency}, the account in {account.currency}"
        raise Problems([LineProblem(0, "currency", "the account's currency", told)])
    return account


def _known(account: SettlementAccount, parsed: Parsed) -> dict[Key, BankEntry]:
    wanted = {(line.reference, line.credit) for line in parsed.lines}
    rows = BankEntry.objects.filter(account=account, reference__in=sorted({reference for reference, _ in wanted}))
    rows = rows.select_related("statement_line__statement")
    return {(row.reference, row.credit): row for row in rows if (row.reference, row.credit) in wanted}


def _check(account: SettlementAccount, parsed: Parsed, known: dict[Key, BankEntry], now: datetime) -> None:
    problems: list[LineProblem] = []
    kind = BankStatement if isinstance(parsed, Statement) else BankNotification
    if kind.objects.filter(account=account, identification=parsed.identification).exists():
        told = f"{parsed.identification} was taken in already, with other bytes"
        problems.append(LineProblem(0, "identification", "once", told))
    if isinstance(parsed, Statement):
        problems += _sequence(account, parsed, now)
    for line in parsed.lines:
        found = known.get((line.reference, line.credit))
        if found:
            problems += _again(line, found, isinstance(parsed, Statement))
    if problems:
        raise Problems(problems)


def _sequence(account: SettlementAccount, parsed: Statement, now: datetime) -> list[LineProblem]:
    """The statement is the next one, and opens with what the last one closed with."""
    found = []
    last = BankStatement.objects.filter(account=account).order_by("-electronic_number").first()
    opens_with = last.closing_minor if last else account.opening_minor
    if last and parsed.electronic_number != last.electronic_number + 1:
        told = f"No. {parsed.electronic_number} does not follow No. {last.electronic_number}"
        found.append(LineProblem(0, "electronic number", "no gap, no repeat", told))
    if last and last.legal_number and parsed.legal_number and not _legal(parsed, last):
        told = f"No. {parsed.legal_number} does not follow No. {last.legal_number}"
        found.append(LineProblem(0, "legal number", "no gap, no repeat", told))
    if parsed.opening_minor != opens_with:
        told = f"it opens with {parsed.opening_minor} minor units, the last closing balance is {opens_with}"
        found.append(LineProblem(0, "opening balance", "the last closing balance", told))
    if parsed.closing_on > timezone.localdate(now):
        found.append(LineProblem(0, "closing date", "not in the future", f"{parsed.closing_on} has not come yet"))
    for line in parsed.lines:
        if line.booking_date > parsed.closing_on:
            told = f"booked on {line.booking_date}, after the statement closes"
            found.append(LineProblem(line.line, line.path, "booked by the closing date", told))
    return found


def _legal(parsed: Statement, last: BankStatement) -> bool:
    if last.legal_number is None or parsed.legal_number == last.legal_number + 1:
        return True
    return parsed.legal_number == 1 and parsed.closing_on.year > last.closing_on.year


def _again(line: Line, found: BankEntry, in_statement: bool) -> list[LineProblem]:
    """An entry told before: the same in every figure, and in no statement yet."""
    problems = []
    if (line.amount_minor, line.reversal) != (found.amount_minor, found.reversal):
        told = f"{line.reference} was told before with {found.amount_minor} minor units"
        problems.append(LineProblem(line.line, line.path, "the same entry, the same figures", told))
    stands = getattr(found, "statement_line", None)
    if in_statement and stands:
        told = f"{line.reference} stands in statement {stands.statement.identification} already"
        problems.append(LineProblem(line.line, line.path, "booked once", told))
    return problems


def _document(
    account: SettlementAccount, parsed: Parsed, stored: StoredFile, form: str, actor: User, now: datetime
) -> BankStatement | BankNotification:
    shared = {
        "account": account,
        "file": stored,
        "format": form,
        "identification": parsed.identification,
        "imported_at": now,
        "imported_by": actor,
    }
    if isinstance(parsed, Notification):
        return BankNotification.objects.create(**shared)
    return BankStatement.objects.create(
        **shared,
        electronic_number=parsed.electronic_number,
        legal_number=parsed.legal_number,
        opening_on=parsed.opening_on,
        opening_minor=parsed.opening_minor,
        closing_on=parsed.closing_on,
        closing_minor=parsed.closing_minor,
        line_count=len(parsed.lines),
    )


def _entries(
    account: SettlementAccount, parsed: Parsed, document: BankStatement | BankNotification, known: dict[Key, BankEntry]
) -> list[BankEntry]:
    told_by = document if isinstance(document, BankNotification) else None
    fresh = [_entry(account, line, told_by) for line in parsed.lines if (line.reference, line.credit) not in known]
    made = BankEntry.objects.bulk_create(fresh, batch_size=ROWS)
    every = known | {(row.reference, row.credit): row for row in made}
    entries = [every[line.reference, line.credit] for line in parsed.lines]
    if isinstance(document, BankStatement):
        lines = (
            BankStatementLine(statement=document, entry=entry, position=place) for place, entry in enumerate(entries, 1)
        )
        BankStatementLine.objects.bulk_create(lines, batch_size=ROWS)
    return entries


def _entry(account: SettlementAccount, line: Line, told_by: BankNotification | None) -> BankEntry:
    return BankEntry(
        account=account,
        notification=told_by,
        reference=line.reference,
        credit=line.credit,
        amount_minor=line.amount_minor,
        reversal=line.reversal,
        booking_date=line.booking_date,
        value_date=line.value_date,
        end_to_end_id=line.end_to_end_id,
        remittance=line.remittance,
        quoted=quoted(line.end_to_end_id, line.remittance),
    )
