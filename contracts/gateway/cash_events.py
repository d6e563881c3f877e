"""Logs of settlement and servicing as typed facts: what a reader of final logs matches with what was instructed.

Addresses in lower case, bytes32 as 0x text, amounts in minor units of the currency, units of the security.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.gateway import abi
from contracts.gateway.calls.payments import PaymentKind
from contracts.gateway.reverts import explain


@dataclass(frozen=True, slots=True)
class PrimarySettled:
    token: str
    number: int
    wallet: str
    units: int
    cash: str
    amount: int


@dataclass(frozen=True, slots=True)
class TradeSettled:
    """`digest` is what both sides signed."""

    digest: str
    token: str
    seller: str
    buyer: str
    units: int
    cash: str
    amount: int
    seller_nonce: int
    buyer_nonce: int


@dataclass(frozen=True, slots=True)
class NonceCancelled:
    signer: str
    nonce: int


@dataclass(frozen=True, slots=True)
class EventOpened:
    event: str
    token: str
    cash: str
    kind: PaymentKind
    treasury: str
    scale: int


@dataclass(frozen=True, slots=True)
class EventFunded:
    event: str
    amount: int


@dataclass(frozen=True, slots=True)
class EventClosed:
    event: str
    residual: int


@dataclass(frozen=True, slots=True)
class PaidLine:
    number: int
    wallet: str
    amount: int


@dataclass(frozen=True, slots=True)
class Paid:
    """What one batch paid, in its order."""

    event: str
    token: str
    lines: tuple[PaidLine, ...]


@dataclass(frozen=True, slots=True)
class Reserved:
    """`reason`: the cash token's refusal in words; empty if the instruction itself said reserve."""

    event: str
    number: int
    wallet: str
    amount: int
    reason: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """`number` 0: the holder drew himself."""

    cash: str
    number: int
    wallet: str
    to: str
    amount: int
    basis: int
    reference: str


@dataclass(frozen=True, slots=True)
class NumberRetired:
    token: str
    number: int
    basis: int
    reference: str


CashEvent = (
    PrimarySettled
    | TradeSettled
    | NonceCancelled
    | EventOpened
    | EventFunded
    | EventClosed
    | Paid
    | Reserved
    | Drawn
    | NumberRetired
)
_OF_DVP: tuple[type[Any], ...] = (PrimarySettled, TradeSettled, NonceCancelled)
_OF_AGENT: tuple[type[Any], ...] = (EventOpened, EventFunded, EventClosed, Paid, Reserved, Drawn, NumberRetired)
_KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in (*_OF_DVP, *_OF_AGENT)}
_NAMES = {"id": "event", "sellerNonce": "seller_nonce", "buyerNonce": "buyer_nonce", "reference_": "reference"}
ARTIFACTS = ("DeliveryVersusPayment", "PayingAgent")


def topics() -> dict[str, str]:
    """Topic 0 of every event that `decode` knows, by its name."""
    kinds = (
        (artifact, kind) for artifact, kinds in zip(ARTIFACTS, (_OF_DVP, _OF_AGENT), strict=True) for kind in kinds
    )
    return {kind.__name__: abi.event_topic(artifact, kind.__name__) for artifact, kind in kinds}


def decode(topics_of_log: Sequence[str], data: bytes) -> CashEvent | None:
    """The fact that a log of one of these contracts tells; None if it is another log."""
    log = {"topics": topics_of_log, "data": bytes(data)}
    found = abi.decode_log(ARTIFACTS[0], log) or abi.decode_log(ARTIFACTS[1], log)
    if found is None or found.name not in _KINDS:
        return None
    args = {_NAMES.get(name, name): value for name, value in found.args.items()}
    made: CashEvent = _KINDS[found.name](**_READ.get(found.name, dict)(args))
    return made


def _opened(args: dict[str, Any]) -> dict[str, Any]:
    return args | {"kind": PaymentKind(args["kind"])}


def _reserved(args: dict[str, Any]) -> dict[str, Any]:
    return args | {"reason": explain(args["reason"]) if args["reason"] else ""}


def _paid(args: dict[str, Any]) -> dict[str, Any]:
    rows = zip(args["numbers"], args["wallets"], args["amounts"], strict=True)
    return {"event": args["event"], "token": args["token"], "lines": tuple(PaidLine(*row) for row in rows)}


_READ = {"EventOpened": _opened, "Reserved": _reserved, "Paid": _paid}
