"""Auction rules as immutable records. A new rule is one record in RULES; the engine has no `if country`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MILLION = 1_000_000


class Variable(StrEnum):
    """What is bid: a price per 100 (higher is better) or a yield or discount rate in percent (lower is better)."""

    PRICE = "PRICE"
    YIELD = "YIELD"


class Pricing(StrEnum):
    """Who pays what: everybody his own bid, or all the cut-off."""

    MULTIPLE = "MULTIPLE"
    UNIFORM = "UNIFORM"


class Rounding(StrEnum):
    NEAREST = "NEAREST"  # halves up
    UP = "UP"
    DOWN = "DOWN"


class Oversubscription(StrEnum):
    """How a pool of non-competitive bids that asks for too much is served."""

    ASCENDING = "ASCENDING"  # smallest bids first
    PRO_RATA = "PRO_RATA"


@dataclass(frozen=True, slots=True)
class ProRata:
    """How bids at the cut-off share what is left for them; nobody gets more than he bid.

    `block`: shares are rounded to multiples of this face. `full_up_to`: bids of at most this face are filled whole.
    `percent_places`: the percentage itself is first rounded up to that many decimals. `by_bidder`: a bidder's bids at
    the cut-off are rounded together.
    """

    block: int
    rounding: Rounding
    full_up_to: int = 0
    percent_places: int | None = None
    by_bidder: bool = False


@dataclass(frozen=True, slots=True)
class NonCompetitive:
    """Bids without a price. A bidder above the cap, or with two bids where one is allowed, loses all of his.

    The cap of a bidder is the lesser of `cap_bp` (hundredths of a percent of the target) and `cap_face`; the pool is
    `pool_bp` of the target. `first`: served before, and out of the same amount as, the competitive bids.
    """

    one_per_bidder: bool
    cap_bp: int | None
    cap_face: int
    pool_bp: int | None
    oversubscription: Oversubscription
    first: bool = False

    def cap(self, target: int) -> int:
        return self.cap_face if self.cap_bp is None else min(self.cap_face, target * self.cap_bp // 10_000)

    def pool(self, target: int) -> int | None:
        return None if self.pool_bp is None else target * self.pool_bp // 10_000


@dataclass(frozen=True, slots=True)
class Plausible:
    """What a bid of this market looks like: a face up to `targets` times the announced target, a yield from `low` to
    `high` percent a year, by `reason`. What lies outside may be meant and is never refused: it is sent only by somebody
    who was told what it would mean.
    """

    low: Decimal
    high: Decimal
    reason: str
    targets: int = 1


@dataclass(frozen=True, slots=True)
class AuctionRule:
    """`convention` quotes the paper; bids have at most `bid_places` decimals, averages are printed with theirs.

    Faces are whole units of the currency: at least `minimum`, in multiples of `multiple`.
    """

    name: str
    convention: str
    variable: Variable
    pricing: Pricing
    bid_places: int
    price_places: int
    yield_places: int
    minimum: int
    multiple: int
    pro_rata: ProRata
    noncompetitive: NonCompetitive
    plausible: Plausible
    source: str


_PK_PRO_RATA = ProRata(block=50 * MILLION, rounding=Rounding.NEAREST, full_up_to=50 * MILLION, by_bidder=True)
_PK_INVESTORS = NonCompetitive(
    one_per_bidder=True,
    cap_bp=50,
    cap_face=500 * MILLION,
    pool_bp=1_500,
    oversubscription=Oversubscription.ASCENDING,
)
_PK_PLAUSIBLE = Plausible(
    Decimal(3), Decimal(35), "from 2015 to 2025 the policy rate of the State Bank of Pakistan lay between 5.75 and 22 %"
)
_US_PLAUSIBLE = Plausible(Decimal(0), Decimal(20), "bills sold at 16 % in 1981 and near 0 from 2009 to 2015")
_UK_PLAUSIBLE = Plausible(Decimal(-1), Decimal(20), "Bank Rate has been between 0.1 and 17 % since 1694")
_US_PRO_RATA = ProRata(block=100, rounding=Rounding.UP, percent_places=2)
_US_INVESTORS = NonCompetitive(
    one_per_bidder=False,
    cap_bp=None,
    cap_face=10 * MILLION,
    pool_bp=None,
    oversubscription=Oversubscription.PRO_RATA,
    first=True,
)


def _pakistan(name: str, multiple: int, investors: NonCompetitive, pricing: Pricing, source: str) -> AuctionRule:
    return AuctionRule(
        name=name,
        convention=name,
        variable=Variable.PRICE,
        pricing=pricing,
        bid_places=4,
        price_places=4,
        yield_places=4,
        minimum=multiple,
        multiple=multiple,
        pro_rata=_PK_PRO_RATA,
        noncompetitive=investors,
        plausible=_PK_PLAUSIBLE,
        source=source,
    )


def _treasury(name: str, price_places: int) -> AuctionRule:
    return AuctionRule(
        name=name,
        convention=name,
        variable=Variable.YIELD,
        pricing=Pricing.UNIFORM,
        bid_places=3,
        price_places=price_places,
        yield_places=5,
        minimum=100,
        multiple=100,
        pro_rata=_US_PRO_RATA,
        noncompetitive=_US_INVESTORS,
        plausible=_US_PLAUSIBLE,
        source="31 CFR 356.12, 356.20 and 356.21",
    )


PK_MTB = _pakistan("PK-MTB", 5_000, _PK_INVESTORS, Pricing.MULTIPLE, "DOMAIN.md, section 3")
PK_PIB = _pakistan("PK-PIB", 100_000, _PK_INVESTORS, Pricing.MULTIPLE, "DOMAIN.md, section 3")
PK_PIB_ZERO = _pakistan("PK-PIB-ZERO", 100_000, _PK_INVESTORS, Pricing.MULTIPLE, "DOMAIN.md, section 3")
PK_GIS = _pakistan(
    "PK-GIS",
    5_000,
    NonCompetitive(
        one_per_bidder=True,
        cap_bp=25,
        cap_face=250 * MILLION,
        pool_bp=1_500,
        oversubscription=Oversubscription.ASCENDING,
    ),
    Pricing.UNIFORM,
    "DOMAIN.md, section 3: ijara sukuk, uniform price, 0.25 % and PKR 250 m",
)
US_BILL = _treasury("US-BILL", 6)
US_NOTE = _treasury("US-NOTE", 6)
UK_GILT = AuctionRule(
    name="UK-GILT",
    convention="UK-GILT",
    variable=Variable.PRICE,
    pricing=Pricing.MULTIPLE,
    bid_places=3,
    price_places=3,
    yield_places=6,
    minimum=1_000,
    multiple=1_000,
    pro_rata=ProRata(block=1_000, rounding=Rounding.DOWN),
    noncompetitive=NonCompetitive(
        one_per_bidder=True,
        cap_bp=None,
        cap_face=500_000,
        pool_bp=None,
        oversubscription=Oversubscription.PRO_RATA,
    ),
    plausible=_UK_PLAUSIBLE,
    source="UK DMO: bid-price auctions, the lowest accepted price scaled, retention allowed (DOMAIN.md, section 3)",
)
RULES = {rule.name: rule for rule in (PK_MTB, PK_PIB, PK_PIB_ZERO, PK_GIS, US_BILL, US_NOTE, UK_GILT)}
