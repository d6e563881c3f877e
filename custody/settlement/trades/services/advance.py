"""Pulling trades forward. What the chain says comes first: a trade that settled is not sent, nor called expired.

SIGNED, SENT -> SETTLED   settlement's final log carries the digest, and the register has posted both legs
PROPOSED ...  -> FAILED   a side withdrew its nonce on chain: it can never settle
SIGNED        -> SENT     relayed by the settlement key, once; its dry run waits while a leg would fail
PROPOSED ...  -> EXPIRED  a final block is later than its end, and the register has read up to it
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.cash_events import NonceCancelled, TradeSettled
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.indexer.models import Log
from contracts.outbox.services import intent_enqueue
from custody.register.selectors import posted_block
from custody.settlement.legs import Move, posted_facts, posted_transfer
from custody.settlement.trades.models import Trade, TradeSide
from custody.settlement.trades.services.agree import order_of
from custody.settlement.trades.services.moves import locked, move
from custody.tokenisation.selectors import in_names
from tokenization.identity.actors import system_user

State = Trade.State
OPEN = (State.PROPOSED, State.SIGNED, State.SENT)


def trades_advance(*, now: datetime) -> int:
    """Take every step that can be taken now; returns how many. Safe to repeat, to run twice at once and to kill."""
    moved = _settle_final(now) + _fail_used_up(now) + _expire(now)
    signed = Trade.objects.filter(state=State.SIGNED, valid_until__gt=now).values_list("pk", flat=True)
    return moved + sum(_relay(pk, now) for pk in list(signed))


def _settle_final(now: datetime) -> int:
    waiting = Trade.objects.filter(state__in=(State.SIGNED, State.SENT))
    moved = 0
    for contract in waiting.order_by().values_list("contract", flat=True).distinct():
        digests = dict(waiting.filter(contract=contract).values_list("digest", "pk"))
        for log, fact in posted_facts(contract, "TradeSettled", 1, digests):
            if isinstance(fact, TradeSettled):
                moved += _settled(digests[fact.digest], log, now)
    return moved


@transaction.atomic
def _settled(pk: int, log: Log, now: datetime) -> int:
    row = locked(pk)
    if row.state not in (State.SIGNED, State.SENT):
        return 0
    order = order_of(row)
    units = posted_transfer(log, Move(order.token, order.seller, order.buyer, order.units))
    cash = posted_transfer(log, Move(order.cash, order.buyer, order.seller, order.amount))
    if units is None or cash is None:
        return 0  # the register has not come so far
    move(row, State.SETTLED, actor=system_user(), now=now, settled_log=log, units_log=units, cash_log=cash)
    return 1


def _fail_used_up(now: datetime) -> int:
    """By a side that used its nonce up on chain."""
    sides = TradeSide.objects.filter(trade__state__in=OPEN)
    waiting = {(s.trade.contract, s.wallet.address, int(s.nonce)): s for s in sides.select_related("trade", "wallet")}
    moved = 0
    for contract in {contract for contract, _, _ in waiting}:
        topics = {"0x" + "0" * 24 + wallet[2:] for at, wallet, _ in waiting if at == contract}
        for _, fact in posted_facts(contract, "NonceCancelled", 1, topics):
            if not isinstance(fact, NonceCancelled):
                continue
            side = waiting.get((contract, fact.signer, fact.nonce))
            if side is not None:
                moved += _failed(side.trade_id, f"The {side.role.lower()} withdrew it on chain.", now)
    return moved


@transaction.atomic
def _failed(pk: int, reason: str, now: datetime) -> int:
    row = locked(pk)
    if row.state not in OPEN:
        return 0
    move(row, State.FAILED, actor=system_user(), now=now, reason=reason)
    return 1


@transaction.atomic
def _relay(pk: int, now: datetime) -> int:
    row = locked(pk)
    if row.state != State.SIGNED:
        return 0
    signatures = dict(row.sides.values_list("role", "signed__signature"))
    intent = intent_enqueue(
        key=f"trade:{row.digest}",
        signer=ROLE_KEYS[ChainRole.SETTLEMENT],
        call=calls.settle_trade(row.contract, order_of(row), signatures["SELLER"], signatures["BUYER"]),
        deadline=row.valid_until,
        now=now,
    )
    move(row, State.SENT, actor=system_user(), now=now, intent=intent)
    return 1


def _expire(now: datetime) -> int:
    block = posted_block()
    late: Iterable[int] = []
    if block is not None:
        late = Trade.objects.filter(state__in=OPEN, valid_until__lt=block.timestamp).values_list("pk", flat=True)
    return sum(_expired(pk, now) for pk in list(late))


@transaction.atomic
def _expired(pk: int, now: datetime) -> int:
    row = locked(pk)
    if row.state not in OPEN:
        return 0
    why = in_names(row.intent.reason, now=now) if row.intent else "not signed by both in time"
    move(row, State.EXPIRED, actor=system_user(), now=now, reason=why or "it did not settle in time")
    return 1
