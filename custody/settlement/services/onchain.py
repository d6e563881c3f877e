"""Delivery against cash tokens: one transaction takes the buyer's cash to the treasury and gives him his units.

1. Every candidate is asked about at a final block (`failures`): whoever lacks cash, allowance or a valid file does not
   enter, and his settlement says why.  2. What passes leaves in batches sized by simulated gas, all legs or none.
3. The dry run sets a leg apart that would fail by then; it waits alone, until its deadline.
4. DELIVERED once the register has posted both legs of the transaction that settlement's own log names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from contracts.gateway import calls, cash_views, views
from contracts.gateway.calls import Call, Leg
from contracts.gateway.cash_events import PrimarySettled
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeUnavailable
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.indexer.models import Log
from contracts.outbox.selectors import signer_address
from contracts.outbox.services import batch_size
from custody.instructions.services import instructions_deliver
from custody.settlement.legs import Move, posted_facts, posted_transfer, topic_of_number
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.services.journal import journal_post
from custody.settlement.services.moves import carried, confirm_intents, due, issued, move
from custody.tokenisation.selectors import cash_token, contract_address, in_names, treasury_wallet
from issuance.allotment.services import allotment_mark_settled
from tokenization.identity.actors import system_user
from tokenization.kernel.errors import Unavailable
from tokenization.kernel.locks import lock_rows

State, Rail = SettlementInstruction.State, SettlementInstruction.Rail
# The contract takes 200 legs. Counted holdings, permissioned cash and scattered numbers together take 102,000 gas.
MOST_LEGS, WORST_LEG = 200, 110_000
SIGNER = ROLE_KEYS[ChainRole.SETTLEMENT]


@dataclass(frozen=True)
class _Place:
    """Where a batch settles: settlement's contract, the security, the cash and the treasury, until when."""

    dvp: str
    token: str
    cash: str
    treasury: str
    deliver_by: datetime

    @property
    def valid_until(self) -> int:
        return int(self.deliver_by.timestamp())

    def call(self, legs: Sequence[Leg]) -> Call:
        return calls.settle_primary(self.dvp, self.token, self.cash, self.treasury, legs, self.valid_until)


def deliveries_advance(*, now: datetime) -> int:
    """Finish what has arrived and send what is ready; returns how many moved. A node that is away changes nothing."""
    moved = _finish(now)
    try:
        return moved + _send_ready(now)
    except NodeUnavailable:
        return moved


def _ready(now: datetime) -> Iterable[list[SettlementInstruction]]:
    """Cap raised, issue approved, its day come and not over: by token and deadline."""
    rows = SettlementInstruction.objects.filter(
        rail=Rail.TOKEN,
        state=State.IMMOBILISED,
        confirm_instruction__state="DONE",
        issue_instruction__state="APPROVED",
        deliver_by__gt=now,
    )
    groups: dict[tuple[int, datetime], list[SettlementInstruction]] = defaultdict(list)
    rows = due(rows, now).select_related("token", "wallet", "issue_instruction", "confirm_instruction")
    for row in rows.order_by("pk"):
        groups[row.token_id, row.deliver_by].append(row)
    return groups.values()


def _send_ready(now: datetime) -> int:
    moved = 0
    for rows in _ready(now):
        try:
            place = _place(rows[0])
        except Unavailable as missing:
            _note({row.pk: missing.message for row in rows}, rows)
            continue
        with Node(settings.CHAIN_RPC_URL) as node:
            passing = _passing(node, place, rows, now)
            size = _size(node, place, passing)
        batches = [passing[at : at + size] for at in range(0, len(passing), size)]
        moved += sum(_send_batch([row.pk for row in batch], place, now) for batch in batches)
    return moved


def _place(row: SettlementInstruction) -> _Place:
    cash, treasury = cash_token(row.currency), treasury_wallet()
    if cash is None or treasury is None:
        raise Unavailable("The treasury has no wallet for cash tokens yet.")
    dvp = contract_address("DELIVERY_VERSUS_PAYMENT")
    return _Place(dvp, row.token.address, cash.address, treasury.address, row.deliver_by)


def _leg(row: SettlementInstruction) -> Leg:
    issue = row.issue_instruction
    return Leg(issue.number, row.wallet.address, issue.units, row.amount_minor, row.confirm_instruction.number)


