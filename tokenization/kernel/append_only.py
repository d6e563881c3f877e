"""Tables that only grow. The database refuses the rest, whoever asks and by whatever road."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pgtrigger
from django.apps import apps
from django.core import checks
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


def _withheld(model: type[models.Model]) -> set[str]:
    triggers = getattr(model._meta, "triggers", [])
    return {word for trigger in triggers if isinstance(trigger, Guard) for word in trigger.withheld}


def refused_operations(model: type[models.Model]) -> set[str]:
    """Which of UPDATE and DELETE the application may never do here, by the model's own triggers."""
    return _withheld(model) & {"UPDATE", "DELETE"}


def append_only_models() -> list[type[models.Model]]:
    """Every model whose rows can neither be changed nor removed, by label."""
    found = [model for model in apps.get_models() if refused_operations(model) == {"UPDATE", "DELETE"}]
    return sorted(found, key=lambda model: model._meta.label)


def unguarded(candidates: Iterable[type[models.Model]]) -> list[checks.CheckMessage]:
    """An error for each AppendOnly model whose own Meta has dropped one of its triggers."""
    found: list[checks.CheckMessage] = []
    for model in candidates:
        lost = sorted({"UPDATE", "DELETE", "TRUNCATE"} - _withheld(model))
        if issubclass(model, AppendOnly) and lost:
            words = f"{model._meta.label} is append-only, but nothing refuses {', '.join(lost)}."
            hint = "Write `class Meta(AppendOnly.Meta)` and `triggers = [*AppendOnly.Meta.triggers, ...]`."
            found.append(checks.Error(words, hint=hint, obj=model, id="kernel.E001"))
    return found


@checks.register(checks.Tags.models)
def append_only_kept(**_: Any) -> list[checks.CheckMessage]:
    """Commands and workers do not start while an append-only model has lost a trigger."""
    return unguarded(apps.get_models())
