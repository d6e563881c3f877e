"""What an approval runs: small objects named in `settings.APPROVAL_ACTIONS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string

from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Preview:
    """The effect in words: rows of (label, before, after), and what the checker ought to know."""

    rows: list[tuple[str, str, str]]
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"rows": [[str(cell) for cell in row] for row in self.rows], "warnings": [str(w) for w in self.warnings]}

    def digest(self) -> str:
        """Sent back by the page on approval, so that nobody approves an effect he has not seen."""
        return sha256_hex(canonical_json(self.as_json()))


@dataclass(frozen=True)
class ApprovalItemDraft:
    """One line to approve: `leaf` is 0x and 64 digits, `body` is for people."""

    leaf: str
    body: dict[str, Any]


class Action(Protocol):
    """`payload` is plain JSON: ids and amounts are ints or strings, never floats. Nothing here commits by itself."""

    name: str
    title: str
    maker_power: Power
    checker_power: Power
    two_houses: bool

    def check(self, payload: Payload, *, now: datetime) -> None:
        """Refused when it may not be done now. Runs when proposed and again when approved."""

    def preview(self, payload: Payload, *, now: datetime) -> Preview: ...

    def items(self, payload: Payload) -> Sequence[ApprovalItemDraft]:
        """In order. The same payload gives the same items at approval, or the approval is refused."""

    def subject(self, payload: Payload) -> str: ...

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        """The effect, in the approval's transaction. No network."""


@runtime_checkable
class Sealing(Protocol):
    """An action whose payload names what the database may not know: it is kept, bound and shown sealed."""

    def sealed(self, payload: Payload) -> Payload:
        """The payload as it is kept. Called once, when it is proposed and has been checked."""


def action_named(name: str) -> Action:
    """The action object with this name. Refused when `settings.APPROVAL_ACTIONS` has none."""
    broken: ImportError | None = None
    for path in settings.APPROVAL_ACTIONS:
        try:
            found = import_string(path)
        except ImportError as error:
            broken = error
            continue
        action: Action = found() if isinstance(found, type) else found
        if action.name == name:
            return action
    raise Refused(f"There is no action named {name!r}.", field="action", rule="settings.APPROVAL_ACTIONS") from broken