def _passing(
    node: Node, place: _Place, rows: Sequence[SettlementInstruction], now: datetime
) -> list[SettlementInstruction]:
    """Those that would settle at the newest final block; the others keep the reason, where everybody sees it."""
    block = views.final_head(node, settings.CHAIN_FINALITY).hash
    reasons: dict[int, str] = {}
    for at in range(0, len(rows), MOST_LEGS):
        part = rows[at : at + MOST_LEGS]
        told = cash_views.primary_failures(
            node,
            block,
            place.dvp,
            token=place.token,
            cash=place.cash,
            treasury=place.treasury,
            legs=[_leg(row) for row in part],
            valid_until=place.valid_until,
        )
        for row, words in zip(part, told.legs, strict=True):
            reasons[row.pk] = in_names(told.batch or words, now=now)
    _note(reasons, rows)
    return [row for row in rows if not reasons[row.pk]]


def _note(reasons: dict[int, str], rows: Sequence[SettlementInstruction]) -> None:
    for row in rows:
        if row.reason != reasons[row.pk]:
            waiting = SettlementInstruction.objects.filter(pk=row.pk, state=State.IMMOBILISED)
            waiting.update(reason=reasons[row.pk])


def _size(node: Node, place: _Place, rows: Sequence[SettlementInstruction]) -> int:
    if len(rows) < 2:
        return 1
    legs = [_leg(row) for row in rows]
    sender = signer_address(SIGNER)
    return batch_size(node=node, sender=sender, build=place.call, items=legs, most=MOST_LEGS, worst=WORST_LEG).size


@transaction.atomic
def _send_batch(pks: Sequence[int], place: _Place, now: datetime) -> int:
    (rows,) = lock_rows(SettlementInstruction.objects.filter(pk__in=pks))
    waiting = carried([row for row in rows if row.state == State.IMMOBILISED])
    if not waiting:
        return 0
    instructions_deliver(
        instructions=[row.issue_instruction for row in waiting],
        call=place.call([_leg(row) for row in waiting]),
        signer=SIGNER,
        after=confirm_intents(waiting),
        deadline=place.deliver_by,
        now=now,
    )
    issued(waiting, now)
    return len(waiting)


def _finish(now: datetime) -> int:
    """By settlement's own logs, matched with what was instructed."""
    waiting = SettlementInstruction.objects.filter(
        rail=Rail.TOKEN, state=State.ISSUING, issue_instruction__state="DONE"
    ).select_related("token", "issue_instruction")
    by_number = {(row.token.address, row.issue_instruction.number): row.pk for row in waiting}
    if not by_number:
        return 0
    topics = {topic_of_number(number) for _, number in by_number}
    moved = 0
    for log, fact in posted_facts(contract_address("DELIVERY_VERSUS_PAYMENT"), "PrimarySettled", 2, topics):
        if isinstance(fact, PrimarySettled) and (fact.token, fact.number) in by_number:
            moved += _delivered(by_number[fact.token, fact.number], log, fact, now)
    return moved


@transaction.atomic
def _delivered(pk: int, log: Log, fact: PrimarySettled, now: datetime) -> int:
    ((row,),) = lock_rows(SettlementInstruction.objects.filter(pk=pk))
    treasury = treasury_wallet()
    if row.state != State.ISSUING or treasury is None or fact.amount != row.amount_minor:
        return 0
    used = SettlementInstruction.objects.filter(cash_log__tx_hash=log.tx_hash).values_list("cash_log", flat=True)
    paid = Move(fact.cash, row.wallet.address, treasury.address, row.amount_minor)
    cash = posted_transfer(log, paid, used=[pk for pk in used if pk])
    if cash is None:
        return 0
    entry = journal_post(
        key=f"delivery:{row.payment_reference}",
        kind=CashEntry.Kind.DELIVERY,
        currency=row.currency,
        words=f"Proceeds of {row.payment_reference}, tokens in the treasury's wallet",
        legs=[("TREASURY_TOKEN", row.amount_minor), ("DEBT", -row.amount_minor)],
        now=now,
    )
    move(row, State.DELIVERED, now, sweep_entry=entry, delivery_log=log, cash_log=cash)
    allotment_mark_settled(allotment=row.allotment, actor=system_user(), now=now)
    return 1
