"""Non-competitive bids: which are void, and how the pool serves the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from issuance.maths.auction.bids import Bid, Voided
from issuance.maths.auction.rules import NonCompetitive, Oversubscription


def admitted(bids: Iterable[Bid], target: int, rule: NonCompetitive) -> tuple[list[Bid], list[Voided]]:
    """The bids that stand, and those that fall with their reason, each by id; all of a bidder's stand or fall."""
    by_bidder: defaultdict[str, list[Bid]] = defaultdict(list)
    for bid in bids:
        by_bidder[bid.bidder].append(bid)
    stand: list[Bid] = []
    fall: list[Voided] = []
    for own in by_bidder.values():
        reason = _reason(own, target, rule)
        if reason is None:
            stand.extend(own)
        else:
            fall.extend(Voided(bid, reason) for bid in own)
    return sorted(stand), sorted(fall)


def _reason(own: list[Bid], target: int, rule: NonCompetitive) -> str | None:
    if rule.one_per_bidder and len(own) > 1:
        return f"{len(own)} non-competitive bids of one bidder: one is allowed, so all are void"
    asked, cap = sum(bid.face for bid in own), rule.cap(target)
    if asked > cap:
        return f"asks for {asked}, above the bidder's cap of {cap}"
    return None


def served(bids: list[Bid], rule: NonCompetitive, target: int, multiple: int) -> dict[str, int]:
    """Face by bid id out of the pool, in multiples; equal bids get equal faces, nobody more than he asked."""
    pool = rule.pool(target)
    asked = sum(bid.face for bid in bids)
    if pool is None or asked <= pool:
        return {bid.id: bid.face for bid in bids}
    if rule.oversubscription is Oversubscription.PRO_RATA:
        return {bid.id: bid.face * pool // (asked * multiple) * multiple for bid in bids}
    return _ascending(bids, pool, multiple)


def _ascending(bids: list[Bid], pool: int, multiple: int) -> dict[str, int]:
    sizes: defaultdict[int, list[Bid]] = defaultdict(list)
    for bid in bids:
        sizes[bid.face].append(bid)
    given: dict[str, int] = {}
    for face in sorted(sizes):
        equals = sizes[face]
        if face * len(equals) > pool:
            each = pool // (len(equals) * multiple) * multiple
            given.update((bid.id, each) for bid in equals)
            break
        given.update((bid.id, face) for bid in equals)
        pool -= face * len(equals)
    return given
