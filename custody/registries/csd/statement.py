"""The depository's daily statement: read strictly, whole or not at all. The layout stands in README.md.

Pure: knows no database. `parse` returns what the file says or raises Problems with line, field and rule.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from issuance.maths.identifiers import isin_valid
from tokenization.files.rows.cells import Faults
from tokenization.kernel.errors import LineProblem, Problems
from tokenization.kernel.money import minor_digits

MAGIC, VERSION = "CSD-STATEMENT", "1"
COLUMNS = ("isin", "currency", "outstanding", "conventional", "immobilised")
AMOUNTS = COLUMNS[2:]
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]+))?")
_IDENTIFIER = re.compile(r"[A-Za-z0-9-]{1,40}")


@dataclass(frozen=True)
class Line:
    """One ISIN: face amounts in minor units of the currency. `line` as an editor counts."""

    line: int
    isin: str
    currency: str
    outstanding_minor: int
    conventional_minor: int
    immobilised_minor: int


@dataclass(frozen=True)
class ParsedStatement:
    statement_id: str
    as_of: datetime
    lines: tuple[Line, ...]


def parse(content: bytes) -> ParsedStatement:
    """Read a statement. Problems (all that were found) if anything at all is not as the layout says."""
    faults = Faults()
    rows = _rows(content, faults)
    statement_id, as_of = _header(rows, faults)
    _columns(rows, faults)
    faults.stop()
    _trailer(content, rows, faults)
    lines = [line for number, cells in rows[2:-1] if (line := _line(number, cells, faults)) is not None]
    _duplicates(lines, faults)
    faults.stop()
    if as_of is None:
        raise Problems([LineProblem(1, "as_of", "ISO 8601 with offset", "missing")])
    return ParsedStatement(statement_id, as_of, tuple(lines))


def _rows(content: bytes, faults: Faults) -> list[tuple[int, list[str]]]:
    if content.startswith(b"\xef\xbb\xbf"):
        faults.add(1, "", "UTF-8 without mark", "the file begins with a byte-order mark")
        faults.stop()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        faults.add(line, "", "UTF-8", f"byte {error.start} is not UTF-8")
        faults.stop()
    if "\r" in text or "\x00" in text:
        faults.add(_line_of(text), "", "lines end with LF", "the file holds CR or NUL characters")
    if not text.endswith("\n"):
        faults.add(text.count("\n") + 1, "", "complete file", "the last line has no end: the file is truncated")
    faults.stop()
    rows = [(number, row.split(",")) for number, row in enumerate(text.split("\n")[:-1], start=1)]
    if len(rows) < 3:
        faults.add(
            len(rows), "", "complete file", "header, columns and trailer are not all there: the file is truncated"
        )
        faults.stop()
    return rows


def _line_of(text: str) -> int:
    first = min(at for at in (text.find("\r"), text.find("\x00")) if at >= 0)
    return text[:first].count("\n") + 1


def _header(rows: list[tuple[int, list[str]]], faults: Faults) -> tuple[str, datetime | None]:
    cells = rows[0][1]
    if len(cells) != 5 or cells[:3] != ["H", MAGIC, VERSION]:
        faults.add(1, "header", f"H,{MAGIC},{VERSION},id,as-of", "this is not a statement of version 1")
        return "", None
    if not _IDENTIFIER.fullmatch(cells[3]):
        faults.add(1, "statement_id", "1 to 40 letters, digits, hyphens", f"{cells[3]!r} is not an identifier")
    try:
        as_of = datetime.fromisoformat(cells[4])
    except ValueError:
        faults.add(1, "as_of", "ISO 8601 with offset", f"{cells[4]!r} is not an instant")
        return cells[3], None
    if as_of.tzinfo is None:
        faults.add(1, "as_of", "ISO 8601 with offset", f"{cells[4]!r} has no offset")
    return cells[3], as_of


def _columns(rows: list[tuple[int, list[str]]], faults: Faults) -> None:
    cells = rows[1][1]
    for position, wanted in enumerate(COLUMNS):
        found = cells[position] if position < len(cells) else ""
        if found != wanted:
            faults.add(2, wanted, "columns in order", f"column {position + 1} is {found!r}")
    if len(cells) > len(COLUMNS):
        faults.add(2, cells[len(COLUMNS)], "columns in order", "there are more columns than the layout has")


def _trailer(content: bytes, rows: list[tuple[int, list[str]]], faults: Faults) -> None:
    number, cells = rows[-1]
    if len(cells) != 3 or cells[0] != "T":
        faults.add(number, "trailer", "T,rows,sha256", "the trailer is missing: the file is truncated")
        faults.stop()
    if cells[1] != str(len(rows) - 3):
        faults.add(number, "rows", "row count", f"the trailer counts {cells[1]} rows, the file has {len(rows) - 3}")
    body = content[: content[:-1].rfind(b"\n") + 1]
    if cells[2] != hashlib.sha256(body).hexdigest():
        faults.add(number, "sha256", "checksum", "the checksum is not that of the lines before the trailer")


def _line(number: int, cells: list[str], faults: Faults) -> Line | None:
    if len(cells) != len(COLUMNS):
        faults.add(number, "", "five cells", f"the line has {len(cells)} cells")
        return None
    before = len(faults.found)
    isin, currency = cells[0], cells[1]
    if not isin_valid(isin):
        faults.add(number, "isin", "ISO 6166", f"{isin!r} is not an ISIN")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        faults.add(number, "currency", "ISO 4217", f"{currency!r} is not a currency")
        return None
    amounts = [_amount(number, name, text, currency, faults) for name, text in zip(AMOUNTS, cells[2:], strict=True)]
    if len(faults.found) > before:
        return None
    outstanding, conventional, immobilised = amounts
    if outstanding != conventional + immobilised:
        rule = "outstanding = conventional + immobilised"
        faults.add(number, "outstanding", rule, f"{cells[2]} is not {cells[3]} + {cells[4]}")
        return None
    return Line(number, isin, currency, outstanding, conventional, immobilised)


def _amount(number: int, field: str, text: str, currency: str, faults: Faults) -> int:
    if text.startswith("-"):
        faults.add(number, field, "not negative", f"{text!r} is negative")
        return 0
    match = _AMOUNT.fullmatch(text)
    if match is None:
        faults.add(number, field, "plain decimal number", f"{text!r} is not a plain number")
        return 0
    digits, fraction = minor_digits(currency), match.group(2) or ""
    if len(fraction) > digits:
        faults.add(number, field, f"at most {digits} decimals", f"{text!r} is more precise than {currency} is")
        return 0
    return int(match.group(1) + fraction.ljust(digits, "0"))


def _duplicates(lines: Sequence[Line], faults: Faults) -> None:
    first: dict[str, int] = {}
    for line in lines:
        if line.isin in first:
            faults.add(line.line, "isin", "each ISIN once", f"{line.isin} stands on line {first[line.isin]} already")
        first.setdefault(line.isin, line.line)
