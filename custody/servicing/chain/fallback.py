"""The chain is down and the state pays on the day: what bank rails may pay, and on what evidence (DESIGN.md, 1.6).

At once: what is in no stored attempt, because nothing was ever signed for it. On the word of a second node: what a
final block past the call's end shows unused. Else two persons decide, and book what might be paid twice as recoverable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, QuerySet

from contracts.gateway import cash_views, views
from contracts.gateway.calls import payments
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeUnavailable
from contracts.gateway.orders import Order
from contracts.indexer.selectors import final_block
from contracts.outbox.models import Attempt, Intent, IntentItem, IntentState
from contracts.outbox.services import intent_enqueue
from contracts.outbox.services.moves import move
from custody.servicing.chain.send import PAYER, chain_payments, live_items
from custody.servicing.models import BankAccount, Payment, ServicingEvent
from custody.servicing.selectors import accounts_of
from custody.settlement.models import CashAccount, CashEntry
from custody.settlement.services import journal_post
from custody.tokenisation.selectors import contract_address
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused, Unavailable
from tokenization.kernel.locks import lock_rows

Kind = CashAccount.Kind
PORTION = 250


@dataclass(frozen=True)
class Proof:
    """What a node said at one final block: its stamp, and which numbers of the token the paying agent had not used."""

    token: str
    block_number: int
    block_hash: str
    stamped: datetime
    unused: frozenset[int]


@transaction.atomic
def fallback_at_once(*, event: ServicingEvent, actor: User, now: datetime) -> int:
    """Pay by bank what is in no stored attempt; returns how many. A batch that only waits is withdrawn whole."""
    require_power(actor, Power.CASH_CONFIRM)
    event = _locked(event)
    _withdraw_waiting(event, now)
    rows = chain_payments(event).filter(~Exists(live_items(event)), state=Payment.State.DUE)
    return _to_bank(event, list(rows.select_related("entitlement")), "in no stored attempt", actor, now)


@transaction.atomic
def fallback_on_proof(*, event: ServicingEvent, proof: Proof, actor: User, now: datetime) -> int:
    """Pay by bank what the proof shows unused after its call had ended; returns how many."""
    require_power(actor, Power.CASH_CONFIRM)
    event = _locked(event)
    if proof.token != event.token.address:
        raise Refused("The proof is about another token's numbers.", field="proof", rule="of this event's token")
    rows = chain_payments(event).filter(
        state=Payment.State.DUE, valid_until__lt=proof.stamped, number__in=list(proof.unused)
    )
    why = f"unused at block {proof.block_number:,} {proof.block_hash}, past the end of its call"
    return _to_bank(event, list(rows.select_related("entitlement")), why, actor, now)


def second_look(url: str, event: ServicingEvent) -> Proof:
    """Ask another node than the one that is down, at its final block. No transaction may be open.

    Refused unless that node has our last final block: another chain, or a copy cut off from it, proves nothing.
    Unavailable, without its address, when it does not answer.
    """
    if not url:
        raise Refused(
            "No second node is named.", field="url", rule="CHAIN_SECOND_RPC_URL", next_step="The operator names one."
        )
    try:
        return _asked(url, event)
    except NodeUnavailable as error:
        raise Unavailable("The second node does not answer either.", next_step="Ask again later.") from error


def _asked(url: str, event: ServicingEvent) -> Proof:
    numbers = [int(row.number or 0) for row in chain_payments(event).filter(state=Payment.State.DUE)]
    agent, unused = contract_address("PAYING_AGENT"), set(numbers)
    with Node(url) as node:
        head = head_of_our_chain(node)
        wanted = iter(numbers)
        while portion := list(islice(wanted, PORTION)):
            unused -= cash_views.payment_numbers_used(node, head.hash, agent, event.token.address, portion)
    stamped = datetime.fromtimestamp(head.timestamp, UTC)
    return Proof(event.token.address, head.number, head.hash, stamped, frozenset(unused))


def head_of_our_chain(node: Node) -> views.Head:
    """The node's final head, if it contains the block that we know as final."""
    ours, head = final_block(), views.final_head(node, settings.CHAIN_FINALITY)
    if ours is None or head.number < ours.number or views.head(node, ours.number).hash != ours.hash:
        raise Refused(
            "This node does not have the last final block that we know.",
            field="url",
            rule="a second node of the same chain",
            next_step="Ask a node that is up to date with the chain.",
        )
    return head


