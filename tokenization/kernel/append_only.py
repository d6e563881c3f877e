"""Tables that only grow. The database refuses the rest, whoever asks and by whatever road."""

from __future__ import annotations

import pgtrigger
from django.apps import apps
from django.db import models

from tokenization.kernel.triggers import Guard, NoChange

_NO_CHANGE = pgtrigger.Update | pgtrigger.Delete


def no_delete(name: str) -> list[Guard]:
    """Triggers for a table whose rows change by rule but never disappear: no DELETE, no TRUNCATE."""
    return [
        NoChange(name=f"{name}_no_delete", operation=pgtrigger.Delete),
        NoChange(name=f"{name}_no_truncate", operation=pgtrigger.Truncate, level=pgtrigger.Statement),
    ]


def append_only(name: str) -> list[Guard]:
    """Triggers for a table whose rows are written once: no UPDATE, DELETE or TRUNCATE."""
    return [
        NoChange(name=f"{name}_no_change", operation=_NO_CHANGE),
        NoChange(name=f"{name}_no_truncate", operation=pgtrigger.Truncate, level=pgtrigger.Statement),
    ]


class AppendOnly(models.Model):
    """Abstract base. A subclass with its own Meta writes `class Meta(AppendOnly.Meta)`, and adds its own triggers as
    `triggers = [*AppendOnly.Meta.triggers, ...]`; a check refuses to start otherwise."""

    class Meta:
        abstract = True
        triggers = append_only("append_only")


def refused_operations(model: type[models.Model]) -> set[str]:
    """Which of UPDATE and DELETE the application may never do here, by the model's own triggers."""
    triggers = getattr(model._meta, "triggers", [])
    return {word for trigger in triggers if isinstance(trigger, Guard) for word in trigger.withheld} & {
        "UPDATE",
        "DELETE",
    }


def append_only_models() -> list[type[models.Model]]:
    """Every model whose rows can neither be changed nor removed, by label."""
    found = [model for model in apps.get_models() if refused_operations(model) == {"UPDATE", "DELETE"}]
    return sorted(found, key=lambda model: model._meta.label)
