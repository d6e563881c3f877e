"""A payment advice: gross, tax withheld and net of one coupon or redemption, for one holder and wallet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tokenization.documents.paper import Document, Grid, Side, TrueAt
from tokenization.identity.models import Party
from tokenization.kernel.writing import day, money, units, when


@dataclass(frozen=True)
class Advice:
    """gross = net + tax + disputed, in minor units. `rate` says the tax in words: '15.00 % of PKR 5.00, filer';
    `working` is (label, value) of how gross and tax were worked out."""

    number: int
    party: Party
    what: str
    security: str
    currency: str
    units: int
    gross_minor: int
    tax_minor: int
    net_minor: int
    disputed_minor: int
    rate: str
    payment_date: date
    record_at: datetime
    paid_at: datetime
    paid_by: str
    wallet: str
    true_at: TrueAt
    working: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.gross_minor != self.net_minor + self.tax_minor + self.disputed_minor:
            raise ValueError(f"{self.gross_minor} is not net, tax and what is in dispute together")


def payment_advice(paid: Advice) -> Document:
    """As of the payment; the units are those of the record block."""
    withheld = f"Tax withheld ({paid.rate})" if paid.rate else "Tax withheld"
    rows = [("Gross", money(paid.gross_minor, paid.currency)), (withheld, money(-paid.tax_minor, paid.currency))]
    if paid.disputed_minor:
        rows.append(("Held until a dispute is settled", money(-paid.disputed_minor, paid.currency)))
    return Document(
        kind="Payment advice",
        reference=f"PA-{paid.number:08d}",
        at=paid.paid_at,
        lead=f"You were paid for {paid.security}.",
        sides=(Side("Paid to", (paid.party.name, paid.party.reference)),),
        facts=(
            ("For", paid.what),
            ("Security", paid.security),
            ("Units held at the record instant", units(paid.units)),
            ("Record instant", when(paid.record_at)),
            ("Payment date", day(paid.payment_date)),
            ("Paid", when(paid.paid_at)),
            ("By", paid.paid_by),
            *paid.working,
        ),
        grids=(
            Grid(
                "Amount", ("What", "#Amount"), tuple(rows), ("Net, paid to you", money(paid.net_minor, paid.currency))
            ),
        ),
        codes=(("Units held in wallet", paid.wallet),),
        true_at=paid.true_at,
    )
