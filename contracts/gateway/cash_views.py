"""What settlement and servicing answer at one block: which leg would fail and why, what an event has left, who waits.

Amounts are minor units of the currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.gateway.calls.payments import PaymentKind
from contracts.gateway.calls.settlement import Leg
from contracts.gateway.client import Node
from contracts.gateway.messages import Trade
from contracts.gateway.reverts import explain
from contracts.gateway.views import read

_DVP, _AGENT = "DeliveryVersusPayment", "PayingAgent"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`batch` stops the whole batch, empty if nothing does; `legs` has a sentence for each leg, empty if it passes."""

    batch: str
    legs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """A payment event: funded = paid + reserved + remaining, always. `token` is address zero for an unknown event."""

    token: str
    kind: PaymentKind
    open: bool
    cash: str
    treasury: str
    funded: int
    paid: int
    reserved: int

    @property
    def remaining(self) -> int:
        return self.funded - self.paid - self.reserved


def primary_failures(
    node: Node,
    block_hash: str,
    dvp: str,
    *,
    token: str,
    cash: str,
    treasury: str,
    legs: Sequence[Leg],
    valid_until: int,
) -> Foreseen:
    """What `settlePrimary` would refuse at the block, leg by leg in their order; at most 200 legs.

    Rooms, balances and allowances are used up by the legs before that pass.
    """
    args = (token, cash, treasury, [leg.as_tuple() for leg in legs], valid_until)
    ((batch, reasons),) = read(node, block_hash, [(_DVP, dvp, "failures", args)])
    return Foreseen(_words(batch), tuple(_words(reason) for reason in reasons))


def trade_failure(
    node: Node, block_hash: str, dvp: str, trade: Trade, seller_signature: str, buyer_signature: str
) -> str:
    """Why a trade would fail at the block, in words; empty if it would settle."""
    signatures = [bytes.fromhex(s.removeprefix("0x")) for s in (seller_signature, buyer_signature)]
    (reason,) = read(node, block_hash, [(_DVP, dvp, "failureOf", (trade.as_tuple(), *signatures))])
    return _words(reason)


def nonces_used(node: Node, block_hash: str, dvp: str, pairs: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those (signer, nonce) that were settled or withdrawn at the block."""
    answers = read(node, block_hash, [(_DVP, dvp, "nonceUsed", pair) for pair in pairs])
    return {pair for pair, used in zip(pairs, answers, strict=True) if used}


def event_view(node: Node, block_hash: str, agent: str, event: str) -> EventView:
    """A payment event's terms and figures at the block."""
    (found,) = read(node, block_hash, [(_AGENT, agent, "eventOf", (bytes.fromhex(event.removeprefix("0x")),))])
    wanted: dict[str, Any] = {name: found[name] for name in ("token", "open", "cash", "treasury")}
    figures = {name: found[name] for name in ("funded", "paid", "reserved")}
    return EventView(kind=PaymentKind(found["kind"]), **wanted, **figures)


def unclaimed(node: Node, block_hash: str, agent: str, cash: str, wallets: Sequence[str]) -> dict[str, int]:
    """What the agent keeps for each wallet in a cash token; wallets in lower case."""
    answers = read(node, block_hash, [(_AGENT, agent, "unclaimedOf", (cash, w)) for w in wallets])
    return {w.lower(): held for w, held in zip(wallets, answers, strict=True)}


def owed_in(node: Node, block_hash: str, agent: str, cash: str) -> int:
    """Everything the agent owes in a cash token: what open events have left, and reserves not drawn."""
    (owed,) = read(node, block_hash, [(_AGENT, agent, "owedIn", (cash,))])
    return int(owed)


def payment_numbers_used(node: Node, block_hash: str, agent: str, token: str, numbers: Sequence[int]) -> set[int]:
    """Those of a token's numbers that the paying agent has consumed: paid, reserved or retired. Burns do not count."""
    answers = read(node, block_hash, [(_AGENT, agent, "numberUsed", (token, n)) for n in numbers])
    return {n for n, used in zip(numbers, answers, strict=True) if used}


def _words(reason: bytes) -> str:
    return explain(reason) if reason else ""
