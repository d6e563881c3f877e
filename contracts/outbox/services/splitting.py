"""Making smaller intents of a batch: new intents that name the old one and reuse its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.gateway.calls import Call, Item, splittable, subset
from contracts.outbox.models import Intent, IntentAfter, IntentItem, IntentState
from contracts.outbox.services.enqueue import intent_enqueue
from contracts.outbox.services.moves import move


@dataclass(frozen=True, slots=True)
class Part:
    """Positions of a batch that stay together, and why if they were set apart."""

    positions: tuple[int, ...]
    reason: str = ""


def can_split(intent: Intent) -> bool:
    return splittable(intent.artifact, bytes(intent.data), total=intent.items.count())


def split(intent: Intent, parts: Sequence[Part], *, state: IntentState, reason: str, now: datetime) -> list[Intent]:
    """End the intent as SPLIT or REVERTED and enqueue its parts, inside the caller's transaction.

    Followers are rewired: a follower whose items name the items they follow is split the same way, so that only what
    depends on a failing item waits with it; any other follower waits for every part.
    """
    items = list(intent.items.order_by("position"))
    prerequisites = [a.prerequisite for a in intent.after.select_related("prerequisite")]
    move(intent, state, now=now, reason=reason)
    children = [_child(intent, items, part, n, prerequisites, now) for n, part in enumerate(parts, start=1)]
    owner = {i.number: child for child, part in zip(children, parts, strict=True) for i in _pick(items, part)}
    for follower in Intent.objects.filter(state=IntentState.QUEUED, after__prerequisite=intent).order_by("pk"):
        _rewire(follower, intent, children, owner, now)
    return children


def reverted(intent: Intent, *, reason: str, now: datetime) -> list[Intent]:
    """A final revert: a batch goes on as two halves, so that a culprit no dry run finds is alone after a few rounds."""
    count = intent.items.count()
    if count < 2 or not can_split(intent):
        move(intent, IntentState.REVERTED, now=now, reason=reason)
        return []
    half = (count + 1) // 2
    parts = [Part(tuple(range(half))), Part(tuple(range(half, count)))]
    return split(intent, parts, state=IntentState.REVERTED, reason=reason, now=now)


def _pick(items: Sequence[IntentItem], part: Part) -> list[IntentItem]:
    return [items[p] for p in part.positions]


def _child(
    intent: Intent, items: Sequence[IntentItem], part: Part, n: int, after: Sequence[Intent], now: datetime
) -> Intent:
    picked = _pick(items, part)
    call = Call(
        to=intent.to,
        data=subset(intent.artifact, bytes(intent.data), total=len(items), keep=part.positions),
        artifact=intent.artifact,
        function=intent.function,
        description=f"{intent.description} (part {n}: {len(picked)} of {len(items)} items)",
        numbered_by=intent.numbered_by or "",
        value=intent.value,
    )
    child = intent_enqueue(
        key=f"{intent.key}/{n}",
        signer=intent.signer.name,
        call=call,
        items=[Item(i.number, i.wallet, i.units, i.follows) for i in picked],
        after=after,
        deadline=intent.deadline,
        now=now,
        split_from=intent,
    )
    if part.reason:
        Intent.objects.filter(pk=child.pk).update(reason=part.reason, tried_block=intent.tried_block)
    return child


def _rewire(follower: Intent, old: Intent, children: Sequence[Intent], owner: dict[int, Intent], now: datetime) -> None:
    items = list(follower.items.order_by("position"))
    groups: dict[int, list[int]] = {}
    for item in items:
        groups.setdefault(owner[item.follows].pk if item.follows in owner else 0, []).append(item.position)
    by_pk = {c.pk: c for c in children}
    if not items or 0 in groups:
        IntentAfter.objects.bulk_create([IntentAfter(intent=follower, prerequisite=c) for c in children])
    elif len(groups) == 1:
        IntentAfter.objects.create(intent=follower, prerequisite=by_pk[next(iter(groups))])
    elif can_split(follower):
        parts = [Part(tuple(positions)) for positions in groups.values()]
        reason = f"Split like {old.key}, which it follows."
        grandchildren = split(follower, parts, state=IntentState.SPLIT, reason=reason, now=now)
        IntentAfter.objects.bulk_create(
            [IntentAfter(intent=g, prerequisite=by_pk[pk]) for g, pk in zip(grandchildren, groups, strict=True)]
        )
    else:
        IntentAfter.objects.bulk_create([IntentAfter(intent=follower, prerequisite=c) for c in children])
