"""The stored files behind a run, and the part of the audit log that tells how its records came about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from custody.reconciliation.evidence.backing import lists_behind, subjects_behind, word_in_force
from custody.reconciliation.evidence.rows import CHUNK, Row, Scope, known_instructions
from custody.reconciliation.models import Break
from custody.registries.models import StatementLine
from tokenization.files.models import StoredFile
from tokenization.identity.models import Approval, AuditEntry


@dataclass(frozen=True)
class HeldFile:
    """A stored file and what it is to this run."""

    file: StoredFile
    what: str

    @property
    def path(self) -> str:
        """Its place in the pack: told apart by its hash, called by its name."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", self.file.name).strip(".")[-80:] or "file"
        return f"files/{self.file.sha256[2:18]}-{name}"

    @property
    def row(self) -> Row:
        kept = self.file
        return {
            "path": self.path, "what": self.what, "name": kept.name, "media_type": kept.media_type,
            "sha256": kept.sha256, "size": kept.size, "stored_by": kept.stored_by.username, "stored_at": kept.stored_at,
        }  # fmt: skip


def statement_line(scope: Scope) -> StatementLine | None:
    """The line of the depository's statement that the run compared."""
    seen = scope.run.observations.filter(source="STATEMENT", name="immobilised").first()
    if seen is None:
        return None
    lines = StatementLine.objects.filter(series=scope.run.token.series)
    return lines.select_related("statement__file__stored_by").get(statement__statement_id=seen.detail["statement"])


def statements(line: StatementLine | None) -> list[Row]:
    if line is None:
        return []
    told = line.statement
    return [
        {
            "statement": told.statement_id, "as_of": told.as_of, "isin": line.isin, "file": told.file.sha256,
            "outstanding_minor": line.outstanding_minor, "conventional_minor": line.conventional_minor,
            "immobilised_minor": line.immobilised_minor,
        }
    ]  # fmt: skip


def held_files(scope: Scope, line: StatementLine | None) -> list[HeldFile]:
    """Each once, in the order of their places: statement, vaults' lists, report, terms, and what closed a break."""
    token = scope.run.token
    found = [HeldFile(line.statement.file, f"the depository's statement {line.statement}")] if line else []
    found += reserve_files(scope)
    if token.series_id is not None:
        sheets = token.series.term_sheets.select_related("file__stored_by").order_by("version")
        found += [HeldFile(sheet.file, f"terms of {token.code}, version {sheet.version}") for sheet in sheets]
    closed = Break.objects.filter(token=token, opened_by__lte=scope.run.pk, closed_at__lte=scope.at)
    for row in closed.select_related("closing_file__stored_by").order_by("pk"):
        if row.closing_file:
            found.append(HeldFile(row.closing_file, f"evidence with which break {row.pk} was closed"))
    return sorted({held.path: held for held in found}.values(), key=lambda held: held.path)


def reserve_files(scope: Scope) -> list[HeldFile]:
    """The vaults' lists that the run and the examiner read, and the report of the attestation found in force."""
    found = [HeldFile(row.file, f"list {row.number} of the vault {row.vault}") for row in lists_behind(scope)]
    word = word_in_force(scope)
    return [*found, HeldFile(word.report, f"the examiner's report, attestation {word.number}")] if word else found


def audit_entries(scope: Scope, approved: QuerySet[Approval], files: Iterable[HeldFile]) -> QuerySet[AuditEntry]:
    """What somebody did to these instructions, approvals, files and to the breaks, up to the head of the pack."""
    token = scope.run.token
    rows = Break.objects.filter(token=token, opened_by__lte=scope.run.pk).values_list("pk", flat=True)
    named = {f"token:{token.pk}"} | {f"files.storedfile:{held.file.pk}" for held in files}
    named |= {f"reconciliation.break:{pk}" for pk in rows} | subjects_behind(scope)
    about = Q(subject__in=sorted(named)) | Q(subject__in=_subjects(known_instructions(scope), "instruction"))
    about |= Q(subject__in=_subjects(approved, "identity.approval"))
    return AuditEntry.objects.filter(about, sequence__lte=scope.audit_sequence).order_by("sequence")


def _subjects(rows: QuerySet[Any], noun: str) -> QuerySet[Any, Any]:
    """What the audit log calls these rows, for the database to look up: there may be very many."""
    return rows.order_by().values(said=Concat(Value(f"{noun}:"), Cast("pk", TextField()), output_field=TextField()))


def audit_rows(entries: QuerySet[AuditEntry]) -> Iterator[Row]:
    """Each value as the database hashes it (identity/AUDIT.md)."""
    for row in entries.iterator(chunk_size=CHUNK):
        yield {
            "sequence": row.sequence, "id": row.pk, "at": row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "actor_id": row.actor_id, "actor_name": row.actor_name, "action": row.action, "subject": row.subject,
            "body": row.body, "previous_hash": row.previous_hash, "hash": row.hash,
        }  # fmt: skip


def audit_links(scope: Scope, entries: QuerySet[AuditEntry]) -> Iterator[Row]:
    """The hashes alone from the first of these entries to the head: they tie each entry to what is kept outside."""
    first = entries.values_list("sequence", flat=True).first()
    if first is None:
        return
    rows = AuditEntry.objects.filter(sequence__gte=first, sequence__lte=scope.audit_sequence)
    for sequence, value in rows.order_by("sequence").values_list("sequence", "hash").iterator(chunk_size=CHUNK):
        yield {"sequence": sequence, "hash": value}
