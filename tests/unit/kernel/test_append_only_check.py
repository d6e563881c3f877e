"""Nothing starts while an append-only model has lost a trigger."""

from __future__ import annotations

import pgtrigger
import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models
from django.test.utils import isolate_apps

from custody.settlement.models import CashEntry, CashLeg, SettlementInstruction
from tokenization.kernel import append_only
from tokenization.kernel.append_only import AppendOnly, unguarded
from tokenization.kernel.triggers import NoChange


def model(meta: type) -> type[models.Model]:
    with isolate_apps("tokenization.identity"):
        return type("Written", (AppendOnly,), {"Meta": meta, "__module__": __name__})


class Bare:
    app_label = "identity"


class HalfGuarded:
    app_label = "identity"
    triggers = [NoChange(name="only_no_delete", operation=pgtrigger.Delete)]


def test_every_append_only_model_of_the_platform_keeps_its_triggers() -> None:
    assert run_checks(tags=["models"]) == []
    assert unguarded([CashEntry, CashLeg]) == []


@pytest.mark.parametrize(("meta", "lost"), [(Bare, "DELETE, TRUNCATE, UPDATE"), (HalfGuarded, "TRUNCATE, UPDATE")])
def test_a_model_that_lost_its_triggers_is_named(meta: type, lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = model(meta)
    [error] = unguarded([CashLeg, made])
    assert error.id == "kernel.E001"
    assert error.msg == f"identity.Written is append-only, but nothing refuses {lost}."
    ours = append_only.apps.get_models
    monkeypatch.setattr(append_only.apps, "get_models", lambda *args, **words: [*ours(*args, **words), made])
    with pytest.raises(SystemCheckError, match=f"nothing refuses {lost}"):
        call_command("check", tags=["models"])


def test_a_model_that_changes_by_rule_is_none_of_its_business() -> None:
    assert unguarded([SettlementInstruction]) == []


def test_an_inherited_meta_keeps_them() -> None:
    kept = type("Kept", (AppendOnly.Meta,), {"app_label": "identity", "triggers": [*AppendOnly.Meta.triggers]})
    assert unguarded([model(kept)]) == []
