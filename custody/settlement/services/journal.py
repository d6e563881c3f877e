"""The cash journal: entries written once under their key, legs that sum to zero (the database checks at commit)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from custody.settlement.models import CashAccount, CashEntry, CashLeg
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock

Kind = CashAccount.Kind


def cash_account(kind: str, currency: str) -> CashAccount:
    """The one account of a kind and currency, made on first use."""
    label = CashAccount.Kind(kind).label
    return CashAccount.objects.get_or_create(
        kind=kind,
        currency=currency,
        defaults={"code": f"{kind}.{currency}".lower(), "name": f"{label}, {currency}"},
    )[0]


@transaction.atomic
def cash_entry_record(
    *, key: str, kind: str, currency: str, words: str, legs: Sequence[tuple[str, int]], now: datetime
) -> CashEntry:
    """Write one entry with its legs (account kind, signed minor units).

    The same key with the same legs returns what is there; with other legs it is Refused.
    """
    if sum(amount for _, amount in legs) != 0 or any(amount == 0 for _, amount in legs):
        raise Refused("The legs of an entry add up to zero, and none is zero.", field="legs", rule="double entry")
    advisory_xact_lock(f"settlement.cash:{key}")
    found = CashEntry.objects.filter(key=key).first()
    if found:
        there = sorted(found.legs.values_list("account__kind", "account__currency", "amount_minor"))
        if there != sorted((k, currency, amount) for k, amount in legs):
            raise Refused(f"{key} is in the journal with other amounts.", field="key", rule="one key, one entry")
        return found
    entry = CashEntry.objects.create(key=key, kind=kind, at=now, words=words)
    CashLeg.objects.bulk_create(
        CashLeg(entry=entry, account=cash_account(k, currency), amount_minor=amount) for k, amount in legs
    )
    return entry
