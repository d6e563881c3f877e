"""What a bidder keeps: the words that were received, their hash, and what the clearing may do to them."""

from __future__ import annotations

import json
from dataclasses import dataclass

from issuance.auction.models import Auction
from issuance.bid.doubts import doubts_of
from issuance.bid.models import Bid
from issuance.bid.rules import BidRules, Quote
from tokenization.kernel.money import Money

ONE_EACH = "This bidder has another non-competitive bid here: two or more void all of them. Withdraw one."


@dataclass(frozen=True, slots=True)
class Receipt:
    """`body` is canonical JSON, byte for byte as hashed; whoever has it can show what was received and when."""

    bid: Bid
    body: str
    body_hash: str
    warnings: tuple[str, ...]

    @property
    def text(self) -> str:
        """The receipt to print or store."""
        heading = [
            f"Receipt of {self.bid.get_kind_display().lower()} {self.bid.pk}",
            f"Auction    {self.bid.auction}",
            f"Received   {self.bid.received_at.isoformat(timespec='milliseconds')}",
            *(f"{label:<10} {words}" for label, words in _said(self.bid)),
            *(f"Warning    {words}" for words in self.warnings),
        ]
        return "\n".join([*heading, f"SHA-256    {self.body_hash} of the next line", self.body, ""])


def receipt_of(bid: Bid) -> Receipt:
    """The receipt of a stored bid; the same each time but for the warnings, which follow what stands now."""
    return Receipt(bid, bid.body, bid.body_hash, tuple(warnings_of([bid], BidRules(bid.auction))[bid.pk]))


def warnings_of(bids: list[Bid], rules: BidRules) -> dict[int, list[str]]:
    """What of each bid the clearing will void, told at entry and decided there; and what of it looks like a slip.

    A bid that the same investor sent through another dealer is not told: it is sealed from this one.
    """
    counts = _standing_without_price(rules.auction, {bid.dealer_id for bid in bids})
    found: dict[int, list[str]] = {}
    for bid in bids:
        words = found.setdefault(bid.pk, [])
        if bid.kind == Bid.Kind.WITHDRAW:
            continue
        if bid.competitive:
            # From a file or a program nobody was asked twice: what looks like a slip is told here.
            words += doubts_of(rules, Quote(bid.face_minor, True, bid.price, bid.yield_pct))
            continue
        cap = rules.cap_minor()
        if bid.face_minor > cap:
            most = Money(cap, rules.auction.series.currency)
            words.append(f"Above the cap of {most} for a non-competitive bid: it will be void.")
        if rules.rule.noncompetitive.one_per_bidder and counts.get((bid.dealer_id, bid.bidder_id), 0) > 1:
            words.append(ONE_EACH)
    return found


def _standing_without_price(auction: Auction, dealers: set[int]) -> dict[tuple[int, int], int]:
    rows = Bid.objects.filter(auction=auction, dealer__in=dealers, competitive=False, replaced_by__isnull=True)
    counts: dict[tuple[int, int], int] = {}
    for pair in rows.exclude(kind=Bid.Kind.WITHDRAW).order_by().values_list("dealer_id", "bidder_id"):
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def _said(bid: Bid) -> list[tuple[str, str]]:
    body = json.loads(bid.body)
    said = [("Dealer", body["dealer"]), ("Bidder", body["bidder"])]
    if bid.replaces_id:
        said.append(("Replaces", f"bid {bid.replaces_id}"))
    if bid.kind == Bid.Kind.WITHDRAW:
        return said
    said += [
        ("Kind", "competitive" if bid.competitive else "non-competitive"),
        ("Face", str(Money(bid.face_minor, bid.auction.series.currency))),
    ]
    said += [(label, body[name]) for label, name in (("Price", "price"), ("Yield, %", "yield_pct")) if body[name]]
    return said + ([("Reference", bid.reference)] if bid.reference else [])
