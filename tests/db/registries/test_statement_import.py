"""The depository's statement goes in whole or not at all, once, and never twice for one instant."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from custody.registries.models import Statement, StatementLine
from custody.registries.services import statement_import
from tests.factories import issuance
from tests.factories import ledgerless as world
from tokenization.files.models import StoredFile
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import NotAllowed, Problems, Refused

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).resolve().parents[3] / "custody" / "registries" / "csd" / "samples"
ISIN = "XXTEST000016"
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.csv").read_bytes()


def made(identifier: str, as_of: str, *lines: str) -> bytes:
    head = f"H,CSD-STATEMENT,1,{identifier},{as_of}\nisin,currency,outstanding,conventional,immobilised\n"
    body = (head + "".join(f"{line}\n" for line in lines)).encode()
    return body + f"T,{len(lines)},{hashlib.sha256(body).hexdigest()}\n".encode()


def take(content: bytes, role: str = "REGISTRAR_OFFICER", now: datetime = NOW) -> Statement:
    return statement_import(content=content, name="statement.csv", actor=world.officer(role), now=now)


def written() -> tuple[int, int, int, int]:
    told = AuditEntry.objects.filter(action="statement.import").count()
    return Statement.objects.count(), StatementLine.objects.count(), StoredFile.objects.count(), told


@pytest.fixture(autouse=True)
def series() -> int:
    """The series of the good sample; drawing it up stores files of its own."""
    return issuance.series(issuance.office(), isin=ISIN).pk


@pytest.fixture(autouse=True)
def before(series: int) -> int:
    return StoredFile.objects.count()


def test_the_good_sample_goes_in_to_the_minor_unit(series: int, before: int) -> None:
    statement = take(sample("good"))
    assert (statement.statement_id, statement.as_of) == ("CSD-2026-11-20", datetime(2026, 11, 20, 13, tzinfo=UTC))
    assert statement.file.sha256 == "0x" + hashlib.sha256(sample("good")).hexdigest()
    line = StatementLine.objects.get()
    assert (line.series_id, line.isin) == (series, ISIN)
    amounts = (line.outstanding_minor, line.conventional_minor, line.immobilised_minor)
    assert amounts == (100_000_000, 40_000_000, 60_000_000)
    assert written() == (1, 1, before + 1, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wrong_column", [(2, "conventional", "columns in order")]),
        ("duplicate", [(4, "isin", "each ISIN once")]),
        ("negative", [(3, "conventional", "not negative")]),
        ("over_precise", [(3, "outstanding", "at most 2 decimals"), (3, "conventional", "at most 2 decimals")]),
        ("does_not_add_up", [(3, "outstanding", "outstanding = conventional + immobilised")]),
        ("truncated", [(4, "", "complete file")]),
        ("no_trailer", [(3, "trailer", "T,rows,sha256")]),
        ("wrong_count", [(4, "rows", "row count")]),
        ("wrong_checksum", [(4, "sha256", "checksum")]),
        ("utf16", [(1, "", "UTF-8")]),
        ("latin1", [(1, "", "UTF-8")]),
        ("unknown_isin", [(3, "isin", "known ISIN")]),
    ],
)
def test_each_bad_sample_is_refused_whole(name: str, expected: list[tuple[int, str, str]], before: int) -> None:
    with pytest.raises(Problems, match="Nothing was imported") as refusal:
        take(sample(name))
    assert [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems] == expected
    assert written() == (0, 0, before, 0)


def test_every_sample_but_the_good_one_is_tried() -> None:
    assert len(list(SAMPLES.glob("*.csv"))) == 13


def test_one_bad_line_refuses_the_good_ones(before: int) -> None:
    content = made("ID-1", "2026-11-20T18:00:00+05:00", f"{ISIN},PKR,10,4,6", "XXTEST999993,PKR,1,1,0")
    with pytest.raises(Problems) as refusal:
        take(content)
    assert [(p.line, p.field, p.rule) for p in refusal.value.problems] == [(4, "isin", "known ISIN")]
    assert written() == (0, 0, before, 0)


def test_another_currency_than_the_series_is_refused(before: int) -> None:
    with pytest.raises(Problems) as refusal:
        take(made("ID-1", "2026-11-20T18:00:00+05:00", f"{ISIN},USD,10,4,6"))
    assert [(p.line, p.field, p.rule) for p in refusal.value.problems] == [(3, "currency", "the series' currency")]
    assert written() == (0, 0, before, 0)


def test_the_same_file_is_taken_once(before: int) -> None:
    take(sample("good"))
    with pytest.raises(Refused, match="taken in already"):
        take(sample("good"))
    assert written() == (1, 1, before + 1, 1)


@pytest.mark.parametrize(
    ("identifier", "as_of", "expected"),
    [
        ("CSD-2026-11-20", "2026-11-20T19:00:00+05:00", (1, "statement_id", "once")),
        # The instant of the good sample, in another zone's words.
        ("OTHER-ID", "2026-11-20T13:00:00+00:00", (1, "as_of", "one statement per instant")),
        ("OTHER-ID", "2026-11-21T04:00:01+00:00", (1, "as_of", "not in the future")),
    ],
)
def test_a_second_statement_of_one_id_or_instant_is_refused(
    identifier: str, as_of: str, expected: tuple[int, str, str], before: int
) -> None:
    take(sample("good"))
    with pytest.raises(Problems) as refusal:
        take(made(identifier, as_of, f"{ISIN},PKR,10,4,6"))
    assert [(p.line, p.field, p.rule) for p in refusal.value.problems] == [expected]
    assert written() == (1, 1, before + 1, 1)
    take(made("NEXT", "2026-11-20T18:00:01+05:00", f"{ISIN},PKR,10,4,6"))
    assert written() == (2, 2, before + 2, 2)


def test_only_the_registrars_officer_brings_it(before: int) -> None:
    with pytest.raises(NotAllowed):
        take(sample("good"), role="DEBT_MAKER")
    assert written() == (0, 0, before, 0)


def test_raw_sql_writes_no_line_that_does_not_add_up() -> None:
    statement = take(sample("good"))
    series = issuance.series(issuance.office())
    insert = (
        "INSERT INTO registries_statementline"
        " (statement_id, series_id, isin, outstanding_minor, conventional_minor, immobilised_minor)"
        " VALUES (%s, %s, %s, %s, %s, %s)"
    )
    for amounts in ((10, 4, 5), (0, -1, 1)):
        with pytest.raises(IntegrityError, match="statement_line_adds_up"), transaction.atomic():
            connection.cursor().execute(insert, [statement.pk, series.pk, series.isin, *amounts])
    with pytest.raises(IntegrityError, match="statement_line_once"), transaction.atomic():
        connection.cursor().execute(insert, [statement.pk, series.pk, ISIN, 10, 4, 6])
    assert StatementLine.objects.count() == 1
    connection.cursor().execute(insert, [statement.pk, series.pk, series.isin, 10, 4, 6])
    assert StatementLine.objects.count() == 2
