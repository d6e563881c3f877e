"""The treasury's money for one event, booked as the settlement account received it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.cash.selectors import treasury_minor
from custody.servicing.models import Funding, ServicingEvent
from custody.servicing.selectors import missing_in_tokens_minor, missing_minor
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post
from custody.tokenisation.models import TokenContract
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money

Kind = CashAccount.Kind
# What the state pays for: the debt itself, or the interest on it.
PAYS_FOR: dict[str, str] = {ServicingEvent.Kind.COUPON: Kind.INTEREST, ServicingEvent.Kind.REDEMPTION: Kind.DEBT}


@transaction.atomic
def event_fund(
    *, event: ServicingEvent, bank_reference: str, actor: User, now: datetime, amount_minor: int | None = None
) -> Funding:
    """Book the treasury's money for an event: all that is missing, or the part that came.

    Refused before the record, and beyond what is missing; again under the same reference changes nothing, with another
    amount under it is a Conflict.
    """
    require_power(actor, Power.CASH_CONFIRM)
    check_reference(bank_reference)
    ((event,),) = lock_rows(ServicingEvent.objects.filter(pk=event.pk).select_related("token__series"))
    found = event.fundings.filter(bank_reference=bank_reference).first()
    if found:
        if amount_minor not in (None, found.amount_minor):
            raise Conflict("This reference was booked with another amount.", field="bank_reference", rule="booked once")
        return found
    missing, currency = missing_minor(event) - missing_in_tokens_minor(event), event.token.series.payment_currency
    amount = missing if amount_minor is None else amount_minor
    _check(event, amount, missing, currency)
    entry = journal_post(
        key=f"servicing:{event.pk}:funding:{bank_reference}",
        kind=CashEntry.Kind.FUNDING,
        words=f"{event.title} of {event.token.series.isin} funded, bank reference {bank_reference}",
        currency=currency,
        legs=(
            (Kind.BANK, amount),
            (Kind.TREASURY, -amount),
            (PAYS_FOR[event.kind], amount),
            (Kind.REDEMPTION, -amount),
        ),
        now=now,
        bank_reference=bank_reference,
    )
    funding = Funding.objects.create(event=event, bank_reference=bank_reference, amount_minor=amount, cash_entry=entry)
    body = {"amount_minor": amount, "currency": currency, "bank_reference": bank_reference}
    audit.record(actor=actor, action="servicing.fund", subject=f"servicing:{event.pk}", body=body, now=now)
    return funding


@transaction.atomic
def event_fund_in_tokens(*, event: ServicingEvent, actor: User, now: datetime) -> Funding:
    """Set cash tokens of the treasury's wallet aside for all that goes to wallets; once, the first is returned again.

    Refused while too few are its own and not being swept: the treasury pays in first, and tokens are minted on the
    booked credit.
    """
    require_power(actor, Power.CASH_CONFIRM)
    ((event,),) = lock_rows(ServicingEvent.objects.filter(pk=event.pk).select_related("token__series"))
    found = event.fundings.filter(medium=Funding.Medium.TOKEN).first()
    if found:
        return found
    amount, currency = missing_in_tokens_minor(event), event.token.series.payment_currency
    if amount == 0:
        raise Refused("Nothing of this event goes to a wallet.", field="event", rule="payments by wallet")
    # A sweep takes the same lock: what it burns is not set aside, what is set aside it does not burn.
    tokens = lock_rows(TokenContract.objects.filter(purpose=TokenContract.Purpose.CASH, currency=currency))[0]
    held = sum(treasury_minor(token) for token in tokens)
    if held < amount:
        short = Money(amount - held, currency)
        raise Refused(
            f"{short} of {Money(amount, currency)} are missing in the treasury's wallet.",
            field="event",
            rule="tokens before payments in tokens",
            next_step="Mint them on the treasury's deposit first.",
        )
    entry = journal_post(
        key=f"servicing:{event.pk}:funding-in-tokens",
        kind=CashEntry.Kind.FUNDING,
        words=f"{event.title} of {event.token.series.isin} funded in cash tokens",
        currency=currency,
        legs=((Kind.TREASURY_TOKEN, -amount), (PAYS_FOR[event.kind], amount)),
        now=now,
    )
    funding = Funding.objects.create(
        event=event, medium=Funding.Medium.TOKEN, bank_reference=entry.key, amount_minor=amount, cash_entry=entry
    )
    body = {"amount_minor": amount, "currency": currency, "medium": "TOKEN"}
    audit.record(actor=actor, action="servicing.fund", subject=f"servicing:{event.pk}", body=body, now=now)
    return funding


def check_reference(bank_reference: str) -> None:
    if not bank_reference.strip() or len(bank_reference) > 64:
        raise Refused("A bank reference has 1 to 64 characters.", field="bank_reference", rule="length")


def _check(event: ServicingEvent, amount: int, missing: int, currency: str) -> None:
    if event.state == ServicingEvent.State.OPEN or event.total_minor is None:
        raise Refused("The holders are not recorded yet.", field="event", rule="recorded before funded")
    if event.to_fund_minor == 0:
        raise Refused("Nobody holds a unit: nothing is due.", field="event", rule="something is due")
    if missing == 0:
        raise Conflict("The event is funded in full already.", field="event", rule="funded once")
    if amount <= 0:
        raise Refused("A receipt is a positive amount.", field="amount_minor", rule="positive")
    if amount > missing:
        raise Refused(
            f"Only {Money(missing, currency)} is missing.",
            field="amount_minor",
            rule="no more than is missing",
            next_step="Book what belongs to this event; the rest is another receipt.",
        )
