"""How pages and papers write a figure of a run: one place, so that both say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from custody.reconciliation.models import EquationResult, Observation, Source
from custody.reconciliation.selectors import measured_in
from custody.tokenisation.models import TokenContract
from tokenization.kernel.writing import money, units, when

# What a journal's clerk calls so, and what an auditor would read.
SAID = {
    "unswept": "paid by buyers, not yet passed on",
    "recoverable": "paid by bank in place of tokens",
    "undue units": "units that no instruction explains",
}


def named(name: str) -> str:
    """The name of an observation in words."""
    return SAID.get(name, name.replace("_", " "))


def figure(value: Decimal | int, unit: str, token: TokenContract, *, cash: bool = False) -> str:
    """Units with their word; minor units, and the units of a cash token, as money; numbers and instants as such.

    `cash`: a figure of money due, and not of what the token counts.
    """
    exact = int(value)
    if unit == "minor" or (unit == "units" and token.is_cash):
        return money(exact, measured_in(token, cash=cash))
    if unit == "number":
        return f"No. {exact}" if exact else "none"
    if unit == "seconds":
        return when(datetime.fromtimestamp(exact, UTC)) if exact else "none"
    return f"{units(exact)} {unit.removesuffix('s') if exact == 1 else unit}"


def sides(row: EquationResult, token: TokenContract) -> tuple[str, str, str]:
    """Left, right and difference; where the left counts what differs it says so, for the right is then always none."""
    cash, off = row.name.startswith("cash."), row.difference
    left, right = (figure(side, row.unit, token, cash=cash) for side in (row.left, row.right))
    if row.name.startswith("chain.each."):
        left, right = f"differences of {left}", "none"
    apart = f"{abs(int(off)):,}" if row.unit in ("number", "seconds") else figure(off, row.unit, token, cash=cash)
    return left, right, f"{apart} seconds" if row.unit == "seconds" else apart


def observed(row: Observation, token: TokenContract) -> str:
    """What a record showed; how many numbers were used is a count, not a quantity."""
    if row.name == "numbers used":
        return f"{units(int(row.value))} numbers"
    return figure(row.value, row.unit, token, cash=row.source == Source.CASH)
