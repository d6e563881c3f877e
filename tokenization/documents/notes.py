"""What a buyer gets on paper: the letter that says what was allotted and what to pay, and the note of the delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from issuance.allotment.models import Allotment
from issuance.allotment.pricing import unit_price_words
from tokenization.documents.paper import Document, Grid, Side, TrueAt
from tokenization.kernel.money import Money
from tokenization.kernel.writing import day, money, units, when

AMOUNT_HEADS = ("What", "#Amount")


@dataclass(frozen=True)
class HowToPay:
    """`account` in words a bank clerk can use; `until` is the last instant at which it still counts. `iban` and `bank`
    are empty where no settlement account in this currency was named."""

    amount_minor: int
    currency: str
    reference: str
    account: str
    until: datetime
    iban: str = ""
    bank: str = ""

    @property
    def figure(self) -> str:
        """As a bank's form takes it: digits, a point, no grouping."""
        return f"{Money(self.amount_minor, self.currency).amount()}"


@dataclass(frozen=True)
class Delivery:
    """The units in the buyer's wallet: by which transaction, in which final block."""

    wallet: str
    transaction: str
    paid_at: datetime
    payment_reference: str
    true_at: TrueAt


def allotment_letter(allotment: Allotment, at: datetime, source: str, pay: HowToPay | None) -> Document:
    """As of the decision at `at`; `source` names the auction or offer. Without `pay` nothing can be paid yet."""
    return Document(
        kind="Allotment letter",
        reference=f"AL-{allotment.pk:08d}",
        at=at,
        lead=f"From {source} you were allotted the following security.",
        sides=(_buyer(allotment),),
        facts=(*_paper(allotment), *(_payment(pay) if pay else ())),
        grids=(_amounts(allotment),),
        notes=(_pay_words(pay),),
    )


def contract_note(allotment: Allotment, source: str, done: Delivery) -> Document:
    """As of the block in which the units arrived."""
    assert done.true_at.at is not None  # noqa: S101 the block of a posted entry is stored
    return Document(
        kind="Contract note",
        reference=f"CN-{allotment.pk:08d}",
        at=done.true_at.at,
        lead=f"You bought the following security from {source}. It is paid and delivered.",
        sides=(_buyer(allotment),),
        facts=(
            *_paper(allotment),
            ("Paid", when(done.paid_at)),
            ("Payment reference", done.payment_reference),
            ("Delivered", when(done.true_at.at)),
        ),
        grids=(_amounts(allotment),),
        codes=(("Wallet", done.wallet), ("Transaction", done.transaction)),
        true_at=done.true_at,
    )


def _buyer(allotment: Allotment) -> Side:
    return Side("Buyer", (allotment.party.name, allotment.party.reference))


def _paper(allotment: Allotment) -> tuple[tuple[str, str], ...]:
    series = allotment.series
    coupon = (("Coupon", f"{series.coupon_pct.normalize():f} % a year"),) if series.coupon_pct else ()
    return (
        ("Security", series.name),
        ("ISIN", series.isin),
        *coupon,
        ("Long-stop date" if series.is_reserve else "Matures", day(series.maturity_date)),
        ("Settlement date", day(allotment.settlement_date)),
        ("Units", units(allotment.units)),
        ("Quantity" if series.is_reserve else "Face value", money(allotment.face_minor, series.currency)),
        *(
            unit_price_words(series, allotment.price)
            if series.is_reserve
            else (("Price per 100 of face", f"{allotment.price:f}"),)
        ),
    )


def _amounts(allotment: Allotment) -> Grid:
    currency = allotment.series.payment_currency
    rows: tuple[tuple[str, str], ...] = (
        (
            "Price of the units" if allotment.series.is_reserve else "Price of the paper",
            money(allotment.proceeds_minor - allotment.accrued_minor, currency),
        ),
        *(() if allotment.series.is_reserve else (("Accrued interest", money(allotment.accrued_minor, currency)),)),
    )
    return Grid("Amount", AMOUNT_HEADS, rows, ("To pay", money(allotment.proceeds_minor, currency)))


def _payment(pay: HowToPay) -> tuple[tuple[str, str], ...]:
    return (
        ("Pay into", pay.account),
        ("Quoting the reference", pay.reference),
        ("At the latest by", when(pay.until)),
    )


def _pay_words(pay: HowToPay | None) -> str:
    if pay is None:
        return "Payment details follow once the settlement is opened. Do not pay before."
    return (
        f"Pay exactly {money(pay.amount_minor, pay.currency)} and quote the reference: a payment of another amount or "
        "without the reference is set aside and returned. What is not paid in time lapses."
    )
