"""How pages and papers write a figure of a run: one place, so that both say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from custody.reconciliation.models import EquationResult, Observation, Source
from custody.reconciliation.selectors import measured_in
from custody.reconciliation.standing import attestation_named
from custody.tokenisation.models import TokenContract
from tokenization.kernel.writing import money, units, when

ATTESTATION = "attestation"
# What a journal's clerk calls so, and what an auditor would read.
SAID = {
    "attestation": "examiner's attestation",
    "unswept": "paid by buyers, not yet passed on",
    "recoverable": "paid by bank in place of tokens",
    "undue units": "units that no instruction explains",
}
# One word of the records for two things, by whose figure it is.
OF = {
    (Source.CHAIN, "eligible"): "what the contract would issue on now",
    (Source.ATTESTATION, "eligible"): "what units may stand on",
}
AT_MOST = ("reserve.backing", "reserve.attested")


def named(row: Observation) -> str:
    """The name of an observation in words."""
    return OF.get((Source(row.source), row.name), SAID.get(row.name, row.name.replace("_", " ")))


def sign(row: EquationResult) -> str:
    """How the two sides of an equation stand to each other."""
    if row.name in AT_MOST:
        return "≤" if row.holds else ">"
    return "=" if row.holds else "≠"


def stated(row: EquationResult) -> str:
    """The equation in words; those of old runs explain how their shortfall is counted, which is shown now."""
    return row.words.partition("; short by")[0].replace("<=", "≤")


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
    """Left, right and difference; where the left counts what differs it says so, for the right is then always none.

    Of what must be at most something, both quantities, and by how much it is short.
    """
    cash, off = row.name.startswith("cash."), row.difference
    if row.name in AT_MOST and "needed" in row.detail:
        most = row.detail["listed"] if "listed" in row.detail else row.detail["eligible"]
        needed, most = (figure(int(side), row.unit, token) for side in (row.detail["needed"], most))
        return needed, most, figure(off, row.unit, token)
    if row.name == "attestation.number":
        left, right = (numbered(int(side), token) for side in (row.left, row.right))
        return left, right, f"{abs(int(off)):,}"
    left, right = (figure(side, row.unit, token, cash=cash) for side in (row.left, row.right))
    if row.name.startswith("chain.each."):
        left, right = f"differences of {left}", "none"
    apart = f"{abs(int(off)):,}" if row.unit in ("number", "seconds") else figure(off, row.unit, token, cash=cash)
    return left, right, f"{apart} seconds" if row.unit == "seconds" else apart


def numbered(number: int, token: TokenContract) -> str:
    """Which attestation it is, of what."""
    return attestation_named(number, token.currency) if number else "none"


def as_of(row: Observation) -> datetime:
    """Of which instant a list or an attestation speaks."""
    return datetime.fromisoformat(str(row.detail["as_of"]).partition(",")[0])


def observed(row: Observation, token: TokenContract) -> str:
    """What a record showed; how many numbers were used is a count, not a quantity."""
    if row.name == "numbers used":
        return f"{units(int(row.value))} numbers"
    if row.name == ATTESTATION:
        return numbered(int(row.value), token)
    if row.name.startswith("list of ") and row.detail.get("as_of"):
        return f"No. {int(row.value)} as of {when(as_of(row))}"
    return figure(row.value, row.unit, token, cash=row.source == Source.CASH)
