"""What ended a break, each with its page: instruction, corrected record, first run without it, decision."""

from __future__ import annotations

from django.urls import reverse

from custody.reconciliation.models import Break, Observation, Run, Source
from custody.reconciliation.words import figure
from custody.register.models import Dispute
from custody.registries.models import StatementLine
from custody.reserves.models import VaultItem, VaultList
from tokenization.theme import figures

Told = tuple[str, str, str]


def repairs_of(found: Break) -> list[Told]:
    """Label, words and page; what has not come is left out."""
    told = [_instruction(found), _corrected(found), _without(found)]
    if found.closed_by is not None:
        href = reverse("assurance:approval", args=[found.closed_by_id])
        told.append(("Closing approved", f"approval {found.closed_by_id}", href))
    return [one for one in told if one is not None]


def _instruction(found: Break) -> Told | None:
    dispute = Dispute.objects.filter(log=found.log_id).select_related("annul_instruction").first()
    if found.log_id is None or dispute is None or dispute.annul_instruction is None:
        return None
    row = dispute.annul_instruction
    kind = row.get_kind_display().replace("_", " ").lower()
    words = f"instruction No. {row.number}, {kind} of {figure(row.units, 'units', found.token)}"
    return "Repaired by", words, reverse("assurance:instruction", args=[row.pk])


def _without(found: Break) -> Told | None:
    """The first run after the last that saw it."""
    later = Run.objects.filter(token=found.token_id, pk__gt=found.last_seen_id).order_by("pk").first()
    if later is None:
        return None
    return (
        "First run without it",
        f"run {later.pk}, {figures.when(later.at)}",
        reverse("assurance:run", args=[later.pk]),
    )


def _corrected(found: Break) -> Told | None:
    """The next record of the same source after the one in which it was last seen."""
    if found.kind == Break.Kind.REGISTRY_STATEMENT_MISMATCH:
        return _statement(found)
    return _list(found) if found.kind == Break.Kind.RESERVE_ITEM else None


def _statement(found: Break) -> Told | None:
    seen = _seen(found, Source.STATEMENT, "immobilised")
    if seen is None:
        return None
    lines = StatementLine.objects.filter(series=found.token.series, statement__as_of__gt=seen.detail["as_of"])
    line = lines.select_related("statement").order_by("statement__as_of").first()
    if line is None:
        return None
    told = line.statement
    words = f"{told.statement_id} as of {figures.when(told.as_of)}"
    return "Corrected statement", words, reverse("assurance:file", args=[told.file_id])


def _list(found: Break) -> Told | None:
    key = found.key.removeprefix(f"{found.kind}:")
    item = VaultItem.objects.filter(key__in=(key, key.partition(" ")[2])).select_related("vault").first()
    seen = _seen(found, Source.VAULT, f"list of {item.vault}") if item is not None else None
    if item is None or seen is None:
        return None
    later = VaultList.objects.filter(vault=item.vault, number__gt=int(seen.value)).order_by("number").first()
    if later is None:
        return None
    words = f"list {later.number} of {item.vault} as of {figures.when(later.as_of)}"
    return "Corrected list", words, reverse("assurance:file", args=[later.file_id])


def _seen(found: Break, source: Source, name: str) -> Observation | None:
    return Observation.objects.filter(run=found.last_seen_id, source=source, name=name).first()
