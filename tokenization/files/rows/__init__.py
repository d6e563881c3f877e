"""Rows of a file that somebody sent: CSV or XLSX, every cell as the text that was typed, or what is wrong with it."""

from __future__ import annotations

from tokenization.files.rows.cells import Cell, Faults, Row, Wrong, refuse
from tokenization.files.rows.text import csv_rows
from tokenization.files.rows.workbook import xlsx_rows

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv"
_SPREADSHEETS = (b"PK", b"\xd0\xcf\x11\xe0")


def is_spreadsheet(content: bytes) -> bool:
    """By its first bytes, not by its name."""
    return content.startswith(_SPREADSHEETS)


def media_type(content: bytes) -> str:
    return XLSX_TYPE if is_spreadsheet(content) else CSV_TYPE


def rows_of(content: bytes) -> list[Row]:
    """Every row with the line it stands on; Problems when the file cannot be read as a whole."""
    return xlsx_rows(content) if is_spreadsheet(content) else csv_rows(content)


__all__ = [
    "CSV_TYPE",
    "XLSX_TYPE",
    "Cell",
    "Faults",
    "Row",
    "Wrong",
    "is_spreadsheet",
    "media_type",
    "refuse",
    "rows_of",
]
