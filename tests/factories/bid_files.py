"""The sample book of bids, and files wrong in one way each. Parties are synthetic. Run as a module: writes samples/."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from issuance.bid.files import BidLine, Ticks, csv_of, xlsx_of
from issuance.bid.files.lines import COLUMNS
from issuance.maths.bills import bill_yield
from issuance.maths.conventions import PK_MTB

SAMPLES = Path(__file__).resolve().parents[2] / "issuance" / "bid" / "files" / "samples"
TICKS = Ticks(4, 4)
DAYS = 84
MILLION = 1_000_000
DEALERS = ("PD-ALPHA", "PD-BETA", "PD-GAMMA", "PD-DELTA")
FUNDS = ("FUND-ONE", "FUND-TWO", "FUND-THREE", "FUND-FOUR", "FUND-FIVE", "FUND-SIX")
# Twelve prices from 97.4000 up by 0.0031; at 97.4217 bids of four dealers: the level that a cut-off will share.
TIED = Decimal("97.4217")


def sample_book() -> list[BidLine]:
    """48 competitive bids of 4 dealers and 2 clients, 8 non-competitive (FUND-THREE twice, FUND-FOUR over 50 m)."""
    lines: list[BidLine] = []
    for number in range(48):
        dealer = DEALERS[number % 4]
        bidder = FUNDS[number % 2] if number % 12 == 5 else dealer
        price = TIED if number in (0, 9, 26, 39) else Decimal("97.4000") + Decimal("0.0031") * (number % 12)
        lines.append(_line(len(lines), dealer, bidder, 50 * MILLION * (1 + number % 5), _quote(number, price)))
    for position, (bidder, face) in enumerate(
        zip(
            ("FUND-ONE", "FUND-TWO", "FUND-THREE", "FUND-THREE", "FUND-FOUR", "FUND-FIVE", "FUND-SIX", "FUND-SEVEN"),
            (5_000, 20 * MILLION, 10 * MILLION, 5 * MILLION, 60 * MILLION, 50 * MILLION, 35_000, 1_250_000),
            strict=True,
        )
    ):
        lines.append(_line(len(lines), DEALERS[position % 4], bidder, face, None))
    return lines


def _quote(number: int, price: Decimal) -> tuple[Decimal | None, Decimal | None]:
    """Every seventh by yield alone, every fifth by both."""
    found = bill_yield(price, DAYS, PK_MTB)
    if number % 7 == 6:
        return None, found
    return price, found if number % 5 == 4 else None


def _line(
    position: int, dealer: str, bidder: str, face: int, quote: tuple[Decimal | None, Decimal | None] | None
) -> BidLine:
    reference = f"{dealer[3:5]}-2026/{position + 1:03d}"
    return BidLine(position + 2, dealer, bidder, reference, quote is not None, face, *(quote or (None, None)))


def text(*rows: str, heading: str = "dealer,bidder,reference,competitive,face,price,yield") -> bytes:
    """A CSV file of these rows."""
    return "".join(f"{row}\n" for row in (heading, *rows)).encode()


def book(change: Callable[[Any], None] | None = None, rows: int = 2) -> bytes:
    """A spreadsheet of the first bids of the sample, changed by `change(workbook)`."""
    out = Workbook()
    out.active.title = "bids"
    out.active.append(COLUMNS)
    for line in sample_book()[:rows]:
        quote = (line.price, line.yield_pct, None)
        out.active.append([line.dealer, line.bidder, line.reference, "C", line.face, *quote])
    if change is not None:
        change(out)
    saved = io.BytesIO()
    out.save(saved)
    return saved.getvalue()


def repacked(content: bytes, changes: dict[str, Callable[[bytes], bytes]]) -> bytes:
    """The same package with some of its parts rewritten, or new ones added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, changes.get(part.filename, lambda body: body)(old.read(part)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name](b""))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def _formula(out: Any) -> None:
    out.active["F2"] = "=97.4+0.0217"


def _hidden_sheet(out: Any) -> None:
    out.create_sheet("old").sheet_state = "hidden"


def _hidden_row(out: Any) -> None:
    out.active.row_dimensions[3].hidden = True


def _merged(out: Any) -> None:
    out.active.merge_cells("F1:G1")


def _date(out: Any) -> None:
    out.active["C2"] = date(2026, 4, 3)


def _percent(out: Any) -> None:
    out.active["F2"], out.active["G2"] = None, 0.115
    out.active["G2"].number_format = "0.00%"


def _entities(content: bytes) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<worksheet'
    return repacked(content, {SHEET: lambda body: body.replace(b"<worksheet", bomb, 1)})


WRONG_BOOKS: dict[str, bytes] = {}
WRONG_TEXTS: dict[str, bytes] = {}


def _fill() -> None:
    changes = {
        "formula": _formula,
        "hidden_sheet": _hidden_sheet,
        "hidden_row": _hidden_row,
        "merged_heading": _merged,
        "date_cell": _date,
        "percent_cell": _percent,
    }
    WRONG_BOOKS.update({name: book(change) for name, change in changes.items()})
    WRONG_BOOKS["entities"] = _entities(book())
    good = "PD-ALPHA,PD-ALPHA,AL-1,C,5000000,97.4217,"
    bids = {
        "off_tick": good.replace("97.4217", "97.42171"),
        "thousands": good.replace("5000000", '"50,00,000"'),
        "decimal_comma": good.replace("97.4217", '"97,4217"'),
        "non_breaking_space": good.replace("5000000", "5\u00a0000\u00a0000"),
        "date_serial": good.replace("97.4217", "46348"),
        "non_competitive_with_price": good.replace(",C,", ",N,"),
        "no_price": good.replace("97.4217", ""),
        "negative_face": good.replace("5000000", "-5000000"),
        "exponent": good.replace("5000000", "5E6"),
        "same_reference_twice": f"{good}\n{good.replace('97.4217', '97.4218')}",
        "too_many_cells": f"{good},97.4217",
        "blank_line_between": f"\n{good}",
    }
    WRONG_TEXTS.update({name: text(rows) for name, rows in bids.items()})
    WRONG_TEXTS["missing_column"] = text(
        "PD-ALPHA,AL-1,C,5000000,97.4217", heading="dealer,reference,competitive,face,price"
    )
    WRONG_TEXTS["unknown_column"] = text(f"{good}x", heading="dealer,bidder,reference,competitive,face,price,remark")
    WRONG_TEXTS["semicolons"] = text(good).replace(b",", b";")
    WRONG_TEXTS["cut_short"] = text(good)[:-7]
    WRONG_TEXTS["utf16"] = text(good).decode().encode("utf-16")
    WRONG_TEXTS["latin1"] = text(good.replace("AL-1", "AL-É")).decode().encode("latin-1")


_fill()


def reread(content: bytes) -> list[tuple[Any, ...]]:
    """The cells of a spreadsheet as openpyxl's ordinary reader sees them."""
    return list(load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))


def renumbered(lines: list[BidLine]) -> list[BidLine]:
    """The same bids on lines 2, 3, 4 and so on."""
    return [replace(line, line=number) for number, line in enumerate(lines, 2)]


def write_samples() -> None:
    SAMPLES.mkdir(exist_ok=True)
    (SAMPLES / "good.csv").write_bytes(csv_of(sample_book()))
    (SAMPLES / "good.xlsx").write_bytes(xlsx_of(sample_book()))
    for kind, files in (("csv", WRONG_TEXTS), ("xlsx", WRONG_BOOKS)):
        for name, content in files.items():
            (SAMPLES / f"{name}.{kind}").write_bytes(content)


if __name__ == "__main__":
    write_samples()
