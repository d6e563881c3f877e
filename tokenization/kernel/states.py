"""State machines: declared once per entity, moved by a conditional UPDATE on the old state."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from django.db import models

from tokenization.kernel.errors import Conflict, Refused


class Machine:
    """`Machine(field="state", transitions={"DRAFT": {"APPROVED"}, ...})`; a state that is only a target is final."""

    def __init__(self, *, transitions: Mapping[str, Set[str]], field: str = "state") -> None:
        self.field = field
        self.transitions: dict[str, frozenset[str]] = {old: frozenset(new) for old, new in transitions.items()}
        targets = {state for new in self.transitions.values() for state in new}
        self.states = sorted(set(self.transitions) | targets)

    def choices(self) -> list[tuple[str, str]]:
        """For the model field, so that forms and pages show the states in words."""
        return [(state, state.replace("_", " ").capitalize()) for state in self.states]

    def constraint(self, name: str) -> models.CheckConstraint:
        """CHECK that the column holds a declared state."""
        return models.CheckConstraint(condition=models.Q(**{f"{self.field}__in": self.states}), name=name)

    def allows(self, old: str, to: str) -> bool:
        return to in self.transitions.get(old, frozenset())

    def is_final(self, state: str) -> bool:
        return not self.transitions.get(state)

    def move(self, instance: models.Model, to: str, **fields: Any) -> None:
        """Set the state and `fields` where the row still has the state that `instance` shows; the instance follows.

        Refused when the move is not declared, Conflict when the row has moved meanwhile (nothing is written then).
        """
        old = getattr(instance, self.field)
        what = f"{instance._meta.verbose_name} {instance.pk}"
        if not self.allows(old, to):
            raise Refused(f"{what} is {old} and cannot become {to}.", field=self.field, rule="declared transitions")
        rows = type(instance)._base_manager.filter(pk=instance.pk, **{self.field: old})
        if rows.update(**{self.field: to}, **fields) != 1:
            raise Conflict(
                f"{what} is no longer {old}.",
                field=self.field,
                rule="moved by somebody else",
                next_step="Load it again.",
            )
        setattr(instance, self.field, to)
        for name, value in fields.items():
            setattr(instance, name, value)
