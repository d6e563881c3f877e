"""One cell as text, whatever file it stood in, or what is wrong with it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from tokenization.kernel.errors import LineProblem, Problems

# A spreadsheet keeps 15 significant digits; more were computed, not typed.
DIGITS = 15
MOST_PROBLEMS = 1_000
MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Wrong:
    """A cell that cannot be taken, by which rule."""

    rule: str
    message: str


Cell = str | Wrong


@dataclass(frozen=True, slots=True)
class Row:
    """`line` as an editor or a spreadsheet counts."""

    line: int
    cells: tuple[Cell, ...]

    @property
    def blank(self) -> bool:
        return all(cell == "" for cell in self.cells)


class Faults:
    """What was found wrong so far; `stop` raises it as a whole."""

    def __init__(self) -> None:
        self.found: list[LineProblem] = []

    def add(self, line: int, field: str, rule: str, message: str) -> None:
        self.found.append(LineProblem(line, field, rule, message))

    def stop(self) -> None:
        if self.found:
            raise Problems(sorted(self.found, key=lambda problem: problem.line)[:MOST_PROBLEMS])


def refuse(rule: str, message: str, line: int = 0) -> Problems:
    """The file as a whole."""
    return Problems([LineProblem(line, "", rule, message)])


def text_cell(text: str) -> Cell:
    """The text without plain spaces around it; characters that the eye does not see are refused, not removed."""
    for letter in "" if text.isascii() and text.isprintable() else text:
        if letter != " " and unicodedata.category(letter) in ("Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cn", "Cs"):
            name = unicodedata.name(letter, "a control character").lower()
            return Wrong("text.visible", f"{text!r:.60} holds {name} (U+{ord(letter):04X})")
    return text.strip(" ")


def value_cell(value: object, number_format: str = "General") -> Cell:
    """A spreadsheet's value as the text that was typed; a number goes by its shortest decimal, never by arithmetic."""
    match value:
        case None:
            return ""
        case str():
            return text_cell(value)
        case bool():
            return Wrong("cell.text_or_number", f"{str(value).upper()} is a truth value")
        case int() | float():
            if "%" in number_format:
                return Wrong("number.percent", "formatted as a percentage; type 11.5 for 11.5 %, in a plain cell")
            return _number(Decimal(repr(value)))
        case date() | time() | timedelta():
            return Wrong("cell.no_date", f"the spreadsheet holds a date or time here ({value}); format it as text")
    return Wrong("cell.text_or_number", f"{type(value).__name__} is neither text nor a number")


def _number(typed: Decimal) -> Cell:
    if not typed.is_finite() or abs(typed) >= 10**DIGITS or len(typed.normalize().as_tuple().digits) > DIGITS:
        return Wrong("number.exact", f"{typed} has more than {DIGITS} digits: it was computed, not typed")
    whole = typed.to_integral_value()
    return format(whole if whole == typed else typed, "f")
