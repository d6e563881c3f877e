"""Bids as the files that `parse` reads: for dealers' templates, samples and rehearsals."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from openpyxl import Workbook

from issuance.bid.files.lines import COLUMNS, BidLine


def csv_of(lines: Iterable[BidLine]) -> bytes:
    """UTF-8 without mark, lines ended by LF, every column there is."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow(["" if value is None else value for value in _values(line)])
    return out.getvalue().encode()


def xlsx_of(lines: Iterable[BidLine]) -> bytes:
    """One sheet; numbers are number cells, written from their decimal text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("bids")
    sheet.append(COLUMNS)
    for line in lines:
        sheet.append(list(_values(line)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _values(line: BidLine) -> Iterator[object]:
    yield from (line.dealer, line.bidder, line.reference, "C" if line.competitive else "N", line.face)
    yield from (line.price, line.yield_pct, line.isin or None)
