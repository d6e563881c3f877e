"""A whole file of the bank against all that is awaited: exact money pays, everything else waits in suspense.

The file is the bank's word, so one officer of the fiscal agent brings it in and exact matches take effect by that.
Everything that leaves suspense again needs two persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.expressions import RawSQL

from custody.registries.models import SettlementAccount
from custody.registries.services import Taken, bank_file_import
from custody.settlement.services import matching_sql as sql
from custody.settlement.services.journal import cash_account
from issuance.allotment.models import Allotment
from issuance.allotment.services import allotments_mark_paid
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict
from tokenization.kernel.locks import LOCK_TIMEOUT_MS, advisory_xact_lock


@dataclass(frozen=True)
class Outcome:
    """How many entries met which fate, and their minor units (positive)."""

    counts: dict[str, int]
    amounts: dict[str, int]


@dataclass(frozen=True)
class FileTaken:
    taken: Taken
    outcome: Outcome


@transaction.atomic
def bank_file_take(*, content: bytes, name: str, actor: User, now: datetime) -> FileTaken:
    """Import a file of the bank and match it, in one transaction: refused whole, or taken with all that follows."""
    taken = bank_file_import(content=content, name=name, actor=actor, now=now)
    return FileTaken(taken, statement_match(account=taken.document.account, actor=actor, now=now))


@transaction.atomic
def statement_match(*, account: SettlementAccount, actor: User, now: datetime) -> Outcome:
    """Decide every entry of the account that is not booked: settlements CASH_CONFIRMED and allotments PAID, suspense,
    known before, or our own payments seen at the bank. What goes out unexplained stays open, and is asked again.

    Conflict, and nothing written, when a settlement or a receipt was taken by somebody else meanwhile.
    """
    require_power(actor, Power.CASH_CONFIRM)
    advisory_xact_lock(f"settlement.matching:{account.pk}")
    facts = {"account": account.pk, "currency": account.currency, "now": now}
    with connection.cursor() as cursor:
        match_entries(cursor, facts)
        cursor.execute(sql.COUNTS)
        rows = cursor.fetchall()
        counts = {kind: int(count) for kind, count, _ in rows}
        _book(cursor, facts, counts.get("PAID", 0), actor, now)
        cursor.execute(sql.CLEAR)
    outcome = Outcome(counts, {kind: int(total) for kind, _, total in rows})
    if counts:
        audit.record(
            actor=actor,
            action="bank.match",
            subject=f"account:{account.iban}",
            body=dict(sorted(counts.items())),
            now=now,
        )
    return outcome


def match_entries(cursor: Any, facts: dict[str, Any]) -> None:
    """Fill the work table with one row to an entry that is not booked."""
    # The planner knows nothing of the parts of one statement; with files of this size a loop over them never ends.
    cursor.execute("SELECT set_config('enable_nestloop', 'off', true)")
    cursor.execute(sql.VERDICTS, facts)
    cursor.execute("SELECT set_config('enable_nestloop', 'on', true)")


def _book(cursor: Any, facts: dict[str, Any], paying: int, actor: User, now: datetime) -> None:
    accounts = {kind.lower(): cash_account(kind, facts["currency"]).pk for kind in ("BANK", "BANK_LEG", "SUSPENSE")}
    # The helper for locks loads rows as objects; a file may pay a hundred thousand. Same mode, order and patience.
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_TIMEOUT_MS}ms"])
    cursor.execute(sql.LOCK)
    try:
        cursor.execute(sql.ENTRIES, facts)
    except IntegrityError as error:
        raise Conflict("A receipt of this file was recorded meanwhile.", next_step="Send the file again.") from error
    cursor.execute(sql.LEGS, accounts)
    cursor.execute(sql.CONFIRM)
    allotments = Allotment.objects.filter(pk__in=RawSQL(sql.PAID_ALLOTMENTS, []))  # noqa: S611 a constant
    if not paying == cursor.rowcount == allotments_mark_paid(allotments=allotments, actor=actor, now=now):
        raise Conflict("A settlement of this file was paid or lapsed meanwhile.", next_step="Send the file again.")
    cursor.execute(sql.ITEMS)
    cursor.execute(sql.BOOKINGS, facts)
    cursor.execute(sql.TOLD)
    entries = (
        (f"cash:{bank}", {"reference": quote, "amount_minor": minor, "currency": currency, "suspense": reason})
        for bank, quote, minor, currency, reason in cursor.fetchall()
    )
    audit.record_many(actor=actor, action="cash.receive", entries=entries, now=now)
