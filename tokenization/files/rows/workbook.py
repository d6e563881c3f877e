"""Rows of an XLSX file, read by openpyxl once the package was found harmless."""

from __future__ import annotations

import io
import warnings
from typing import Any

import openpyxl

from tokenization.files.rows.cells import Cell, Faults, Row, Wrong, refuse, value_cell
from tokenization.files.rows.package import inspect
from tokenization.files.rows.text import MOST_BYTES


def xlsx_rows(content: bytes) -> list[Row]:
    """Every row of the one sheet; Problems for more sheets, formulas, hidden or merged cells, or an unsafe package."""
    if len(content) > MOST_BYTES:
        raise refuse("file.size", f"{len(content):,} bytes; a file here has at most {MOST_BYTES:,}")
    faults = Faults()
    inspect(content, faults)
    faults.stop()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            _check_sheets(book, faults)
            faults.stop()
            return _rows(book.worksheets[0])
    # openpyxl answers a damaged part with whatever its code happens to raise there.
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise refuse("xlsx.package", f"this is not an XLSX file: {error}"[:200]) from None


def _check_sheets(book: Any, faults: Faults) -> None:
    for name in book.sheetnames:
        state = getattr(book[name], "sheet_state", "visible")
        if state != "visible":
            faults.add(0, "", "xlsx.visible", f"sheet {name!r:.40} is hidden")
    if len(book.sheetnames) != 1 or len(book.worksheets) != 1:
        faults.add(0, "", "xlsx.one_sheet", f"{len(book.sheetnames)} sheets; a file here has one")


def _rows(sheet: Any) -> list[Row]:
    # The sheet's own word for its size would cut off what lies beyond it.
    sheet.reset_dimensions()
    rows: list[Row] = []
    for line, found in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(cell) for cell in found]
        # A spreadsheet does not store the empty cells at the end of a row.
        missing = len(rows[0].cells) - len(cells) if rows else 0
        rows.append(Row(line, (*cells, *("",) * missing)))
    return rows


def _cell(cell: Any) -> Cell:
    if cell.data_type == "e":
        return Wrong("cell.text_or_number", f"{cell.value} is an error of the spreadsheet")
    return value_cell(cell.value, cell.number_format or "General")