def fallback_by_two(*, event: ServicingEvent, reference: str, basis: int, why: str, actor: User, now: datetime) -> int:
    """Inside the transaction of the approval: the rest goes by bank though its call may still act.

    The numbers are used up on chain as soon as it takes calls again; until then a double payment is possible, and what
    was paid by bank stands as recoverable.
    """
    event = _locked(event)
    rows = list(chain_payments(event).filter(state=Payment.State.DUE).select_related("entitlement"))
    numbers = [int(row.number or 0) for row in rows]
    moved = _to_bank(event, rows, why, actor, now)
    agent, order = contract_address("PAYING_AGENT"), Order(basis, reference)
    wanted = iter(numbers)
    while portion := list(islice(wanted, PORTION)):
        call = payments.retire(agent, event.token.address, portion, order)
        key = f"servicing:{event.pk}:retire:{portion[0]}-{portion[-1]}"
        intent_enqueue(key=key, signer=PAYER, call=call, now=now)
    return moved


def _locked(event: ServicingEvent) -> ServicingEvent:
    ((found,),) = lock_rows(ServicingEvent.objects.filter(pk=event.pk).select_related("token__series"))
    if found.state != ServicingEvent.State.RELEASED or found.rail != ServicingEvent.Rail.TOKEN:
        raise Refused("This event pays nothing to wallets now.", field="event", rule="released, in cash tokens")
    row: ServicingEvent = found
    return row


def _withdraw_waiting(event: ServicingEvent, now: datetime) -> None:
    """Batches without a nonce: nothing was signed for them, and nothing will be."""
    numbers = chain_payments(event).filter(state=Payment.State.DUE).values("number")
    items = IntentItem.objects.filter(contract=event.token.address, number__in=numbers, live=True)
    waiting = Intent.objects.filter(pk__in=items.values("intent"), state=IntentState.QUEUED)
    (rows,) = lock_rows(waiting)
    for intent in rows:
        intent.refresh_from_db()
        if intent.state == IntentState.QUEUED and not Attempt.objects.filter(slot__intent=intent).exists():
            move(intent, IntentState.CANCELLED, now=now, reason="bank rails pay it")


def _to_bank(event: ServicingEvent, rows: Sequence[Payment], why: str, actor: User, now: datetime) -> int:
    if not rows:
        return 0
    accounts = accounts_of([row.entitlement.party_id for row in rows if row.entitlement.party_id], now)
    _post(event, f"fallback:{rows[0].pk}", Kind.RECOVERABLE, Kind.REDEMPTION, sum(r.amount_minor for r in rows), now)
    for row in rows:
        account = accounts.get(row.entitlement.party_id or 0)
        if account is None:
            entry = _post(event, f"unclaimed:{row.pk}", Kind.REDEMPTION, Kind.UNCLAIMED, row.amount_minor, now)
            _turn(row, Payment.Channel.RESERVE, None, state=Payment.State.RESERVED, cash_entry=entry)
        else:
            _turn(row, Payment.Channel.BANK, account)
    body = {"payments": [row.pk for row in rows], "why": why}
    audit.record(actor=actor, action="servicing.fallback", subject=f"servicing:{event.pk}", body=body, now=now)
    return len(rows)


def _turn(row: Payment, channel: str, account: BankAccount | None, **more: object) -> None:
    rows: QuerySet[Payment] = Payment.objects.filter(pk=row.pk, state=Payment.State.DUE, channel="CHAIN")
    if rows.update(channel=channel, account=account, **more) != 1:
        raise Conflict(
            f"Payment {row.number} was made on chain meanwhile.",
            field="event",
            rule="paid once",
            next_step="Look at the run again, then decide on what is left.",
        )


def _post(event: ServicingEvent, what: str, plus: str, minus: str, amount: int, now: datetime) -> CashEntry:
    return journal_post(
        key=f"servicing:{event.pk}:{what}",
        kind=CashEntry.Kind.UNCLAIMED if minus == Kind.UNCLAIMED else CashEntry.Kind.FUNDING,
        words=f"{event.title} of {event.token.series.isin}: by bank, because the chain did not",
        currency=event.token.series.payment_currency,
        legs=((plus, amount), (minus, -amount)),
        now=now,
    )
