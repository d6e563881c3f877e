"""Bid files of primary dealers: CSV or XLSX in, checked lines out. Pure: knows no database. Layout: README.md."""

from __future__ import annotations

from issuance.bid.files.lines import BidLine, Ticks
from issuance.bid.files.reading import parse
from issuance.bid.files.writing import csv_of, xlsx_of

__all__ = ["BidLine", "Ticks", "csv_of", "parse", "xlsx_of"]
