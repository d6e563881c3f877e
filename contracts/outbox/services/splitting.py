"""Making smaller intents of a batch: new intents that name the old one and reuse its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts.gateway.calls import Call, Item, splittable, subset
from contracts.outbox.models import Intent, IntentAfter, IntentItem, IntentState
from contracts.outbox.services.enqueue import intent_enqueue
from contracts.outbox.services.moves import move

REPLACED = (IntentState.SPLIT, IntentState.REVERTED)


@dataclass(frozen=True, slots=True)
class Part:
    """Positions of a batch that stay together, and why if they were set apart."""

    positions: tuple[int, ...]
    reason: str = ""


def can_split(intent: Intent) -> bool:
    return splittable(intent.artifact, bytes(intent.data), total=intent.items.count())


def split(intent: Intent, parts: Sequence[Part], *, state: IntentState, reason: str, now: datetime) -> list[Intent]:
    """End the intent as SPLIT or REVERTED and enqueue its parts, inside the caller's transaction.

    Its followers are told when their turn comes (`rewire`), by the one sender that may move them.
    """
    items = list(intent.items.order_by("position"))
    prerequisites = [a.prerequisite for a in intent.after.select_related("prerequisite")]
    move(intent, state, now=now, reason=reason)
    return [_child(intent, items, part, n, prerequisites, now) for n, part in enumerate(parts, start=1)]


def replaced(follower: Intent) -> Intent | None:
    """A prerequisite that lives on in parts none of which the follower waits for yet."""
    rows = list(follower.after.select_related("prerequisite").order_by("pk"))
    known = {row.prerequisite_id for row in rows}
    for old in (row.prerequisite for row in rows if row.prerequisite.state in REPLACED):
        parts = set(old.parts.values_list("pk", flat=True))
        if parts and not parts & known:
            return old
    return None


def rewire(follower: Intent, old: Intent, *, now: datetime) -> None:
    """Let it wait for the parts of a prerequisite, inside the caller's transaction.

    If its items name the items they follow, it is split the same way, so that only what depends on a failing item waits
    with it; otherwise it waits for every part.
    """
    children = list(old.parts.prefetch_related("items").order_by("pk"))
    owner = {i.number: child for child in children for i in child.items.all() if i.number}
    _rewire(follower, old, children, owner, now)


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
