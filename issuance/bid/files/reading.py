"""A bid file of either kind, told apart by its first bytes and not by its name."""

from __future__ import annotations

from issuance.bid.files.lines import BidLine, Ticks, bids_of
from tokenization.files.rows import CSV_TYPE, XLSX_TYPE, Faults, is_spreadsheet, media_type, rows_of

__all__ = ["CSV_TYPE", "XLSX_TYPE", "is_spreadsheet", "media_type", "parse", "read"]


def parse(content: bytes, ticks: Ticks) -> list[BidLine]:
    """The bids in the order of the file; Problems (line, field, rule) when anything is not as README.md says."""
    faults = Faults()
    lines = read(content, ticks, faults)
    faults.stop()
    return lines


def read(content: bytes, ticks: Ticks, faults: Faults) -> list[BidLine]:
    """The good lines, the faults of the others added to `faults`; Problems when the file cannot be read as a whole."""
    return bids_of(rows_of(content), ticks, faults)
