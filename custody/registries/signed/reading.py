"""A list of signatures as the house hands it in: CSV, or the JSON that was downloaded, with its signatures filled in.

CSV: a line of titles, then `security,number,registry_reference,signature`. JSON: a list of objects with those four
names; what else they hold (the document that was signed) is not read. Pure: knows no database.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tokenization.kernel.errors import LineProblem, Problems

COLUMNS = ("security", "number", "registry_reference", "signature")
MOST = 5_000
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_SIGNATURE = re.compile(r"0x[0-9a-fA-F]{130}")


@dataclass(frozen=True)
class SignedLine:
    """`line` as an editor counts in CSV, the place in the list in JSON; `number` is of the security's counter."""

    line: int
    security: str
    number: int
    registry_reference: str
    signature: str


def parse(content: bytes) -> list[SignedLine]:
    """Every line, or Problems with all that is wrong with any."""
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise Problems([LineProblem(0, "", "UTF-8", "The file is not text.")]) from error
    rows = list(_json(text) if text[:1] in ("[", "{") else _csv(text))
    if not rows or len(rows) > MOST:
        said = f"1 to {MOST:,} signatures"
        raise Problems([LineProblem(0, "", said, f"There are {len(rows):,} lines with a signature.")])
    faults = [fault for line, cells in rows for fault in _faults(line, cells)] + list(_twice(rows))
    if faults:
        raise Problems(faults)
    return [
        SignedLine(line, c["security"], int(c["number"]), c["registry_reference"], c["signature"]) for line, c in rows
    ]


Row = tuple[int, dict[str, str]]


def _csv(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        titles = tuple(cell.strip() for cell in next(reader, []))
        if titles != COLUMNS:
            raise Problems([LineProblem(1, "", ",".join(COLUMNS), "The line of titles is another one.")])
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(COLUMNS):
                raise Problems([LineProblem(reader.line_num, "", "4 fields", f"There are {len(cells)} fields.")])
            yield reader.line_num, dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        raise Problems([LineProblem(reader.line_num, "", "CSV", str(error))]) from error


def _json(text: str) -> Iterator[Row]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Problems([LineProblem(getattr(error, "lineno", 0), "", "JSON", "This is not JSON.")]) from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise Problems([LineProblem(0, "", "a list of objects", "The JSON is something else.")])
    for place, entry in enumerate(found, 1):
        yield place, {name: _text(entry.get(name)) for name in COLUMNS}


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _faults(line: int, cells: dict[str, str]) -> Iterator[LineProblem]:
    if not cells["security"]:
        yield LineProblem(line, "security", "ISIN or PKR-CASH", "Whose number it is, is missing.")
    if not _NUMBER.fullmatch(cells["number"]):
        yield LineProblem(line, "number", "digits", f"“{cells['number'][:40]}” is not an instruction's number.")
    if not 0 < len(cells["registry_reference"]) <= 64:
        yield LineProblem(line, "registry_reference", "1 to 64 characters", "The reference is missing or too long.")
    if not _SIGNATURE.fullmatch(cells["signature"]):
        yield LineProblem(line, "signature", "0x and 130 hexadecimal digits", "This is not a signature.")


def _twice(rows: list[Row]) -> Iterator[LineProblem]:
    seen: dict[tuple[str, str], int] = {}
    for line, cells in rows:
        first = seen.setdefault((cells["security"], cells["number"]), line)
        if first != line:
            yield LineProblem(
                line, "number", "each once", f"No. {cells['number'][:40]} stands in line {first} already."
            )
