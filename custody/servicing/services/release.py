"""What becomes of the money the moment two persons release it: withheld, suspended, unclaimed, or due."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from custody.servicing.models import Entitlement, Payment, ServicingEvent, servicing_machine
from custody.servicing.services.fund import PAYS_FOR
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post, suspense_hold
from tokenization.identity import audit
from tokenization.identity.models import Approval, User
from tokenization.kernel.locks import lock_rows

Kind = CashAccount.Kind
State, Channel = Payment.State, Payment.Channel


def event_release(*, event: ServicingEvent, approval: Approval, actor: User, now: datetime) -> None:
    """Inside the transaction that decides the approval. Moves nobody's money: it says to whom all of it belongs."""
    lock_rows(ServicingEvent.objects.filter(pk=event.pk))
    _withhold(event, now)
    _suspend(event, now)
    _return_residual(event, now)
    payments = Payment.objects.filter(entitlement__event=event)
    payments.filter(state=State.PREPARED).update(state=State.DUE)
    _reserve(event, now)
    audit.move(servicing_machine, event, "RELEASED", actor=actor, now=now, release_approval=approval)


def _post(event: ServicingEvent, what: str, kind: str, words: str, to: str, amount: int, now: datetime) -> CashEntry:
    return journal_post(
        key=f"servicing:{event.pk}:{what}",
        kind=kind,
        words=f"{event.title} of {event.token.series.isin}: {words}"[:200],
        currency=event.token.series.payment_currency,
        legs=((Kind.REDEMPTION, amount), (to, -amount)),
        now=now,
    )


def _withhold(event: ServicingEvent, now: datetime) -> None:
    if event.tax_minor:
        _post(event, "tax", CashEntry.Kind.TAX, "tax withheld", Kind.TAX, event.tax_minor, now)


def _suspend(event: ServicingEvent, now: datetime) -> None:
    """One item per wallet, because two persons decide about each of them by itself."""
    held = Entitlement.objects.filter(event=event, suspense_minor__gt=0).select_related("wallet").order_by("pk")
    for line in held:
        reason = _why(line)
        entry = _post(
            event,
            f"suspense:{line.pk}",
            CashEntry.Kind.SUSPENSE,
            reason,
            Kind.SUSPENSE,
            line.suspense_minor,
            now,
        )
        suspense_hold(
            entry=entry,
            amount_minor=line.suspense_minor,
            currency=event.token.series.payment_currency,
            reason=reason,
            bank_reference=entry.key,
        )


def _why(line: Entitlement) -> str:
    if not line.disputed:
        return f"{line.wallet} is nobody's"
    nobody = ", which is nobody's" if line.party_id is None else ""
    return f"{line.disputed_units:,} disputed units of {line.wallet}{nobody}"


def _return_residual(event: ServicingEvent, now: datetime) -> None:
    """What rounding left of the total goes back to the treasury, by name."""
    left = max(event.residual_minor or 0, 0)
    if left:
        journal_post(
            key=f"servicing:{event.pk}:residual",
            kind=CashEntry.Kind.RESIDUAL,
            words=f"{event.title} of {event.token.series.isin}: what rounding left",
            currency=event.token.series.payment_currency,
            legs=((Kind.REDEMPTION, left), (Kind.BANK, -left), (Kind.TREASURY, left), (PAYS_FOR[event.kind], -left)),
            now=now,
            bank_reference=f"servicing:{event.pk}:residual",
        )


def _reserve(event: ServicingEvent, now: datetime) -> None:
    """Nobody can be paid without wallet and account: the money is set apart under his name, for him."""
    waiting = Payment.objects.filter(entitlement__event=event, state=State.DUE, channel=Channel.RESERVE)
    total = int(waiting.aggregate(total=Sum("amount_minor"))["total"] or 0)
    if total:
        entry = _post(event, "unclaimed", CashEntry.Kind.UNCLAIMED, "unclaimed", Kind.UNCLAIMED, total, now)
        waiting.update(state=State.RESERVED, cash_entry=entry)
