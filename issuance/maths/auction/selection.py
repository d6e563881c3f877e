"""Which levels of the book a decision takes, and what the bids of the last one share."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from issuance.maths.auction.bids import Bid, Decision
from issuance.maths.auction.book import Book, Level
from issuance.maths.auction.rules import ProRata
from issuance.maths.auction.shares import shares
from issuance.maths.faults import Fault


@dataclass(frozen=True, slots=True)
class Taken:
    """The levels that got something, best first; `shared` is the face by bid of the last one where it had to share."""

    levels: tuple[Level, ...]
    shared: dict[str, int]
    pro_rata_pct: Decimal | None

    def face(self, bid: Bid) -> int:
        return self.shared.get(bid.id, bid.face)


def take(book: Book, decision: Decision, rule: ProRata, first: int) -> Taken:
    """The levels at or better than the decision; `first` is face already given out of the decided amount."""
    levels = () if decision.rejects_all else book.at_or_better(decision.cut_off)
    if decision.amount is None or not levels:
        return Taken(levels, {}, None)
    amount = decision.amount - first
    if amount <= 0:
        raise Fault("accept.amount", f"above {first}, which non-competitive bids take first")
    if decision.cut_off is None:
        levels = _reaching(levels, amount)
    better = sum(level.face for level in levels[:-1])
    if better > amount:
        raise Fault("accept.amount", f"at least {better + first}, which is bid better than the cut-off")
    if not decision.shares or better + levels[-1].face <= amount:
        return Taken(levels, {}, None)
    shared, percentage = shares(levels[-1].bids, amount - better, rule)
    if not any(shared.values()):
        # Too little was left to give anybody a whole block: the level above is the last that got anything.
        return Taken(levels[:-1], {}, None)
    return Taken(levels, shared, percentage)


def _reaching(levels: tuple[Level, ...], amount: int) -> tuple[Level, ...]:
    """The best levels that together reach `amount`, or all."""
    total = 0
    for position, level in enumerate(levels, 1):
        total += level.face
        if total >= amount:
            return levels[:position]
    return levels
