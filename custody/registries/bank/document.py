"""What a file of the bank says, whatever its format. Pure: knows no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from stdnum.iso7064 import mod_97_10

from tokenization.files.rows.cells import Faults
from tokenization.kernel.errors import LineProblem, Problems
from tokenization.kernel.money import MINOR_DIGITS, minor_digits

REFERENCE_LENGTH, TEXT_LENGTH, ID_LENGTH = 35, 500, 35
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]+))?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


@dataclass(frozen=True)
class Line:
    """One movement of the account. `line` as an editor counts, `path` where it stands; amount in minor units, > 0."""

    line: int
    path: str
    reference: str
    credit: bool
    amount_minor: int
    reversal: bool
    booking_date: date
    value_date: date
    end_to_end_id: str
    remittance: str

    @property
    def signed(self) -> int:
        return self.amount_minor if self.credit else -self.amount_minor


@dataclass(frozen=True)
class Statement:
    """An account between two balances: opening + lines = closing, in minor units of the account's currency."""

    identification: str
    iban: str
    currency: str
    electronic_number: int
    legal_number: int | None
    opening_on: date
    opening_minor: int
    closing_on: date
    closing_minor: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Notification:
    """Single credits told during the day; no balances. The statement books the same entries."""

    identification: str
    iban: str
    currency: str
    lines: tuple[Line, ...]


Parsed = Statement | Notification


def refuse(line: int, field: str, rule: str, message: str) -> Problems:
    return Problems([LineProblem(line, field, rule, message)])


def iban_valid(text: str) -> bool:
    """Whether `text` is a compact IBAN with right check digits (ISO 13616). Synthetic ones begin with XX."""
    return _IBAN.fullmatch(text) is not None and bool(mod_97_10.is_valid(text[4:] + text[:4]))


def minor_of(text: str, currency: str) -> int | str:
    """Minor units of a plain decimal number, or in words why it is none."""
    if currency not in MINOR_DIGITS:
        return f"{currency!r} is not a currency this platform knows"
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return f"{text!r} is not a plain number"
    digits, fraction = minor_digits(currency), match.group(2) or ""
    if len(fraction) > digits:
        return f"{text!r} is more precise than {currency}, which has {digits} decimals"
    return int(match.group(1) + fraction.ljust(digits, "0"))


def day_of(text: str) -> date | None:
    """The date of an ISO date or date-time, as the bank wrote it; None if it is neither."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?", text):
            return date.fromisoformat(text[:10])
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def check_lines(lines: Sequence[Line], faults: Faults) -> None:
    """The bank's own reference names one credit and one debit at most."""
    first: dict[tuple[str, bool], Line] = {}
    for line in lines:
        key = (line.reference, line.credit)
        if key in first:
            told = f"{line.reference} stands on line {first[key].line} already"
            faults.add(line.line, line.path, "each bank reference once", told)
        first.setdefault(key, line)


def check_sum(statement: Statement, line: int, field: str, faults: Faults) -> None:
    total = statement.opening_minor + sum(row.signed for row in statement.lines)
    if total != statement.closing_minor:
        told = (
            f"{statement.opening_minor} and the entries make {total} minor units, "
            f"the closing balance says {statement.closing_minor}"
        )
        faults.add(line, field, "opening + entries = closing", told)
    if statement.closing_on < statement.opening_on:
        faults.add(line, field, "closes after it opens", f"{statement.closing_on} is before {statement.opening_on}")
