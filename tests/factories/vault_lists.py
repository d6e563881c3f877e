"""Lists of a synthetic vault and terminal, and files wrong in one way each. Run as a module: writes samples/."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from custody.reserves.lists import Head, ListLine, ParsedList, csv_of, fine_of, xlsx_of

LISTS = Path(__file__).resolve().parents[2] / "custody" / "reserves" / "lists"
AS_OF = datetime(2026, 3, 1, 13, tzinfo=UTC)
BRANDS = ("TEST REFINER A", "TEST REFINER B", "TEST REFINER C")
VAULT, TERMINAL = "VLT-ONE", "TRM-ONE"


def bar(position: int, gross: int = 0, assay: Decimal | None = None, lighter: int = 0) -> ListLine:
    """A bar of some 400 ounces; the vault weighs it `lighter` thousandths of an ounce lighter than its refiner."""
    weight = gross or 398_500 + 175 * position
    fineness = assay or Decimal("995.1") + Decimal("0.1") * (position % 48)
    brand, serial = BRANDS[position % 3], f"TS{position:05d}"
    return ListLine(
        7 + position,
        f"{brand}/{serial}/{2018 + position % 7}",
        fine_of(weight - lighter, fineness),
        brand=brand,
        serial=serial,
        year=2018 + position % 7,
        refiner_gross_minor=weight,
        assay=fineness,
        refiner_fine_minor=fine_of(weight, fineness),
        gross_minor=weight - lighter,
    )


def weight_list(
    count: int = 27, *, number: int = 1, as_of: datetime = AS_OF, without: tuple[int, ...] = (), vault: str = VAULT
) -> ParsedList:
    """Bar 0 is the one of the textbook, 401.125 x 995.8; every ninth is lighter at the vault than at its refiner."""
    bars = [bar(0, 401_125, Decimal("995.8"))]
    bars += [bar(position, lighter=25 if position % 9 == 4 else 0) for position in range(1, count)]
    kept = [line for position, line in enumerate(bars) if position not in without]
    lines = tuple(replace(line, line=7 + place) for place, line in enumerate(kept))
    return ParsedList(Head("LBMA", vault, number, as_of, "XAU"), lines)


def certificate(count: int = 4, *, number: int = 1, as_of: datetime = AS_OF) -> ParsedList:
    """Tanks of stored crude, certified in hundredths of a barrel."""
    lines = tuple(
        ListLine(
            8 + place,
            f"TK-{place + 1}/B{place + 1:03d}",
            12_500_075 + 100_025 * place,
            tank=f"TK-{place + 1}",
            batch=f"B{place + 1:03d}",
            certificate=f"CERT-{place + 1:04d}",
            inspector="TEST INSPECTION",
            api_gravity=Decimal("33.4") + Decimal("0.3") * place,
            sediment_water_pct=Decimal("0.125"),
        )
        for place in range(count)
    )
    return ParsedList(Head("TERMINAL", TERMINAL, number, as_of, "OIL", "60 F"), lines)


def later(found: ParsedList, days: int = 1) -> ParsedList:
    """The same items in the vault's next list."""
    head = replace(found.head, number=found.head.number + 1, as_of=found.head.as_of + timedelta(days=days))
    return replace(found, head=head)


def edited(content: bytes, line: int, old: str, new: str) -> bytes:
    """The text with one change in one line, counted as an editor does."""
    rows = content.decode().split("\n")
    assert old in rows[line - 1], (old, rows[line - 1])
    rows[line - 1] = rows[line - 1].replace(old, new, 1)
    return "\n".join(rows).encode()


def book(content: bytes, change: Callable[[Any], None]) -> bytes:
    """The text as a spreadsheet, its cells as text, changed by `change(sheet)`."""
    out = Workbook()
    for row in csv.reader(io.StringIO(content.decode())):
        out.active.append(row)
    change(out.active)
    saved = io.BytesIO()
    out.save(saved)
    return saved.getvalue()


def wrong_weight_lists() -> dict[str, bytes]:
    """By file name. Line 6 is the heading, bar 0 on line 7, bar 1 on line 8, the total on line 34."""
    good = csv_of(weight_list())
    lines = good.decode().split("\n")
    first, second = lines[6], lines[7]

    def formula(sheet: Any) -> None:
        sheet["H7"] = "=ROUND(G7*E7/1000,3)"

    def hidden(sheet: Any) -> None:
        sheet.row_dimensions[9].hidden = True

    return {
        "arithmetic.csv": edited(good, 7, "399.440,401.125,399.440", "399.440,401.125,399.441"),
        "over_precise_assay.csv": edited(good, 7, "995.8", "995.83"),
        "duplicate.csv": good.replace(second.encode(), first.encode()),
        "wrong_total.csv": edited(good, 34, lines[33].rpartition(",")[2], "10000.000"),
        "wrong_count.csv": edited(good, 34, "total,27", "total,28"),
        "truncated.csv": "\n".join(lines[:20]).encode() + b"\n",
        "cut_in_a_line.csv": good[:-40],
        "utf16.csv": good.decode().encode("utf-16"),
        "latin1.csv": good.replace(b"TEST REFINER B", "TEST RAFFINERIE É".encode("latin-1"), 1),
        "negative_weight.csv": edited(good, 8, second.split(",")[3], f"-{second.split(',')[3]}"),
        "over_precise_weight.csv": edited(good, 8, second.split(",")[3], f"{second.split(',')[3]}1"),
        "unknown_column.csv": edited(good, 6, "fine oz", "fine oz").replace(b",fine oz\n", b",fine oz,remark\n", 1),
        "low_assay.csv": edited(good, 7, "995.8", "994.9"),
        "barrels.csv": edited(good, 5, "XAU", "OIL"),
        "no_offset.csv": edited(good, 4, "+00:00", ""),
        "formula.xlsx": book(good, formula),
        "hidden_row.xlsx": book(good, hidden),
    }


def wrong_certificates() -> dict[str, bytes]:
    """By file name. Line 7 is the heading, the first tank on line 8, the total on line 12."""
    good = csv_of(certificate())
    return {
        "in_situ.csv": edited(good, 9, "STORED", "IN SITU"),
        "other_temperature.csv": edited(good, 6, "60 F", "15 C"),
        "three_decimals.csv": edited(good, 8, "125000.75", "125000.755"),
        "ounces.csv": edited(good, 5, "OIL", "XAU"),
        "no_certificate.csv": edited(good, 10, ",CERT-0003", ","),
        "water_over_precise.csv": edited(good, 8, "0.125", "0.1255"),
    }


def write_samples() -> None:
    for folder, good, wrong in (
        ("lbma", weight_list(), wrong_weight_lists()),
        ("terminal", certificate(), wrong_certificates()),
    ):
        samples = LISTS / folder / "samples"
        samples.mkdir(exist_ok=True)
        (samples / "good.csv").write_bytes(csv_of(good))
        (samples / "good.xlsx").write_bytes(xlsx_of(good))
        for name, content in wrong.items():
            (samples / name).write_bytes(content)


if __name__ == "__main__":
    write_samples()
