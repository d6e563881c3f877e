"""A holder's statement: what one party held at a block, what it cost, what it earned, what it was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tokenization.documents.paper import Document, Grid, Side, TrueAt
from tokenization.identity.models import Party
from tokenization.kernel.writing import EMPTY, day, money, units

HEADS = ("Security", "ISIN", "Matures", "#Units", "#Face value", "#Cost", "#Accrued interest", "#Value")


@dataclass(frozen=True)
class StatementLine:
    """One security. Its face is in minor units of `currency`, money in those of `paid_in` (where that is another one);
    None is what is not known or does not exist."""

    name: str
    isin: str
    matures: date
    units: int
    currency: str
    face_minor: int
    cost_minor: int | None
    accrued_minor: int | None
    value_minor: int | None
    price: str
    wallets: tuple[tuple[str, int], ...]
    paid_in: str = ""


@dataclass(frozen=True)
class PaymentLine:
    on: date
    what: str
    currency: str
    gross_minor: int
    tax_minor: int
    net_minor: int


def statement(
    party: Party, on: date, true_at: TrueAt, lines: Sequence[StatementLine], paid: Sequence[PaymentLine]
) -> Document:
    """As of the end of that day, which is the block: the document's instant is the block's."""
    assert true_at.at is not None  # noqa: S101 a statement is made of a stored block
    return Document(
        kind="Statement of holdings",
        reference=f"{party.reference}, {day(on)}",
        at=true_at.at,
        lead=f"What {party.name} held at the end of {day(on)}, by the register of the state's securities.",
        sides=(Side("Holder", (party.name, party.reference)),),
        grids=(_holdings(lines), _values(lines), _payments(paid), _wallets(lines)),
        notes=_notes(lines),
        true_at=true_at,
    )


def statement_rows(lines: Sequence[StatementLine]) -> list[tuple[object, ...]]:
    """The same holdings for a spreadsheet: amounts in minor units beside their currency."""
    return [
        (
            line.name, line.isin, line.matures, line.units, line.currency, line.face_minor, line.cost_minor,
            line.accrued_minor, line.value_minor, line.price,
        )
        for line in lines
    ]  # fmt: skip


ROW_TITLES = (
    "Security", "ISIN", "Matures", "Units", "Currency", "Face, minor units", "Cost, minor units",
    "Accrued interest, minor units", "Value, minor units", "Price",
)  # fmt: skip


def _holdings(lines: Sequence[StatementLine]) -> Grid:
    rows = tuple(
        (line.name, line.isin, day(line.matures), units(line.units), money(line.face_minor, line.currency))
        for line in lines
    )
    heads = ("Security", "ISIN", "Matures", "#Units", "#Face value")
    return Grid("Holdings", heads, rows, empty="Nothing was held.")


def _values(lines: Sequence[StatementLine]) -> Grid:
    def said(line: StatementLine, minor: int | None) -> str:
        return EMPTY if minor is None else money(minor, line.paid_in or line.currency)

    rows = tuple(
        (
            line.isin,
            said(line, line.cost_minor),
            said(line, line.accrued_minor),
            said(line, line.value_minor),
            line.price,
        )
        for line in lines
    )
    return Grid("Cost, interest and value", ("ISIN", "#Cost", "#Accrued interest", "#Value", "At which price"), rows)


def _payments(paid: Sequence[PaymentLine]) -> Grid:
    rows = tuple(
        (
            day(line.on),
            line.what,
            money(line.gross_minor, line.currency),
            money(line.tax_minor, line.currency),
            money(line.net_minor, line.currency),
        )
        for line in paid
    )
    heads = ("Date", "What", "#Gross", "#Tax withheld", "#Net")
    return Grid("Payments up to that day", heads, rows, empty="Nothing was paid yet.")


def _wallets(lines: Sequence[StatementLine]) -> Grid:
    rows = tuple((line.isin, address, units(count)) for line in lines for address, count in line.wallets)
    return Grid("Wallets", ("ISIN", "Wallet", "#Units"), rows, empty="None held anything.")


def _notes(lines: Sequence[StatementLine]) -> tuple[str, ...]:
    if not lines:
        return ()
    return (
        "Cost is the average price paid for the paper, without accrued interest bought along. Accrued interest and "
        "value are before tax; value is the face at the last price at which the state sold the security, and is no "
        "offer to buy it back.",
    )
