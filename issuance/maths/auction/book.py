"""The book: competitive bids by level, best first, and what each level would mean if it were the cut-off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from issuance.maths.auction.bids import Bid
from issuance.maths.auction.paper import Paper
from issuance.maths.auction.rules import AuctionRule, Variable
from issuance.maths.faults import Fault
from issuance.maths.fields import at_most_places
from issuance.maths.rounding import EXACT, half_up


@dataclass(frozen=True, slots=True)
class Level:
    """All bids at one price (or yield): `value`. `yields`: some bidder named a yield of his own."""

    value: Decimal
    bids: tuple[Bid, ...]
    face: int
    yields: bool


class Rung(NamedTuple):
    """The effect of moving the cut-off to `value`: what all that is at or better comes to."""

    value: Decimal
    bids: int
    face: int
    cumulative: int
    of_target_pct: Decimal
    weighted_average: Decimal


@dataclass(frozen=True, slots=True)
class Book:
    variable: Variable
    levels: tuple[Level, ...]

    @classmethod
    def of(cls, bids: Iterable[Bid], rule: AuctionRule, paper: Paper | None) -> Book:
        """The competitive bids by level; a bid in the other variable is converted by `paper`. Fault without it."""
        grouped: defaultdict[Decimal, list[Bid]] = defaultdict(list)
        by_price = rule.variable is Variable.PRICE
        for bid in bids:
            value = bid.price if by_price else bid.yield_pct
            grouped[_converted(bid, rule, paper) if value is None else value].append(bid)
        levels = (_level(value, grouped[value], rule) for value in sorted(grouped, reverse=by_price))
        return cls(rule.variable, tuple(levels))

    @property
    def face(self) -> int:
        return sum(level.face for level in self.levels)

    def at_or_better(self, cut_off: Decimal | None) -> tuple[Level, ...]:
        """The levels that a cut-off accepts; all without one."""
        if cut_off is None:
            return self.levels
        if self.variable is Variable.PRICE:
            return tuple(level for level in self.levels if level.value >= cut_off)
        return tuple(level for level in self.levels if level.value <= cut_off)

    def ladder(self, target: int, places: int) -> Iterator[Rung]:
        """For each level, best first, what accepting it whole would take."""
        total, weight = 0, Decimal(0)
        for level in self.levels:
            total += level.face
            weight = EXACT.fma(Decimal(level.face), level.value, weight)
            average = half_up(EXACT.divide(weight, Decimal(total)), places)
            share = half_up(EXACT.divide(Decimal(100 * total), Decimal(target)), 2)
            yield Rung(level.value, len(level.bids), level.face, total, share, average)


def _level(value: Decimal, bids: list[Bid], rule: AuctionRule) -> Level:
    field = "price" if rule.variable is Variable.PRICE else "yield_pct"
    exact = half_up(at_most_places(value, rule.bid_places, field), rule.bid_places)
    yields = any(bid.yield_pct is not None for bid in bids)
    return Level(exact, tuple(bids), sum(bid.face for bid in bids), yields)


def _converted(bid: Bid, rule: AuctionRule, paper: Paper | None) -> Decimal:
    other = bid.yield_pct if rule.variable is Variable.PRICE else bid.price
    if other is None:
        raise Fault("price", f"competitive bid {bid.id} has a price or a yield")
    if paper is None:
        raise Fault("settlement", f"needed to convert bid {bid.id}")
    if rule.variable is Variable.PRICE:
        return paper.price(other, rule.bid_places)
    return paper.yield_pct(other, rule.bid_places)
