"""A holder's statement: what one party held at a block, what it cost, what it earned, what it was paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tokenization.documents.paper import Document, Grid, Side, TrueAt
from tokenization.identity.models import Party
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.money import Money
from tokenization.kernel.writing import EMPTY, day, money, units, when


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

    @property
    def money_in(self) -> str:
        return self.paid_in or self.currency


@dataclass(frozen=True)
class PaymentLine:
    on: date
    what: str
    isin: str
    currency: str
    gross_minor: int
    tax_minor: int
    net_minor: int


@dataclass(frozen=True)
class CashLine:
    """Settlement cash in one wallet."""

    wallet: str
    currency: str
    minor: int


@dataclass(frozen=True)
class Held:
    """All that a statement lists."""

    lines: Sequence[StatementLine]
    cash: Sequence[CashLine]
    paid: Sequence[PaymentLine]


def statement(party: Party, on: date, true_at: TrueAt, held: Held, *, made_at: datetime, whole_day: bool) -> Document:
    """As of the block, which is the last one of that day, or of that day so far: then the statement says so."""
    assert true_at.at is not None  # noqa: S101 a statement is made of a stored block
    until = (
        f"at the end of {day(on)}" if whole_day else f"on {day(on)} until {when(true_at.at)}, the day not being over"
    )
    return Document(
        kind="Statement of holdings",
        reference=f"{party.reference}, {day(on)}",
        at=true_at.at,
        lead=f"What {party.name} held {until}, by the register of the state's securities.",
        sides=(Side("Holder", (party.name, party.reference)),),
        facts=(("Made", when(made_at)),),
        grids=(
            _holdings(held.lines), _values(held.lines), _cash(held.cash), _payments(held.paid), _totals(held.paid),
            _wallets(held.lines),
        ),
        notes=_notes(held.lines),
        true_at=true_at,
    )  # fmt: skip


ROW_TITLES = (
    "Kind", "What", "ISIN", "Date", "Wallet", "Units", "Currency", "Paid in", "Face", "Cost", "Accrued interest",
    "Value", "Price", "Gross", "Tax withheld", "Net",
)  # fmt: skip


def statement_rows(held: Held) -> list[tuple[object, ...]]:
    """The same for a spreadsheet, a line each: amounts in whole units of their currency with its decimals. The date is
    that of maturity or of payment. Face is in the currency (or measure), all money in what the security is paid in."""

    def of(currency: str, *minors: int | None) -> list[Decimal | None]:
        return [None if minor is None else Money(minor, currency).amount() for minor in minors]

    none = (None,) * 3
    rows: list[tuple[object, ...]] = [
        (
            "holding", line.name, line.isin, line.matures, None, line.units, line.currency, line.money_in,
            *of(line.currency, line.face_minor),
            *of(line.money_in, line.cost_minor, line.accrued_minor, line.value_minor), line.price, *none,
        )
        for line in held.lines
    ]  # fmt: skip
    rows += [
        (
            "cash", "Settlement cash", None, None, line.wallet, None, line.currency, line.currency, None, None, None,
            *of(line.currency, line.minor), None, *none,
        )
        for line in held.cash
    ]  # fmt: skip
    return rows + [
        (
            "payment", row.what, row.isin, row.on, None, None, row.currency, row.currency, *(None,) * 5,
            *of(row.currency, row.gross_minor, row.tax_minor, row.net_minor),
        )
        for row in held.paid
    ]  # fmt: skip


def _holdings(lines: Sequence[StatementLine]) -> Grid:
    rows = tuple(
        (line.name, line.isin, day(line.matures), units(line.units), money(line.face_minor, line.currency))
        for line in lines
    )
    # Of a reserve the day is the last one on which it may be asked for, and the figure what lies behind the units.
    reserve = any(line.currency in MEASURES for line in lines)
    until, held = ("Matures or long-stop date", "Face value or backing") if reserve else ("Matures", "Face value")
    heads = ("Security", "ISIN", until, "#Units", f"#{held}")
    return Grid("Holdings", heads, rows, empty="Nothing was held.")


def _values(lines: Sequence[StatementLine]) -> Grid:
    def said(line: StatementLine, minor: int | None) -> str:
        return EMPTY if minor is None else money(minor, line.money_in)

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
            f"{line.what}, {line.isin}",
            money(line.gross_minor, line.currency),
            money(line.tax_minor, line.currency),
            money(line.net_minor, line.currency),
        )
        for line in paid
    )
    heads = ("Date", "What", "#Gross", "#Tax withheld", "#Net")
    return Grid("Payments up to that day", heads, rows, empty="Nothing was paid yet.")


def _totals(paid: Sequence[PaymentLine]) -> Grid:
    """One line for each currency: they are never added."""
    rows = []
    for currency in sorted({line.currency for line in paid}):
        own = [line for line in paid if line.currency == currency]
        sums = (
            sum(row.gross_minor for row in own),
            sum(row.tax_minor for row in own),
            sum(row.net_minor for row in own),
        )
        rows.append((currency, *(money(total, currency) for total in sums)))
    heads = ("All payments together", "#Gross", "#Tax withheld", "#Net")
    return Grid("Totals of these payments", heads, tuple(rows), empty="Nothing was paid yet.")


def _cash(lines: Sequence[CashLine]) -> Grid:
    rows = tuple((line.wallet, money(line.minor, line.currency)) for line in lines)
    return Grid("Settlement cash", ("Wallet", "#Amount"), rows, empty="No wallet held settlement cash.")


def _wallets(lines: Sequence[StatementLine]) -> Grid:
    rows = tuple((line.isin, address, units(count)) for line in lines for address, count in line.wallets)
    return Grid("Securities by wallet", ("ISIN", "Wallet", "#Units"), rows, empty="None held securities.")


def _notes(lines: Sequence[StatementLine]) -> tuple[str, ...]:
    if not lines:
        return ()
    return (
        "Cost is the average price paid for the paper, without accrued interest bought along. Accrued interest and "
        "value are before tax; interest is that on 100 of face, rounded to the decimals in which the market prints it, "
        "on the whole face. Value is the face at the last price at which the state sold the security, and is no "
        "offer to buy it back.",
    )
