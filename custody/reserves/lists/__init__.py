"""Lists that keepers of reserves send: one folder per layout. Pure: knows no database. See README.md."""

from __future__ import annotations

from custody.reserves.lists.line import Head, ListLine, ParsedList, fine_of
from custody.reserves.lists.reading import LAYOUTS, parse
from custody.reserves.lists.writing import csv_of, xlsx_of

__all__ = ["LAYOUTS", "Head", "ListLine", "ParsedList", "csv_of", "fine_of", "parse", "xlsx_of"]
