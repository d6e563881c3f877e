"""Tax that was withheld reaches the authority."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.servicing.selectors import tax_owed
from custody.servicing.services.fund import check_reference
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import advisory_xact_lock
from tokenization.kernel.money import Money


@transaction.atomic
def tax_deposit(*, currency: str, amount_minor: int, bank_reference: str, actor: User, now: datetime) -> CashEntry:
    """Book that withheld tax was deposited with the authority, at most what is owed to it.

    The same reference again returns the first entry, with another amount it is a Conflict.
    """
    require_power(actor, Power.CASH_CONFIRM)
    check_reference(bank_reference)
    advisory_xact_lock(f"servicing.tax:{currency}")
    key = f"tax-deposit:{bank_reference}"
    legs = (("TAX", amount_minor), ("BANK", -amount_minor))
    found = CashEntry.objects.filter(key=key).first()
    if found:
        if not found.legs.filter(amount_minor=amount_minor, account__kind="TAX", account__currency=currency).exists():
            raise Conflict("This reference was booked with another amount.", field="bank_reference", rule="booked once")
        return found
    owed = tax_owed(currency)
    if not 0 < amount_minor <= owed:
        raise Refused(
            f"{Money(max(owed, 0), currency)} is owed to the tax authority.",
            field="amount_minor",
            rule="no more than was withheld",
        )
    entry = journal_post(
        key=key,
        kind=CashEntry.Kind.TAX,
        words=f"Tax deposited, bank reference {bank_reference}",
        currency=currency,
        legs=[(CashAccount.Kind(account), amount) for account, amount in legs],
        now=now,
        bank_reference=bank_reference,
    )
    body = {"amount_minor": amount_minor, "currency": currency}
    audit.record(actor=actor, action="tax.deposit", subject=f"cash:{bank_reference}", body=body, now=now)
    return entry
