"""Propose, approve, reject, withdraw. The rules stand in the database too (models/approval.py); here they speak."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tokenization.identity import audit
from tokenization.identity.approvals.action import Action, ApprovalItemDraft, Preview, Sealing, action_named
from tokenization.identity.models import Approval, ApprovalItem, User
from tokenization.identity.models.approval import MACHINE
from tokenization.identity.roles import require_power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, NotAllowed, Refused
from tokenization.kernel.locks import lock_first
from tokenization.kernel.merkle import tree_hash


def root(leaves: Sequence[str]) -> str:
    """RFC 6962 tree hash over the ordered leaves (0x-hex strings), as 0x-hex."""
    return "0x" + tree_hash([bytes.fromhex(leaf.removeprefix("0x")) for leaf in leaves]).hex()


@transaction.atomic
def approval_propose(*, action: str, payload: dict[str, Any], actor: User, now: datetime) -> Approval:
    """Record what the maker asks for, with its items, their root and the effect as it is now.

    NotAllowed without the maker's power; Refused when the action's check fails; Conflict when the same already waits.
    """
    act = action_named(action)
    require_power(actor, act.maker_power)
    text = canonical_json(payload)
    plain = json.loads(text)
    act.check(plain, now=now)
    if isinstance(act, Sealing):
        text = canonical_json(act.sealed(plain))
        plain = json.loads(text)
    digest = sha256_hex(text)
    if Approval.objects.filter(action=action, payload_hash=digest, state="PENDING").exists():
        raise Conflict("The same is already waiting for approval.", rule="one pending proposal")
    items = list(act.items(plain))
    approval = Approval.objects.create(
        action=act.name,
        title=act.title,
        subject=act.subject(plain),
        payload=text,
        payload_hash=digest,
        items_root=root([item.leaf for item in items]),
        item_count=len(items),
        preview=act.preview(plain, now=now).as_json(),
        two_houses=act.two_houses,
        maker=actor,
        maker_house=actor.house,
        made_at=now,
    )
    ApprovalItem.objects.bulk_create(
        ApprovalItem(approval=approval, position=position, leaf=item.leaf, body=item.body)
        for position, item in enumerate(items)
    )
    _record("approval.propose", approval, actor, now)
    return approval


def approval_preview(*, approval: Approval, now: datetime) -> Preview:
    """The effect as it would be now: what the checker is shown before he decides. Refused when the check fails now."""
    act = action_named(approval.action)
    payload = json.loads(approval.payload)
    act.check(payload, now=now)
    return act.preview(payload, now=now)


@transaction.atomic
def approval_approve(*, approval_id: int, actor: User, now: datetime, seen: str = "") -> Approval:
    """Approve and execute, in one transaction: if anything fails, nothing has happened and it still waits.

    `seen` is the digest of the preview that the checker looked at; when given, another effect is a Conflict.
    NotAllowed for the maker, for a person without the power, or of the maker's house where two houses must agree.
    """
    approval = _pending(approval_id)
    act = action_named(approval.action)
    _require_checker(approval, act, actor)
    payload = json.loads(approval.payload)
    _require_unchanged(approval, act, act.items(payload))
    act.check(payload, now=now)
    effect = act.preview(payload, now=now)
    if seen and seen != effect.digest():
        raise Conflict(
            "The effect has changed since you looked at it.", next_step="Look at the new preview and decide again."
        )
    _decide(approval, "APPROVED", actor, now, preview_at_decision=effect.as_json())
    act.execute(payload, approval=approval, actor=actor, now=now)
    _record("approval.approve", approval, actor, now)
    return approval


@transaction.atomic
def approval_reject(*, approval_id: int, reason: str, actor: User, now: datetime) -> Approval:
    """Refuse what the maker asked for, with a reason; nothing is executed."""
    approval = _pending(approval_id)
    _require_checker(approval, action_named(approval.action), actor)
    _require_reason(reason)
    _decide(approval, "REJECTED", actor, now, decision_reason=reason.strip())
    _record("approval.reject", approval, actor, now)
    return approval


@transaction.atomic
def approval_withdraw(*, approval_id: int, actor: User, now: datetime, reason: str = "") -> Approval:
    """The maker takes it back."""
    approval = _pending(approval_id)
    if approval.maker_id != actor.pk:
        raise NotAllowed("Only the maker can withdraw this.", rule="maker", next_step="A checker may reject it.")
    MACHINE.move(approval, "WITHDRAWN", decided_at=now, decision_reason=reason.strip())
    _record("approval.withdraw", approval, actor, now)
    return approval


def _pending(approval_id: int) -> Approval:
    found: list[Approval] = lock_first(Approval.objects.filter(pk=approval_id))
    if not found:
        raise Refused(f"There is no approval {approval_id}.", field="approval")
    if found[0].state != "PENDING":
        raise Conflict(f"This is already decided: {found[0].get_state_display().lower()}.", rule="one decision")
    return found[0]


def _require_checker(approval: Approval, act: Action, actor: User) -> None:
    require_power(actor, act.checker_power)
    if approval.maker_id == actor.pk:
        raise NotAllowed("The maker cannot decide on his own proposal.", rule="four eyes", next_step="Ask a checker.")
    if (approval.two_houses or act.two_houses) and approval.maker_house == actor.house:
        raise NotAllowed(
            "Maker and checker are of one house; this needs two.", rule="two houses", next_step="Ask the other house."
        )


def _require_unchanged(approval: Approval, act: Action, items: Sequence[ApprovalItemDraft]) -> None:
    """What runs is what was proposed: payload, stored items and the items the payload gives now have one root."""
    stored = list(approval.items.order_by("position").values_list("leaf", flat=True))
    same = (
        sha256_hex(approval.payload) == approval.payload_hash
        and len(stored) == approval.item_count
        and root(stored) == approval.items_root == root([item.leaf for item in items])
        and approval.two_houses == act.two_houses
    )
    if not same:
        raise Refused(
            "This is no longer what was proposed.",
            rule="bound payload and items",
            next_step="Reject it and propose again.",
        )


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused("Say why.", field="reason", rule="a rejection has a reason")


def _decide(approval: Approval, to: str, actor: User, now: datetime, **fields: Any) -> None:
    MACHINE.move(approval, to, checker=actor, checker_house=actor.house, decided_at=now, **fields)


def _record(action: str, approval: Approval, actor: User, now: datetime) -> None:
    body = {
        "action": approval.action,
        "subject": approval.subject,
        "payload_hash": approval.payload_hash,
        "items_root": approval.items_root,
        "state": approval.state,
        "reason": approval.decision_reason,
    }
    audit.record(actor=actor, action=action, subject=f"identity.approval:{approval.pk}", body=body, now=now)
