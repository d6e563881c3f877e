"""What the maker-checker actions of issuance have in common: a draft, its terms, and the move out of DRAFT.

The payload carries the terms as the maker saw them. `check` compares them with the row, so what the checker approves is
what the maker proposed, even if the draft was edited in between.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

from django.db import models

from tokenization.identity import audit
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money
from tokenization.kernel.states import Machine

Row = TypeVar("Row", bound=models.Model)


def terms_of(row: models.Model) -> dict[str, Any]:
    """The row's terms as JSON-able values: dates ISO, decimals as text."""
    names: tuple[str, ...] = row.TERMS  # type: ignore[attr-defined]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def money(minor: int, currency: str) -> str:
    """An amount for people: thousands separators and currency."""
    return Money(minor, currency).format()


def draft_payload(row: models.Model) -> dict[str, Any]:
    """The payload of the action that approves this draft."""
    return {"id": row.pk, "terms": terms_of(row)}


class DraftAction(ABC, Generic[Row]):
    """Base of the actions that approve one draft: subclasses name the model, the state reached, and the rules."""

    name: ClassVar[str]
    title: ClassVar[str]
    maker_power: ClassVar[Power]
    checker_power: ClassVar[Power]
    two_houses: ClassVar[bool] = False
    model: type[Row]
    machine: ClassVar[Machine]
    approved_state: ClassVar[str]

    @abstractmethod
    def check_row(self, row: Row, *, now: datetime) -> None:
        """Refused with field and rule when the draft may not be approved."""

    @abstractmethod
    def preview_rows(self, row: Row, *, now: datetime) -> tuple[list[tuple[str, str, str]], list[str]]:
        """(label, before, after) rows and warnings."""

    def lock(self, row: Row) -> None:
        """Lock the draft and whatever else the rules read, in one call."""
        lock_rows(self.model._default_manager.filter(pk=row.pk))

    def approved(self, row: Row, *, approval: Approval, actor: User, now: datetime) -> None:
        """What else happens with the approval, in its transaction."""

    def row(self, payload: Payload) -> Row:
        """The draft that the payload names, with the terms that it carries; Refused or Conflict otherwise."""
        found = self.model._default_manager.filter(pk=payload.get("id", 0)).first()
        if found is None:
            raise Refused(f"There is no {self._noun} {payload.get('id')}.", field="id", rule=f"{self.name}.exists")
        if found.state != "DRAFT":  # type: ignore[attr-defined]
            raise Conflict(f"{found} is no longer a draft.", field="state", rule=f"{self.name}.draft")
        if terms_of(found) != payload.get("terms"):
            raise Conflict(
                f"The terms of {found} changed after they were proposed.",
                field="terms",
                rule=f"{self.name}.terms",
                next_step="Withdraw this proposal and propose the draft again.",
            )
        return found

    def check(self, payload: Payload, *, now: datetime) -> None:
        self.check_row(self.row(payload), now=now)

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        rows, warnings = self.preview_rows(self.row(payload), now=now)
        return Preview(rows=rows, warnings=warnings)

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        return [ApprovalItemDraft(leaf=sha256_hex(canonical_json(payload)), body=dict(payload))]

    def subject(self, payload: Payload) -> str:
        return f"{self._noun} {self.model._default_manager.filter(pk=payload.get('id')).first()}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        self.lock(self.row(payload))
        row = self.row(payload)
        self.check_row(row, now=now)
        audit.move(self.machine, row, self.approved_state, actor=actor, now=now, reason=f"approval {approval.pk}")
        self.approved(row, approval=approval, actor=actor, now=now)

    @property
    def _noun(self) -> str:
        return str(self.model._meta.verbose_name)
