"""The registrar's confirmations and the depository's statement."""

from __future__ import annotations

from datetime import datetime

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, When

from custody.reconciliation.models import Observation, Run
from custody.registries.models import RegistryConfirmation, StatementLine
from tokenization.assurance.sampling.population import Line, Population, Stored
from tokenization.theme import figures

IMMOBILISE = RegistryConfirmation.Kind.IMMOBILISE
SIGNED = Case(When(kind=IMMOBILISE, then=F("units")), default=-F("units"), output_field=BigIntegerField())
LINKS = ("instruction__settled_log", "instruction__approval", "instruction__linked_to", "recorded_by")


def counted(run: Run) -> QuerySet[RegistryConfirmation]:
    """The registrar's words that the run counted (reconciliation.observe.counted says which and why)."""
    height = run.block_number
    blocked = Q(kind=IMMOBILISE) & (
        Q(instruction__settled_log__block_id__lte=height) | Q(instruction__linked_to__settled_log__block_id__lte=height)
    )
    said = RegistryConfirmation.objects.filter(Q(confirmed_at__lte=run.block_time) | blocked, token=run.token)
    replaced = said.filter(replaces__isnull=False).values("replaces")
    rows = RegistryConfirmation.objects.filter(pk__in=said.values("pk")).exclude(pk__in=replaced)
    return rows.annotate(signed=SIGNED).select_related(*LINKS)


def _line(row: RegistryConfirmation, key: str, amount: int) -> Line:
    signed = f", signed by {row.signer_address}" if row.signer_address else f", recorded by {row.recorded_by.username}"
    words = f"{row.get_kind_display().lower()}, {row.registry_reference}, {figures.when(row.confirmed_at)}{signed}"
    cause = row.instruction.linked_to if row.kind == IMMOBILISE else row.instruction
    return Line(key, words, amount, log=row.instruction.settled_log, instruction=cause or row.instruction)


def _words(rows: QuerySet[RegistryConfirmation], how: str, times: int = 1) -> Population:
    return Stored(rows, "confirmation", _line, how=how, field="signed", times=times)


def confirmed(seen: Observation) -> Population:
    rows = counted(seen.run).filter(kind=IMMOBILISE)
    return _words(rows, "The registrar's signed confirmations up to the block, each counted once.")


def immobilised(seen: Observation) -> Population:
    return _words(counted(seen.run), "The registrar's confirmations up to the block, less his releases.")


def at_statement(seen: Observation) -> Population:
    """What the depository's statement is compared with: the words at its own instant, in face."""
    instant = datetime.fromisoformat(seen.detail["as_of"])
    rows = RegistryConfirmation.objects.filter(token=seen.run.token, confirmed_at__lte=instant, replaces=None)
    how = "The registrar's confirmations less his releases at the instant of the statement, times the denomination."
    found = rows.annotate(signed=SIGNED).select_related(*LINKS)
    return _words(found, how, seen.run.token.minor_per_unit)


def statement(seen: Observation) -> Population:
    rows = StatementLine.objects.filter(
        series=seen.run.token.series, statement__statement_id=seen.detail.get("statement", "")
    )
    how = "One line of the depository's statement, as its file says it."
    found = rows.select_related("statement__file", "statement__imported_by")
    return Stored(found, "statement line", _told, how=how, field=f"{seen.name}_minor")


def _told(row: StatementLine, key: str, amount: int) -> Line:
    told = row.statement
    words = f"statement {told.statement_id}, {row.isin}, as of {figures.when(told.as_of)}; "
    words += f"taken in by {told.imported_by.username} on {figures.when(told.imported_at)}"
    return Line(key, words, amount, file=told.file)
