"""The depository's statement: the good sample is read to the minor unit, every bad one names line, field and rule."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from custody.registries.csd.statement import COLUMNS, Line, parse
from tokenization.kernel.errors import Problems

SAMPLES = Path(__file__).resolve().parents[3] / "custody" / "registries" / "csd" / "samples"
HEADER = "H,CSD-STATEMENT,1,ID-1,2026-11-20T18:00:00+05:00"


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.csv").read_bytes()


def made(*lines: str, header: str = HEADER, columns: str = ",".join(COLUMNS)) -> bytes:
    body = "".join(f"{line}\n" for line in (header, columns, *lines)).encode()
    return body + f"T,{len(lines)},{hashlib.sha256(body).hexdigest()}\n".encode()


def faults(content: bytes) -> list[tuple[int, str, str]]:
    with pytest.raises(Problems) as refusal:
        parse(content)
    return [(problem.line, problem.field, problem.rule) for problem in refusal.value.problems]


def test_the_good_sample_is_read_whole() -> None:
    statement = parse(sample("good"))
    assert statement.statement_id == "CSD-2026-11-20"
    assert statement.as_of.astimezone(UTC) == datetime(2026, 11, 20, 13, tzinfo=UTC)
    assert statement.lines == (Line(3, "XXTEST000016", "PKR", 100_000_000, 40_000_000, 60_000_000),)


def test_a_statement_without_lines_is_a_statement() -> None:
    assert parse(made()).lines == ()


def test_whole_numbers_and_short_fractions_are_exact() -> None:
    (line,) = parse(made("XXTEST000016,PKR,10,9.5,0.50")).lines
    assert (line.outstanding_minor, line.conventional_minor, line.immobilised_minor) == (1000, 950, 50)


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
    ],
)
def test_each_bad_sample_names_line_field_and_rule(name: str, expected: list[tuple[int, str, str]]) -> None:
    assert faults(sample(name)) == expected


def test_the_unknown_isin_of_the_sample_is_a_matter_for_the_import() -> None:
    assert [line.isin for line in parse(sample("unknown_isin")).lines] == ["XXTEST999993"]


@pytest.mark.parametrize("text", ["1e3", "+5", " 5", "5 ", "1,000", "05", "5.", ".5", "NaN", "٥", "0x10", "", "1_0"])
def test_only_plain_numbers_are_numbers(text: str) -> None:
    found = faults(made(f"XXTEST000016,PKR,{text},0,0"))
    assert found[0][0] == 3
    assert found[0][2] in {"plain decimal number", "five cells"}


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("H,CSD-STATEMENT,2,ID-1,2026-11-20T18:00:00+05:00", "header"),
        ("H,OTHER,1,ID-1,2026-11-20T18:00:00+05:00", "header"),
        ("H,CSD-STATEMENT,1,id with spaces,2026-11-20T18:00:00+05:00", "statement_id"),
        ("H,CSD-STATEMENT,1,ID-1,yesterday", "as_of"),
        ("H,CSD-STATEMENT,1,ID-1,2026-11-20T18:00:00", "as_of"),
    ],
)
def test_the_header_is_exact(header: str, field: str) -> None:
    assert [(line, name) for line, name, _ in faults(made(header=header))] == [(1, field)]


def test_every_fault_of_a_file_is_told_at_once() -> None:
    content = made("XXTEST000016,PKR,-1,0,0", "nonsense,PKR,0,0,0", "XXTEST000016,pkr,0,0,0")
    assert [(line, field) for line, field, _ in faults(content)] == [(3, "outstanding"), (4, "isin"), (5, "currency")]


def test_marks_and_windows_line_ends_are_refused() -> None:
    assert faults(b"\xef\xbb\xbf" + sample("good")) == [(1, "", "UTF-8 without mark")]
    assert faults(sample("good").replace(b"\n", b"\r\n")) == [(1, "", "lines end with LF")]


def test_cutting_the_file_anywhere_refuses_it() -> None:
    whole = sample("good")
    for length in range(len(whole)):
        with pytest.raises(Problems):
            parse(whole[:length])
