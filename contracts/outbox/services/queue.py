"""Taking intents whose turn has come: dry run, split, reject, number."""

from __future__ import annotations

from contracts.outbox import config
from contracts.outbox.models import Intent, IntentState
from contracts.outbox.models.intent import UNDER_WAY
from contracts.outbox.services.context import Pass
from contracts.outbox.services.dry_run import Verdict, dry_run
from contracts.outbox.services.moves import move, wait
from contracts.outbox.services.numbering import number
from contracts.outbox.services.splitting import replaced, rewire, split
from contracts.outbox.services.waiting import obstacle, overdue
from tokenization.kernel.errors import Conflict


def advance(work: Pass) -> bool:
    """Try every waiting intent once, oldest first, while the window has room; True if one moved."""
    moved = False
    for intent in Intent.objects.filter(signer=work.signer, state=IntentState.QUEUED).order_by("pk"):
        if _room(work) <= 0:
            break
        try:
            moved |= _take(work, intent)
        except Conflict:
            continue  # withdrawn or split since the list was read
    return moved


def _room(work: Pass) -> int:
    return config.window() - Intent.objects.filter(signer=work.signer, state__in=UNDER_WAY).count()


def _take(work: Pass, intent: Intent) -> bool:
    if overdue(intent, work.head.timestamp):
        with work.lease.write():
            move(intent, IntentState.REJECTED, now=work.clock(), reason=_too_late(intent))
        return True
    while old := replaced(intent):
        with work.lease.write():
            rewire(intent, old, now=work.clock())
        if intent.state != IntentState.QUEUED:
            return True
    blocked = obstacle(intent)
    if blocked:
        with work.lease.write():
            wait(intent, blocked)
        return False
    if intent.tried_block == work.head.number:
        return False  # no new block: the same state gives the same answer
    verdict = dry_run(work, intent)
    if verdict.gas:
        number(work, intent, verdict.gas)
        return True
    return _set_apart(work, intent, verdict)


def _set_apart(work: Pass, intent: Intent, verdict: Verdict) -> bool:
    with work.lease.write():
        wait(intent, verdict.reason, tried_block=work.head.number)
        if len(verdict.parts) < 2:
            return False
        reason = f"Split into {len(verdict.parts)}: {verdict.reason}"
        split(intent, verdict.parts, state=IntentState.SPLIT, reason=reason, now=work.clock())
    return True


def _too_late(intent: Intent) -> str:
    when = f"{intent.deadline:%d %B %Y %H:%M} UTC" if intent.deadline else ""
    why = f" The last reason was: {intent.reason}" if intent.reason else ""
    return f"Not possible until its deadline of {when}; nothing was sent.{why}"
