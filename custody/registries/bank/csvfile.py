"""The statement as CSV, for a bank without ISO 20022. The layout stands in README.md. `render` writes the same."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date

from custody.registries.bank.document import (
    ID_LENGTH,
    REFERENCE_LENGTH,
    TEXT_LENGTH,
    Line,
    Statement,
    check_lines,
    check_sum,
    iban_valid,
    minor_of,
    refuse,
)
from tokenization.files.rows.cells import Faults
from tokenization.kernel.money import Money

MAGIC, VERSION = "BANK-STATEMENT", "1"
HEADER = (
    *("H", "magic", "version", "statement_id", "iban", "currency", "electronic_number", "legal_number"),
    *("opening_on", "opening", "closing_on", "closing"),
)
COLUMNS = (
    *("bank_reference", "direction", "amount", "reversal", "booking_date", "value_date"),
    *("end_to_end_id", "remittance"),
)
DIRECTIONS = {"CRDT": True, "DBIT": False}
REVERSALS = {"": False, "R": True}
Row = tuple[int, list[str]]


def parse(content: bytes) -> Statement:
    """Read a statement. Problems (line, field, rule; all that were found) if anything is not as the layout says."""
    faults = Faults()
    rows = _rows(content)
    _trailer(content, rows, faults)
    cells = dict(zip(HEADER, rows[0][1], strict=False))
    if len(rows[0][1]) != len(HEADER) or rows[0][1][:3] != ["H", MAGIC, VERSION]:
        faults.add(1, "header", f"H,{MAGIC},{VERSION},...", "this is not a statement of version 1")
    if tuple(rows[1][1]) != COLUMNS:
        faults.add(2, "columns", ",".join(COLUMNS), "the columns are others, or in another order")
    faults.stop()
    currency = cells["currency"]
    statement = Statement(
        identification=_word(1, "statement_id", cells["statement_id"], ID_LENGTH, faults, needed=True),
        iban=_iban(cells["iban"], faults),
        currency=currency,
        electronic_number=_count("electronic_number", cells["electronic_number"], faults),
        legal_number=_count("legal_number", cells["legal_number"], faults) if cells["legal_number"] else None,
        opening_on=_day(1, "opening_on", cells["opening_on"], faults),
        opening_minor=_signed(1, "opening", cells["opening"], currency, faults),
        closing_on=_day(1, "closing_on", cells["closing_on"], faults),
        closing_minor=_signed(1, "closing", cells["closing"], currency, faults),
        lines=tuple(line for row in rows[2:-1] if (line := _line(row, currency, faults)) is not None),
    )
    faults.stop()
    check_lines(statement.lines, faults)
    check_sum(statement, 1, "closing", faults)
    faults.stop()
    return statement


def render(statement: Statement) -> bytes:
    """The bytes that `parse` reads back as this statement."""
    plain = str(statement.legal_number or "")
    rows: list[list[str]] = [
        [
            *("H", MAGIC, VERSION, statement.identification, statement.iban, statement.currency),
            *(str(statement.electronic_number), plain),
            *(statement.opening_on.isoformat(), _decimal(statement.opening_minor, statement.currency)),
            *(statement.closing_on.isoformat(), _decimal(statement.closing_minor, statement.currency)),
        ],
        list(COLUMNS),
    ]
    for line in statement.lines:
        rows.append(
            [
                *(line.reference, "CRDT" if line.credit else "DBIT", _decimal(line.amount_minor, statement.currency)),
                *("R" if line.reversal else "", line.booking_date.isoformat(), line.value_date.isoformat()),
                *(line.end_to_end_id, line.remittance),
            ]
        )
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    body = out.getvalue().encode()
    return body + f"T,{len(statement.lines)},{hashlib.sha256(body).hexdigest()}\n".encode()


def _decimal(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).amount():f}"


def _rows(content: bytes) -> list[Row]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refuse(content[: error.start].count(b"\n") + 1, "", "UTF-8", f"byte {error.start} is not") from None
    if any(letter in text for letter in "\r\x00\ufeff"):
        raise refuse(1, "", "plain lines", "the file holds CR, NUL or a byte-order mark")
    if not text.endswith("\n"):
        raise refuse(text.count("\n") + 1, "", "complete file", "the last line has no end: the file is truncated")
    rows = [_cells(number, row) for number, row in enumerate(text.split("\n")[:-1], start=1)]
    if len(rows) < 3:
        raise refuse(len(rows), "", "complete file", "header, columns and trailer are not all there")
    return rows


def _cells(number: int, row: str) -> Row:
    try:
        (cells,) = list(csv.reader([row], strict=True)) or [[]]
    except csv.Error as error:
        raise refuse(number, "", "RFC 4180, one record a line", str(error)) from None
    return number, cells


def _trailer(content: bytes, rows: list[Row], faults: Faults) -> None:
    number, cells = rows[-1]
    if len(cells) != 3 or cells[0] != "T":
        raise refuse(number, "trailer", "T,rows,sha256", "the trailer is missing: the file is truncated")
    if cells[1] != str(len(rows) - 3):
        faults.add(number, "rows", "row count", f"the trailer counts {cells[1]} rows, the file has {len(rows) - 3}")
    if cells[2] != hashlib.sha256(content[: content[:-1].rfind(b"\n") + 1]).hexdigest():
        faults.add(number, "sha256", "checksum", "the checksum is not that of the lines before the trailer")


def _line(row: Row, currency: str, faults: Faults) -> Line | None:
    number, cells = row
    if len(cells) != len(COLUMNS):
        faults.add(number, "", f"{len(COLUMNS)} cells", f"the line has {len(cells)} cells")
        return None
    cell = dict(zip(COLUMNS, cells, strict=True))
    if cell["direction"] not in DIRECTIONS:
        faults.add(number, "direction", "CRDT or DBIT", f"{cell['direction']!r}")
    if cell["reversal"] not in REVERSALS:
        faults.add(number, "reversal", "R or empty", f"{cell['reversal']!r}")
    minor = minor_of(cell["amount"], currency)
    if isinstance(minor, str):
        faults.add(number, "amount", "exact amount", minor)
    elif minor == 0:
        faults.add(number, "amount", "positive", "an entry moves something")
    return Line(
        line=number,
        path=f"line {number}",
        reference=_word(number, "bank_reference", cell["bank_reference"], REFERENCE_LENGTH, faults, needed=True),
        credit=DIRECTIONS.get(cell["direction"], True),
        amount_minor=minor if isinstance(minor, int) else 0,
        reversal=REVERSALS.get(cell["reversal"], False),
        booking_date=_day(number, "booking_date", cell["booking_date"], faults),
        value_date=_day(number, "value_date", cell["value_date"], faults),
        end_to_end_id=_word(number, "end_to_end_id", cell["end_to_end_id"], REFERENCE_LENGTH, faults),
        remittance=_word(number, "remittance", cell["remittance"], TEXT_LENGTH, faults),
    )


def _word(number: int, field: str, text: str, length: int, faults: Faults, *, needed: bool = False) -> str:
    if len(text) > length:
        faults.add(number, field, f"at most {length} characters", f"the text has {len(text)}")
    if needed and not text.strip():
        faults.add(number, field, "required", f"{field} is missing")
    if text != " ".join(text.split()):
        faults.add(number, field, "single spaces", "spaces at the ends, double, or of another kind")
    return text


def _iban(text: str, faults: Faults) -> str:
    if not iban_valid(text):
        faults.add(1, "iban", "ISO 13616", f"{text!r} is not an IBAN")
    return text


def _count(field: str, text: str, faults: Faults) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text):
        faults.add(1, field, "positive whole number", f"{text!r}")
        return 0
    return int(text)


def _day(number: int, field: str, text: str, faults: Faults) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.add(number, field, "ISO 8601 date", f"{text!r}")
    return date.min


def _signed(number: int, field: str, text: str, currency: str, faults: Faults) -> int:
    minor = minor_of(text.removeprefix("-"), currency)
    if isinstance(minor, str):
        faults.add(number, field, "exact amount", minor)
        return 0
    return -minor if text.startswith("-") else minor
