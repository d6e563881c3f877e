"""A task of an officer as a value: who may, with which form, and which service it calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from custody.instructions.models import Instruction
from issuance.authority.drafts import draft_payload
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused


@dataclass(frozen=True)
class Recorded:
    """A fact that one person recorded: what to say of it."""

    words: str


Do = Callable[..., Approval | Recorded]


@dataclass(frozen=True)
class Task:
    """`do` takes the form's fields, `actor` and `now`. An Approval waits for a second person; Recorded is done."""

    name: str
    group: str
    title: str
    lead: str
    power: Power
    form: type[forms.Form]
    do: Do
    button: str = "Propose"


def drafted(draft: Callable[..., Any], action: str, payload: Callable[[Any], dict[str, Any]] = draft_payload) -> Do:
    """Draft the row with the form's fields, then propose the action that approves it."""

    def do(*, actor: User, now: datetime, **fields: Any) -> Approval:
        row = draft(**fields, actor=actor, now=now)
        return approval_propose(action=action, payload=payload(row), actor=actor, now=now)

    return do


def named(action: str) -> Do:
    """Propose the action on the row that was chosen: its payload is the form's fields, rows by their ids."""

    def do(*, actor: User, now: datetime, **fields: Any) -> Approval:
        payload = {name: getattr(value, "pk", value) for name, value in fields.items()}
        return approval_propose(action=action, payload=payload, actor=actor, now=now)

    return do


def instructions(kind: str, action: str) -> Do:
    """Propose all drafted instructions of one kind of one token, in the order of their numbers."""

    def do(*, token: Any, actor: User, now: datetime) -> Approval:
        drafts = Instruction.objects.filter(token=token, kind=kind, state="DRAFT").order_by("number")
        payload = {"instructions": list(drafts.values_list("pk", flat=True))}
        if not payload["instructions"]:
            words = f"Nothing of {token} waits for that: no prepared instruction is left to propose."
            raise Refused(words, field="token", rule="prepared first", next_step="Look at Today for what comes next.")
        return approval_propose(action=action, payload=payload, actor=actor, now=now)

    return do
