"""What goes into an auction and what comes out of it. Faces are whole units of currency, amounts its minor units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from issuance.maths.faults import Fault


class Bid(NamedTuple):
    """Competitive: with a price per 100 or a yield in percent, or both agreeing. Non-competitive: with neither."""

    id: str
    bidder: str
    face: int
    price: Decimal | None = None
    yield_pct: Decimal | None = None
    competitive: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What the issuer accepts: every bid at or better than `cut_off`, or the best bids up to `amount` of face.

    At the level where `amount` ends, bids share what is left if `pro_rata` (the default for an amount), else they are
    all filled. With both figures, the level of the cut-off is shared so that the whole comes to `amount`. With neither,
    all bids are rejected.
    """

    cut_off: Decimal | None = None
    amount: int | None = None
    pro_rata: bool | None = None

    def __post_init__(self) -> None:
        if self.pro_rata and self.amount is None:
            raise Fault("accept.amount", "needed with pro_rata: the face that the cut-off is shared down to")

    @property
    def rejects_all(self) -> bool:
        return self.amount == 0 or (self.cut_off is None and self.amount is None)

    @property
    def shares(self) -> bool:
        return self.amount is not None if self.pro_rata is None else self.pro_rata


REJECT_ALL = Decision()


class Allotment(NamedTuple):
    """`price` is what is paid per 100 without accrued interest; `amount_minor` includes `accrued_minor`."""

    bid_id: str
    bidder: str
    competitive: bool
    face: int
    price: Decimal | None
    yield_pct: Decimal | None
    amount_minor: int | None
    accrued_minor: int | None


class Voided(NamedTuple):
    """A bid that counts for nothing, by which rule."""

    bid: Bid
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """The whole outcome. `cut_off` is the worst bid that got anything; None where all were rejected.

    `residual` is the decided amount (the target where none was named) less what was allotted out of it: negative when
    more was taken, never hidden. `pro_rata_pct` is the share at the cut-off, None when nothing was shared.
    """

    rule: str
    target: int
    cut_off: Decimal | None
    cut_off_price: Decimal | None
    cut_off_yield_pct: Decimal | None
    weighted_average_price: Decimal | None
    weighted_average_yield_pct: Decimal | None
    accrued: Decimal | None
    pro_rata_pct: Decimal | None
    allotments: tuple[Allotment, ...]
    voided: tuple[Voided, ...]
    residual: int
    offered: int
    offered_noncompetitive: int

    @property
    def accepted(self) -> int:
        return sum(item.face for item in self.allotments if item.competitive)

    @property
    def accepted_noncompetitive(self) -> int:
        return sum(item.face for item in self.allotments if not item.competitive)
