"""What each side of a trade gets on paper. The other side is a wallet: who it is, is his to tell."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from issuance.maths.rounding import half_up
from issuance.series.models import Series
from tokenization.documents.paper import Document, Side, TrueAt
from tokenization.identity.models import Party
from tokenization.kernel.money import minor_digits
from tokenization.kernel.writing import day, money, price, units, when


@dataclass(frozen=True)
class Traded:
    """`bought` says whether `party` was the buyer; `true_at` is the block in which both legs moved; `accrued_minor` is
    the interest that had run on the units by that day, None where none runs."""

    number: int
    party: Party
    bought: bool
    series: Series
    units: int
    amount_minor: int
    currency: str
    wallet: str
    other_wallet: str
    transaction: str
    digest: str
    true_at: TrueAt
    accrued_minor: int | None = None


DEBT_NOTE = "The amount was agreed between the two sides and includes accrued interest, if any."
UNITS_NOTE = "The amount was agreed between the two sides. The units bear no interest."


def _paper(done: Traded) -> tuple[tuple[str, str], ...]:
    """Debt has a face, a price of it and a maturity; units of a commodity have what backs them and a long-stop date."""
    series, held = done.series, done.units * done.series.denomination_minor
    if series.is_reserve:
        each = Decimal(done.amount_minor) / done.units / 10 ** minor_digits(done.currency)
        return (
            ("Long-stop date", day(series.maturity_date)),
            ("Units", units(done.units)),
            ("What backs them", money(held, series.currency)),
            ("What the holder has in law", str(series.get_claim_display())),
            ("Price per unit", f"{done.currency} {price(half_up(each, 4))}"),
        )
    return (
        ("Matures", day(series.maturity_date)),
        ("Units", units(done.units)),
        ("Face value", money(held, series.currency)),
        ("Price per 100 of face, interest included", price(half_up(Decimal(100 * done.amount_minor) / held, 4))),
        *((("of which accrued interest", money(done.accrued_minor, done.currency)),) if done.accrued_minor else ()),
    )


def trade_note(done: Traded) -> Document:
    """The amount is all in all: a price agreed between two includes whatever interest has run."""
    assert done.true_at.at is not None  # noqa: S101 the block of a posted entry is stored
    series = done.series
    verb, role = ("bought", "Buyer") if done.bought else ("sold", "Seller")
    to_pay = "Paid" if done.bought else "Received"
    return Document(
        kind="Contract note",
        reference=f"TN-{done.number:08d}-{role[0]}",
        at=done.true_at.at,
        lead=f"You {verb} the following security against cash tokens. Both legs moved in one transaction.",
        sides=(Side(role, (done.party.name, done.party.reference)),),
        facts=(
            ("Security", series.name),
            ("ISIN", series.isin),
            *_paper(done),
            (f"{to_pay}, all in all", money(done.amount_minor, done.currency)),
            ("Settled", when(done.true_at.at)),
        ),
        notes=(UNITS_NOTE if series.is_reserve else DEBT_NOTE,),
        codes=(
            ("Your wallet", done.wallet),
            ("The other side's wallet", done.other_wallet),
            ("Transaction", done.transaction),
            ("What both signed", done.digest),
        ),
        true_at=done.true_at,
    )
