"""Posting to the cash journal: one key, one entry; the database refuses legs that do not add up to zero."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from custody.settlement.models import CashAccount, CashEntry, CashLeg
from tokenization.kernel.errors import Refused

Legs = Sequence[tuple[str, int]]


@transaction.atomic
def journal_post(
    *, key: str, kind: str, words: str, currency: str, legs: Legs, now: datetime, bank_reference: str = ""
) -> CashEntry:
    """Write one entry: `legs` are (kind of account, minor units), money held positive and money owed negative.

    `bank_reference` is what the bank's statement will call it, so that it is recognised there.
    The same key with the same legs returns the first entry; with other legs it is Refused.
    """
    facts = {"kind": kind, "at": now, "words": words, "bank_reference": bank_reference}
    entry, created = CashEntry.objects.get_or_create(key=key, defaults=facts)
    if not created:
        return _same(entry, currency, legs)
    CashLeg.objects.bulk_create(
        CashLeg(entry=entry, account=cash_account(account, currency), amount_minor=amount) for account, amount in legs
    )
    return entry


def cash_account(kind: str, currency: str) -> CashAccount:
    """The journal's account of that kind and currency, opened on first use."""
    label = CashAccount.Kind(kind).label
    account, _ = CashAccount.objects.get_or_create(
        kind=kind, currency=currency, defaults={"code": f"{kind}-{currency}", "name": f"{label}, {currency}"}
    )
    return account


def cash_balance(kind: str, currency: str) -> int:
    """The sum of an account's legs in minor units."""
    rows = CashLeg.objects.filter(account__kind=kind, account__currency=currency)
    return int(rows.aggregate(total=Sum("amount_minor"))["total"] or 0)


def moved(entry: CashEntry, currency: str) -> int:
    """What an entry moves the settlement account of that currency by."""
    legs = entry.legs.filter(account__kind="BANK", account__currency=currency)
    return int(legs.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _same(entry: CashEntry, currency: str, legs: Legs) -> CashEntry:
    found = sorted(entry.legs.values_list("account__kind", "account__currency", "amount_minor"))
    if found != sorted((kind, currency, amount) for kind, amount in legs):
        raise Refused(f"Cash entry {entry.key} exists with other legs.", field="key", rule="one fact, one entry")
    return entry
