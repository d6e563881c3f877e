"""What the paying agent's final logs say was paid, reserved or drawn: servicing's own cursor over them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from contracts.gateway import cash_events
from contracts.gateway.cash_events import Drawn, EventClosed, Paid, Reserved
from contracts.indexer.models import Log
from contracts.indexer.selectors import final_logs, refuse_if_halted
from custody.servicing.chain.recover import tokens_back
from custody.servicing.chain.send import event_named
from custody.servicing.models import Funding, Payment, ServicingCursor, ServicingEvent
from custody.tokenisation.models import ChainContract
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.kernel.locks import lock_rows

State = Payment.State
# Number, wallet, amount.
Line = tuple[int, str, int]


@transaction.atomic
def agent_logs_read(*, now: datetime, limit: int = 500) -> int:
    """Take the next final logs, at most `limit`, and move the cursor with what they say; returns how many were read.

    Safe to repeat and to kill anywhere. A payment is only marked by a log that says exactly its event, number, wallet
    and amount; what fits nothing is recorded for people and repairs nothing.
    """
    ServicingCursor.objects.get_or_create(only=True)
    [[cursor]] = lock_rows(ServicingCursor.objects.all())
    refuse_if_halted()
    agent = ChainContract.objects.filter(name="PAYING_AGENT").values_list("address", flat=True).first()
    logs = list(final_logs(after=cursor.log_id, limit=limit))
    for log in logs:
        if log.address == agent:
            _take(log, now)
    if logs:
        ServicingCursor.objects.update(log_id=logs[-1].pk)
    return len(logs)


def _take(log: Log, now: datetime) -> None:
    fact = cash_events.decode(log.topics, bytes(log.data))
    if isinstance(fact, Paid):
        lines = [(line.number, line.wallet, line.amount) for line in fact.lines]
        _settle(log, event_named(fact.event, fact.token), fact.event, lines, State.PAID, now)
    elif isinstance(fact, Reserved):
        line = (fact.number, fact.wallet, fact.amount)
        _settle(log, event_named(fact.event), fact.event, [line], State.RESERVED, now)
    elif isinstance(fact, EventClosed) and fact.residual:
        event = event_named(fact.event)
        if event is not None:
            tokens_back(event=event, amount_minor=fact.residual, why="given back by the paying agent", now=now)
    elif isinstance(fact, Drawn) and fact.number == 0:
        # Who draws himself draws all that is kept for him.
        kept = Payment.objects.filter(state=State.RESERVED, channel=Payment.Channel.CHAIN)
        kept.filter(entitlement__wallet__address=fact.wallet.lower()).update(state=State.PAID)


def _settle(log: Log, event: ServicingEvent | None, code: str, lines: Iterable[Line], to: str, now: datetime) -> None:
    due = _due(event, [line[0] for line in lines]) if event else {}
    right = [due[line[0]].pk for line in lines if line[0] in due and _says(due[line[0]], line)]
    if event and right:
        entry = Funding.objects.get(event=event, medium=Funding.Medium.TOKEN).cash_entry
        Payment.objects.filter(pk__in=right, state=State.DUE).update(state=to, cash_entry=entry)
    wrong = [list(line) for line in lines if line[0] not in due or not _says(due[line[0]], line)]
    if wrong:
        body = {"event": code, "lines": wrong}
        subject = f"indexer.log:{log.pk}"
        audit.record(actor=system_user(), action="servicing.unexplained", subject=subject, body=body, now=now)


def _due(event: ServicingEvent, numbers: list[int]) -> dict[int, Payment]:
    rows = Payment.objects.filter(
        entitlement__event=event, number__in=numbers, state=State.DUE, channel=Payment.Channel.CHAIN
    )
    return {int(row.number or 0): row for row in rows.select_related("entitlement__wallet")}


def _says(row: Payment, line: Line) -> bool:
    return (row.entitlement.wallet.address, row.amount_minor) == (line[1].lower(), line[2])
