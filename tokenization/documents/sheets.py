"""CSV and XLSX of the same rows: figures stay figures, and no text runs as a formula.

A row's cell is text, a whole number, a Decimal, a date, an aware instant or None. Text that begins like a formula gets
an apostrophe in both kinds of file: somebody will save the one as the other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

# Characters that make a spreadsheet run a cell instead of showing it (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Rows = Iterable[Sequence[Any]]
# A spreadsheet keeps a number as a double: more digits than this would be altered, so they are written as text.
EXACT_DIGITS = 15
WIDEST = 60


def is_figure(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def cell_text(value: Any) -> str:
    """A cell for CSV that no spreadsheet runs: figures stay figures, what else starts like a formula is quoted."""
    if is_figure(value):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    text = "" if value is None else value.isoformat() if isinstance(value, (date, datetime)) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_bytes(titles: Sequence[str], rows: Rows) -> bytes:
    """UTF-8 with a byte-order mark (spreadsheets then read it as UTF-8) and CRLF."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell_text(title) for title in titles])
    for row in rows:
        writer.writerow([cell_text(value) for value in row])
    return ("\ufeff" + out.getvalue()).encode()


def xlsx_bytes(name: str, titles: Sequence[str], rows: Rows, *, at: datetime) -> bytes:
    """One sheet with a frozen title row; the same rows and the same instant give the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": name, "created": at.astimezone(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(name[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    widths = [len(title) for title in titles]
    for column, title in enumerate(titles):
        sheet.write_string(0, column, cell_text(title), bold)
    formats: dict[str, Any] = {}
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            shown = _write(book, sheet, formats, (line, column), value)
            widths[column] = max(widths[column], len(shown))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, WIDEST) + 2)
    sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()


def _write(book: Any, sheet: Any, formats: dict[str, Any], where: tuple[int, int], value: Any) -> str:
    """Writes one cell by its kind; gives back its text, for the column's width."""
    text = cell_text(value)
    if is_figure(value) and len(text.replace("-", "").replace(".", "").lstrip("0")) <= EXACT_DIGITS:
        places = len(text.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * places if places else "")
        sheet.write_number(*where, value, _format(book, formats, pattern))
        return f"{value:,}"
    if isinstance(value, date) and not isinstance(value, datetime):
        sheet.write_datetime(*where, value, _format(book, formats, "yyyy-mm-dd"))
    elif text:
        sheet.write_string(*where, text)
    return text


def _format(book: Any, formats: dict[str, Any], pattern: str) -> Any:
    if pattern not in formats:
        formats[pattern] = book.add_format({"num_format": pattern})
    return formats[pattern]
