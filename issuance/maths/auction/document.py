"""An auction as one JSON document: read and checked whole; every fault is named, and one fault refuses all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from issuance.maths.auction.bid_fields import BidReader
from issuance.maths.auction.bids import REJECT_ALL, Bid, Decision
from issuance.maths.auction.paper import Paper, paper
from issuance.maths.auction.rules import RULES, AuctionRule, Oversubscription, Variable
from issuance.maths.faults import Fault
from issuance.maths.fields import (
    Members,
    at_most_places,
    date_of,
    decimal_of,
    load,
    members_of,
    text_of,
    truth_of,
    whole_of,
)
from issuance.maths.quotes.request import QUOTED, coupon_of

WHOLE = "document"
MOST_FAULTS = 1_000
_DATES = ("settlement", "maturity", "coupon_pct", "dated", "first_coupon")
KNOWN = frozenset(("rule", "target", "bids", "accept", "minimum", "multiple", "oversubscription", *_DATES))
_ACCEPT = frozenset(("cut_off", "amount", "pro_rata"))
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Auction:
    """Everything `clear` needs; `numbered` are the bid ids that the document gives as numbers."""

    rule: AuctionRule
    target: int
    bids: tuple[Bid, ...]
    decision: Decision
    paper: Paper | None
    numbered: frozenset[str]


class Refused(ValueError):
    """The document as a whole is refused; `faults` in the order in which they were found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults[:10])))
        self.faults = faults


def auction_of(text: str) -> Auction:
    """The checked auction of a JSON text; Refused lists every fault (at most 1,000)."""
    faults: list[Fault] = []

    def checked(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except Fault as fault:
            faults.append(fault)
            return None

    given = checked(lambda: members_of(load(text, WHOLE), WHOLE, KNOWN))
    rule = None if given is None else checked(lambda: _rule(given))
    if given is None or rule is None:
        raise Refused(faults)
    target = checked(lambda: _above_0(given.get("target"), "target"))
    sheet = checked(lambda: paper_of(given, rule))
    # What the paper cannot price is not blamed on the bids as well.
    needs_paper = not any(fault.field in _DATES for fault in faults)
    decision = checked(lambda: _decision(given, rule))
    reader = BidReader(rule, sheet, needs_paper)
    bids = _bids(given.get("bids"), reader, faults)
    if faults or target is None or decision is None:
        raise Refused(faults[:MOST_FAULTS])
    return Auction(rule, target, tuple(bids), decision, sheet, frozenset(reader.numbered))


def _rule(given: Members) -> AuctionRule:
    name = text_of(given.get("rule"), "rule")
    if name not in RULES:
        raise Fault("rule", f"one of {', '.join(sorted(RULES))}")
    rule = RULES[name]
    if given.get("minimum") is not None:
        rule = replace(rule, minimum=_above_0(given["minimum"], "minimum"))
    if given.get("multiple") is not None:
        rule = replace(rule, multiple=_above_0(given["multiple"], "multiple"))
    if given.get("oversubscription") is not None:
        served = text_of(given["oversubscription"], "oversubscription")
        if served not in Oversubscription.__members__:
            raise Fault("oversubscription", f"one of {', '.join(Oversubscription)}")
        investors = replace(rule.noncompetitive, oversubscription=Oversubscription(served))
        rule = replace(rule, noncompetitive=investors)
    return rule


def paper_of(given: Members, rule: AuctionRule) -> Paper | None:
    """The paper of a document's terms; None where no date is given and the rule can do without: bids in yields."""
    named = [name for name in _DATES if given.get(name) is not None]
    if not named and rule.variable is Variable.YIELD:
        return None
    days: dict[str, date | None] = {
        name: date_of(given.get(name), name)
        for name in ("settlement", "maturity", "dated", "first_coupon")
        if name in named or name in ("settlement", "maturity")
    }
    settlement, maturity = days["settlement"], days["maturity"]
    assert settlement is not None and maturity is not None  # noqa: S101, PT018 (date_of has read both)
    convention = QUOTED[rule.convention]
    coupon = coupon_of(given.get("coupon_pct"), convention)
    return paper(convention, settlement, maturity, coupon, days.get("dated"), days.get("first_coupon"))


def _decision(given: Members, rule: AuctionRule) -> Decision:
    """`null` rejects all bids; leaving `accept` out is refused, since rejecting is a decision too."""
    if "accept" not in given:
        raise Fault("accept", 'needed: {"cut_off": ...}, {"amount": ...}, or null to reject all bids')
    if given["accept"] is None:
        return REJECT_ALL
    try:
        accept = members_of(given["accept"], "", _ACCEPT)
        cut_off, amount, pro_rata = (accept.get(name) for name in ("cut_off", "amount", "pro_rata"))
        if cut_off is None and amount is None:
            raise Fault("", "cut_off or amount is needed; null instead of the object rejects all bids")
        if cut_off is not None:
            cut_off = at_most_places(decimal_of(cut_off, "cut_off"), rule.bid_places, "cut_off")
            if rule.variable is Variable.PRICE and cut_off <= 0:
                raise Fault("cut_off", "above 0")
        whole = None if amount is None else whole_of(amount, "amount")
        shared = None if pro_rata is None else truth_of(pro_rata, "pro_rata")
    except Fault as fault:
        raise fault.within("accept") from None
    return Decision(cut_off, whole, shared)


def _bids(value: object, reader: BidReader, faults: list[Fault]) -> list[Bid]:
    if not isinstance(value, list):
        faults.append(Fault("bids", "a list of bids"))
        return []
    found: list[Bid] = []
    for position, item in enumerate(value):
        try:
            found.append(reader.read(item))
        except Fault as fault:
            faults.append(fault.within(f"bids[{position}]"))
    return found


def _above_0(value: object, field: str) -> int:
    number = whole_of(value, field)
    if number == 0:
        raise Fault(field, "above 0")
    return number
