"""Taking in the depository's daily statement: all of it, or nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.registries.csd.statement import ParsedStatement, parse
from custody.registries.models import Statement, StatementLine
from issuance.series.models import Series
from tokenization.files.models import StoredFile
from tokenization.files.services import file_store
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import LineProblem, Problems, Refused
from tokenization.kernel.locks import advisory_xact_lock


@transaction.atomic
def statement_import(*, content: bytes, name: str, actor: User, now: datetime) -> Statement:
    """Store the file and its lines. Problems with line, field and rule, and nothing written, if anything is wrong.

    The same file, the same statement id or a second statement of one instant is Refused.
    """
    require_power(actor, Power.STATEMENT_IMPORT)
    advisory_xact_lock("registries.statement")
    if StoredFile.objects.filter(sha256=sha256_hex(content)).exists():
        raise Refused(
            "This file was taken in already.", field="file", rule="once", next_step="Send the next day's file."
        )
    parsed = parse(content)
    series = _known(parsed, now)
    stored = file_store(name=name, content=content, media_type="text/csv", actor=actor, now=now)
    statement = Statement.objects.create(
        file=stored, statement_id=parsed.statement_id, as_of=parsed.as_of, imported_at=now, imported_by=actor
    )
    StatementLine.objects.bulk_create(
        StatementLine(
            statement=statement,
            series=series[line.isin],
            isin=line.isin,
            outstanding_minor=line.outstanding_minor,
            conventional_minor=line.conventional_minor,
            immobilised_minor=line.immobilised_minor,
        )
        for line in parsed.lines
    )
    body = {"statement": parsed.statement_id, "as_of": parsed.as_of, "rows": len(parsed.lines), "file": stored.sha256}
    audit.record(actor=actor, action="statement.import", subject=f"statement:{statement.pk}", body=body, now=now)
    return statement


def _known(parsed: ParsedStatement, now: datetime) -> dict[str, Series]:
    """The series of the lines by ISIN; Problems for what does not fit what we know."""
    found = {s.isin: s for s in Series.objects.filter(isin__in=[line.isin for line in parsed.lines])}
    problems = []
    if parsed.as_of > now:
        problems.append(LineProblem(1, "as_of", "not in the future", f"{parsed.as_of.isoformat()} has not come yet"))
    if Statement.objects.filter(statement_id=parsed.statement_id).exists():
        problems.append(LineProblem(1, "statement_id", "once", f"{parsed.statement_id} was taken in already"))
    if Statement.objects.filter(as_of=parsed.as_of).exists():
        problems.append(LineProblem(1, "as_of", "one statement per instant", "there is a statement of this instant"))
    for line in parsed.lines:
        series = found.get(line.isin)
        if series is None:
            problems.append(LineProblem(line.line, "isin", "known ISIN", f"{line.isin} is no series of ours"))
        elif series.currency != line.currency:
            problems.append(
                LineProblem(line.line, "currency", "the series' currency", f"{line.isin} is in {series.currency}")
            )
    if problems:
        raise Problems(problems)
    return found
