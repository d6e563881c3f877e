"""What each side of a trade gets on paper. The other side is a wallet: who it is, is his to tell."""

from __future__ import annotations

from dataclasses import dataclass

from issuance.series.models import Series
from tokenization.documents.paper import Document, Side, TrueAt
from tokenization.identity.models import Party
from tokenization.kernel.writing import day, money, units, when


@dataclass(frozen=True)
class Traded:
    """`bought` says whether `party` was the buyer; `true_at` is the block in which both legs moved."""

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


def trade_note(done: Traded) -> Document:
    """The amount is all in all: a price agreed between two includes whatever interest has run."""
    assert done.true_at.at is not None  # noqa: S101 the block of a posted entry is stored
    series, face = done.series, done.units * done.series.denomination_minor
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
            ("Matures", day(series.maturity_date)),
            ("Units", units(done.units)),
            ("Face value", money(face, series.currency)),
            (f"{to_pay}, all in all", money(done.amount_minor, done.currency)),
            ("Settled", when(done.true_at.at)),
        ),
        notes=("The amount was agreed between the two sides and includes accrued interest, if any.",),
        codes=(
            ("Your wallet", done.wallet),
            ("The other side's wallet", done.other_wallet),
            ("Transaction", done.transaction),
            ("What both signed", done.digest),
        ),
        true_at=done.true_at,
    )
