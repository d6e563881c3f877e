"""CSV and XLSX: figures stay figures to the last digit, text that begins like a formula is disarmed."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.support import paper
from tokenization.documents.downloads import csv_download, xlsx_download
from tokenization.documents.sheets import cell_text, csv_bytes, xlsx_bytes

AT = datetime(2026, 7, 2, 9, 30, 14, tzinfo=UTC)
ATTACKS = ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://x")', "-"]


@pytest.mark.parametrize("text", ATTACKS)
def test_no_cell_of_either_file_is_a_formula(text: str) -> None:
    assert cell_text(text) == "'" + text
    rows = csv.reader(io.StringIO(csv_bytes(["A", text], [[1, text]]).decode("utf-8-sig"), newline=""))
    assert list(rows) == [["A", "'" + text], ["1", "'" + text]]
    made = paper.cells(xlsx_bytes("x", ["A", text], [[1, text]], at=AT))
    assert [[kind for kind, _ in row] for row in made] == [["s", "s"], ["n", "s"]]
    assert made[1][1][1].startswith("'")


def test_figures_stay_figures() -> None:
    values = (-5, Decimal("-1.50"), None, "plain", True)
    assert [cell_text(value) for value in values] == ["-5", "-1.50", "", "plain", "True"]
    assert cell_text(Decimal("1E+3")) == "1000"
    row = [-5, Decimal("-1.50"), Decimal("97.4763"), 123_456_789_012_345, 0]
    (_, made) = paper.cells(xlsx_bytes("x", ["A"] * 5, [row], at=AT))
    assert made == [("n", "-5"), ("n", "-1.50"), ("n", "97.4763"), ("n", "123456789012345"), ("n", "0")]


def test_a_number_that_a_double_would_alter_is_kept_as_text() -> None:
    exact = 1_234_567_890_123_456_789
    (_, made) = paper.cells(xlsx_bytes("x", ["A", "B"], [[exact, Decimal("0.1234567890123456")]], at=AT))
    assert made == [("s", "1234567890123456789"), ("s", "0.1234567890123456")]


def test_days_and_instants_are_written_whole() -> None:
    assert cell_text(AT) == "2026-07-02T09:30:14+00:00"
    assert cell_text(date(2026, 7, 2)) == "2026-07-02"
    (_, made) = paper.cells(xlsx_bytes("x", ["A", "B"], [[date(2026, 7, 2), AT]], at=AT))
    # 2 July 2026 is day 46,205 of the spreadsheets' calendar, which begins on 30 December 1899.
    assert made == [("n", str((date(2026, 7, 2) - date(1899, 12, 30)).days)), ("s", "2026-07-02T09:30:14+00:00")]


def test_the_same_rows_have_the_same_bytes() -> None:
    first = xlsx_bytes("x", ["A"], [[1], ["two"]], at=AT)
    assert xlsx_bytes("x", ["A"], [[1], ["two"]], at=AT) == first
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {entry.date_time[0] for entry in parts.infolist()} == {1980}
        assert "2026-07-02T09:30:14Z" in parts.read("docProps/core.xml").decode()


def test_files_are_saved_and_never_shown() -> None:
    table = csv_download("breaks", ["A"], [["é"]])
    assert table["Content-Type"] == "text/csv; charset=utf-8"
    assert table["Content-Disposition"] == 'attachment; filename="breaks.csv"'
    assert table["X-Content-Type-Options"] == "nosniff"
    assert table.content == b"\xef\xbb\xbfA\r\n\xc3\xa9\r\n"
    sheet = xlsx_download("breaks", ["A"], [[1]], at=AT)
    assert sheet["Content-Disposition"] == 'attachment; filename="breaks.xlsx"'
    assert sheet["Content-Type"].endswith("spreadsheetml.sheet")
