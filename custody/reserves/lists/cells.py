"""The cells of one line as what they mean, every fault by line, field and rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from tokenization.files.rows import Cell, Faults, Wrong
from tokenization.kernel.money import minor_digits

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*", re.ASCII)
_PAPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]*", re.ASCII)
_PLAIN = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?", re.ASCII)
QUANTITY_DIGITS = 12


class LineReader:
    """`measure` says how many decimals a quantity may have."""

    def __init__(self, line: int, cells: Mapping[str, Cell], measure: str, faults: Faults) -> None:
        self.line = line
        self.measure = measure
        self.faults = faults
        self._cells = cells
        self._before = len(faults.found)

    @property
    def faulty(self) -> bool:
        return len(self.faults.found) > self._before

    def fault(self, field: str, rule: str, message: str) -> None:
        self.faults.add(self.line, field, rule, message)

    def text(self, field: str) -> str:
        """The cell; '' with a fault added where it cannot be taken."""
        cell = self._cells.get(field, "")
        if isinstance(cell, Wrong):
            self.fault(field, cell.rule, cell.message)
            return ""
        if cell == "":
            self.fault(field, f"{field}.given", f"no {field} is given")
        return cell

    def name(self, field: str, longest: int = 40) -> str:
        """Part of what an item is called: every run of spaces is one, and "/" stands between the parts."""
        return self._named(field, longest, _NAME, "'.', '_', '-'")

    def paper(self, field: str, longest: int = 40) -> str:
        """The name of a document or of who wrote it."""
        return self._named(field, longest, _PAPER, "'.', '_', '/', '-'")

    def _named(self, field: str, longest: int, pattern: re.Pattern[str], marks: str) -> str:
        found = " ".join(self.text(field).split())
        if found and (len(found) > longest or not pattern.fullmatch(found)):
            allowed = f"1 to {longest} letters, digits, spaces, {marks}"
            self.fault(field, "name.plain", f"{found!r:.60} is not {allowed}")
        return found

    def quantity(self, field: str) -> int:
        """In the measure's smallest unit; 0 with a fault where it is not a positive number of that precision."""
        digits = minor_digits(self.measure)
        found = self._plain(field)
        whole, _, part = found.partition(".")
        if not found:
            return 0
        if len(whole) > QUANTITY_DIGITS:
            self.fault(field, "quantity.size", f"{found:.40} has more than {QUANTITY_DIGITS} digits before the point")
        elif len(part) > digits:
            self.fault(field, "quantity.decimals", f"{found} has more than {digits} decimals")
        elif not Decimal(found):
            self.fault(field, "quantity.positive", "a quantity is above 0")
        else:
            return int(whole + part.ljust(digits, "0"))
        return 0

    def decimal(self, field: str, *, whole: int, places: int, rule: str) -> Decimal | None:
        """At most so many digits before and after the point."""
        found = self._plain(field)
        if not found:
            return None
        before, _, after = found.partition(".")
        if len(before) > whole or len(after) > places:
            self.fault(field, rule, f"{found:.40} has more than {whole} digits before or {places} after the point")
            return None
        return Decimal(found)

    def integer(self, field: str, low: int, high: int) -> int | None:
        found = self._plain(field)
        if not found:
            return None
        if "." in found or len(found) > 9 or not low <= int(found) <= high:
            self.fault(field, f"{field}.range", f"{found:.40} is not a whole number from {low} to {high}")
            return None
        return int(found)

    def _plain(self, field: str) -> str:
        found = self.text(field)
        if not found or _PLAIN.fullmatch(found):
            return found
        if _NEGATIVE.fullmatch(found):
            self.fault(field, "number.not_negative", f"{found:.40} is negative")
        else:
            self.fault(field, "number.plain", f"{found!r:.40} is not a plain number: digits and at most one point")
        return ""
