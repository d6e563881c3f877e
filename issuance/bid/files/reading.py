"""A bid file of either kind, told apart by its first bytes and not by its name."""

from __future__ import annotations

from issuance.bid.files.cells import Faults
from issuance.bid.files.lines import BidLine, Ticks, bids_of
from issuance.bid.files.text import csv_rows
from issuance.bid.files.workbook import xlsx_rows

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv"
_SPREADSHEETS = (b"PK", b"\xd0\xcf\x11\xe0")


def parse(content: bytes, ticks: Ticks) -> list[BidLine]:
    """The bids in the order of the file; Problems (line, field, rule) when anything is not as README.md says."""
    faults = Faults()
    lines = read(content, ticks, faults)
    faults.stop()
    return lines


def read(content: bytes, ticks: Ticks, faults: Faults) -> list[BidLine]:
    """The good lines, the faults of the others added to `faults`; Problems when the file cannot be read as a whole."""
    return bids_of(xlsx_rows(content) if is_spreadsheet(content) else csv_rows(content), ticks, faults)


def is_spreadsheet(content: bytes) -> bool:
    return content.startswith(_SPREADSHEETS)


def media_type(content: bytes) -> str:
    return XLSX_TYPE if is_spreadsheet(content) else CSV_TYPE
