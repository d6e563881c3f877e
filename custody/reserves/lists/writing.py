"""A list as the files that `parse` reads: for keepers' templates, samples and rehearsals."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

from openpyxl import Workbook

from custody.reserves.lists.line import ListLine, ParsedList
from custody.reserves.lists.reading import LAYOUTS, TOTAL
from custody.reserves.lists.terminal.layout import STORED
from tokenization.kernel.money import minor_digits


def csv_of(found: ParsedList) -> bytes:
    """UTF-8 without mark, lines ended by LF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in _rows(found):
        writer.writerow(["" if value is None else value for value in row])
    return out.getvalue().encode()


def xlsx_of(found: ParsedList) -> bytes:
    """One sheet; quantities are number cells, written from their decimal text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("list")
    for row in _rows(found):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(found: ParsedList) -> Iterator[list[object]]:
    head, layout = found.head, LAYOUTS[found.head.layout]
    yield ["layout", head.layout]
    yield ["vault", head.vault]
    yield ["list", head.number]
    yield ["as of", head.as_of.isoformat()]
    yield ["measure", head.measure]
    if head.base:
        yield ["base temperature", head.base]
    yield list(layout.columns)
    for line in found.lines:
        yield _bar(line, head.measure) if layout.name == "LBMA" else _tank(line, head.measure)
    total: list[object] = [TOTAL, len(found.lines), *[None] * (len(layout.columns) - 2)]
    for column, attribute in layout.summed.items():
        minor = sum(getattr(line, attribute) for line in found.lines)
        total[layout.columns.index(column)] = _amount(minor, head.measure)
    yield total


def _bar(line: ListLine, measure: str) -> list[object]:
    return [
        line.brand,
        line.serial,
        line.year,
        _amount(line.refiner_gross_minor, measure),
        line.assay,
        _amount(line.refiner_fine_minor, measure),
        _amount(line.gross_minor, measure),
        _amount(line.fine_minor, measure),
    ]


def _tank(line: ListLine, measure: str) -> list[object]:
    quality = [line.api_gravity, line.sediment_water_pct, line.inspector, line.certificate]
    return [line.tank, line.batch, STORED, _amount(line.fine_minor, measure), *quality]


def _amount(minor: int | None, measure: str) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-minor_digits(measure))
