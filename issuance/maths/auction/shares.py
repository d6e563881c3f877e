"""Pro rata at the cut-off, in whole faces: who gets how much of what is left for the level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from issuance.maths.auction.bids import Bid
from issuance.maths.auction.rules import ProRata, Rounding


def percentage_up(remaining: int, at_level: int, places: int) -> Decimal:
    """What is left as a percentage of what was bid, rounded up to `places` decimals (31 CFR 356.20)."""
    scale = 100 * 10**places
    return Decimal(-(-remaining * scale // at_level)).scaleb(-places)


def rounded_share(face: int, above: int, below: int, rule: ProRata) -> int:
    """face x above / below as a multiple of the rule's block, never above `face`."""
    number, unit = face * above, below * rule.block
    if rule.rounding is Rounding.UP:
        blocks = -(-number // unit)
    elif rule.rounding is Rounding.DOWN:
        blocks = number // unit
    else:
        blocks = (2 * number + unit) // (2 * unit)
    return min(face, blocks * rule.block)


def shares(bids: Sequence[Bid], remaining: int, rule: ProRata) -> tuple[dict[str, int], Decimal]:
    """Face by bid id, and the percentage applied. The sum need not be `remaining`: the caller shows the residual."""
    at_level = sum(bid.face for bid in bids)
    above, below = remaining, at_level
    if rule.percent_places is not None:
        exact = percentage_up(remaining, at_level, rule.percent_places)
        above, below = int(exact.scaleb(rule.percent_places)), 100 * 10**rule.percent_places
    given = {bid.id: bid.face for bid in bids if bid.face <= rule.full_up_to}
    large = [bid for bid in bids if bid.face > rule.full_up_to]
    for group in _groups(large, rule.by_bidder):
        left = rounded_share(sum(bid.face for bid in group), above, below, rule)
        # One bidder, one price: which of his own bids is filled first changes nothing but must not depend on order.
        for bid in sorted(group, key=lambda bid: (-bid.face, bid.id)):
            given[bid.id] = min(left, bid.face)
            left -= given[bid.id]
    return given, Decimal(100 * above) / Decimal(below)


def _groups(bids: Iterable[Bid], by_bidder: bool) -> Iterable[list[Bid]]:
    if not by_bidder:
        return ([bid] for bid in bids)
    groups: defaultdict[str, list[Bid]] = defaultdict(list)
    for bid in bids:
        groups[bid.bidder].append(bid)
    return groups.values()
