"""Rows as bids: the heading first, then each line on its own, every fault by line, field and rule."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tokenization.files.rows.cells import Cell, Faults, Row, Wrong, refuse

NEEDED = ("dealer", "bidder", "reference", "competitive", "face")
QUOTES = ("price", "yield")
OPTIONAL = ("isin",)
COLUMNS = (*NEEDED, *QUOTES, *OPTIONAL)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*", re.ASCII)
_PLAIN = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_GROUPED = re.compile(r"-?[0-9]{1,3}([ ,'_’][0-9]{2,3})+(\.[0-9]+)?", re.ASCII)
_COMMA = re.compile(r"-?[0-9]+,[0-9]+", re.ASCII)
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)
FACE_DIGITS = 15
# Per 100 of face, or in percent: a day's serial number (46348) is neither.
WHOLE_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Ticks:
    """How many decimals a price and a yield may have in this auction."""

    price: int
    yield_pct: int


@dataclass(frozen=True, slots=True)
class BidLine:
    """One bid as its dealer wrote it; `face` in whole units of the currency. Nobody has looked at parties or rules."""

    line: int
    dealer: str
    bidder: str
    reference: str
    competitive: bool
    face: int
    price: Decimal | None = None
    yield_pct: Decimal | None = None
    isin: str = ""


def bids_of(rows: Sequence[Row], ticks: Ticks, faults: Faults) -> list[BidLine]:
    """Every good row after the heading as a bid, the faults of the others added; Problems when there is no heading."""
    while rows and rows[-1].blank:
        rows = rows[:-1]
    if not rows:
        raise refuse("file.empty", "the file holds nothing")
    names = _heading(rows[0], faults)
    faults.stop()
    reader = _Reader(ticks, names, faults)
    lines = [line for row in rows[1:] if (line := _line(row, names, reader)) is not None]
    _once(lines, faults)
    if len(rows) == 1:
        faults.add(0, "", "file.empty", "there is a heading and no bid")
    return lines


def _heading(row: Row, faults: Faults) -> list[str]:
    names = ["" if isinstance(cell, Wrong) else cell.lower() for cell in row.cells]
    while names and names[-1] == "" and row.cells[len(names) - 1] == "":
        names.pop()
    for position, name in enumerate(names):
        if name not in COLUMNS:
            faults.add(
                row.line, name[:40], "heading.known", f"column {position + 1} is not one of {', '.join(COLUMNS)}"
            )
        elif name in names[:position]:
            faults.add(row.line, name, "heading.once", f"two columns are called {name}")
    for name in NEEDED:
        if name not in names:
            faults.add(row.line, name, "heading.needed", f"there is no column {name}")
    if not set(QUOTES) & set(names):
        faults.add(row.line, "price", "heading.needed", "there is no column price and none called yield")
    return names


def _line(row: Row, names: Sequence[str], reader: _Reader) -> BidLine | None:
    if row.blank:
        reader.faults.add(row.line, "", "line.blank", "an empty line between bids")
        return None
    if len(row.cells) < len(names) or any(cell != "" for cell in row.cells[len(names) :]):
        words = f"{len(row.cells)} cells, and the heading has {len(names)}"
        reader.faults.add(row.line, "", "line.columns", words)
        return None
    return reader.read(row.line, dict(zip(names, row.cells, strict=False)))


class _Reader:
    def __init__(self, ticks: Ticks, names: Sequence[str], faults: Faults) -> None:
        self.ticks = ticks
        self.faults = faults
        self.quotes = [name for name in QUOTES if name in names]
        self.line = 0

    def read(self, line: int, cells: Mapping[str, Cell]) -> BidLine | None:
        self.line = line
        before = len(self.faults.found)
        given: dict[str, str] = {}
        for name, cell in cells.items():
            if isinstance(cell, Wrong):
                self.fault(name, cell.rule, cell.message)
            given[name] = "" if isinstance(cell, Wrong) else cell
        faulty = {problem.field for problem in self.faults.found[before:]}
        found = self._bid({name: text for name, text in given.items() if name not in faulty})
        return found if len(self.faults.found) == before else None

    def fault(self, field: str, rule: str, message: str) -> None:
        self.faults.add(self.line, field, rule, message)

    def _bid(self, given: Mapping[str, str]) -> BidLine:
        kind = given.get("competitive", "C")
        if kind not in ("C", "N"):
            self.fault("competitive", "competitive.c_or_n", f"{kind!r:.20} is neither C nor N")
        if given.get("competitive") == "C" and all(given.get(field) == "" for field in self.quotes):
            self.fault(self.quotes[0], f"{self.quotes[0]}.given", "a competitive bid names a price or a yield")
        return BidLine(
            self.line,
            self._name(given, "dealer", 40),
            self._name(given, "bidder", 40),
            self._name(given, "reference", 35),
            kind == "C",
            self._face(given.get("face")),
            self._quote(given, "price", self.ticks.price, kind),
            self._quote(given, "yield", self.ticks.yield_pct, kind),
            given.get("isin", ""),
        )

    def _name(self, given: Mapping[str, str], field: str, longest: int) -> str:
        text = given.get(field)
        if text is None:
            return ""
        if not text:
            self.fault(field, f"{field}.given", f"no {field} is given")
        elif len(text) > longest or not _NAME.fullmatch(text):
            rule = f"1 to {longest} letters, digits, spaces, '.', '_', '/', '-'"
            self.fault(field, f"{field}.plain", f"{text!r:.60} is not {rule}")
        return text

    def _face(self, text: str | None) -> int:
        if text is None or not self._plain("face", text):
            return 0
        if "." in text:
            self.fault("face", "face.whole", f"{text} is not a whole number of currency units")
        elif len(text) > FACE_DIGITS:
            self.fault("face", "face.size", f"{text:.40} has more than {FACE_DIGITS} digits")
        elif text == "0":
            self.fault("face", "face.positive", "the face must be above 0")
        else:
            return int(text)
        return 0

    def _quote(self, given: Mapping[str, str], field: str, places: int, kind: str) -> Decimal | None:
        text = given.get(field, "")
        if text == "" or not self._plain(field, text):
            return None
        whole, _, part = text.partition(".")
        if kind == "N":
            self.fault(field, f"{field}.absent", "a non-competitive bid names no price or yield")
        elif len(whole) > WHOLE_DIGITS:
            self.fault(
                field, f"{field}.size", f"{text:.40} has more than {WHOLE_DIGITS} digits before the point: a date?"
            )
        elif len(part.rstrip("0")) > places:
            self.fault(field, f"{field}.tick", f"{text:.40} has more than {places} decimals")
        elif field == "price" and not Decimal(text):
            self.fault(field, "price.positive", "the price must be above 0")
        else:
            return Decimal(f"{whole}.{part[:places]:0<{places}}" if places else whole)
        return None

    def _plain(self, field: str, text: str) -> bool:
        """Whether the text is a plain decimal number; says how it is not."""
        if _PLAIN.fullmatch(text):
            return True
        shown = f"{text!r:.40}"
        if text == "":
            self.fault(field, f"{field}.given", f"no {field} is given")
        elif _GROUPED.fullmatch(text):
            self.fault(field, "number.no_separators", f"{shown}: write the digits without thousands separators")
        elif _COMMA.fullmatch(text):
            self.fault(field, "number.point", f"{shown}: the decimal sign is a point")
        elif _NEGATIVE.fullmatch(text):
            self.fault(field, f"{field}.positive", f"{text:.40} is negative")
        else:
            self.fault(field, "number.plain", f"{shown} is not a plain number: digits and at most one point")
        return False


def _once(lines: Sequence[BidLine], faults: Faults) -> None:
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        key = (line.dealer, line.reference)
        if key in first:
            faults.add(
                line.line, "reference", "reference.once", f"{line.reference} stands on line {first[key]} already"
            )
        first.setdefault(key, line.line)
