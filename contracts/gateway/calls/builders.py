"""Builders of the calls. Each says in words what it does, so that an officer's page needs no decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.gateway import abi
from contracts.gateway.calls.types import Call, Item
from contracts.gateway.orders import Order
from contracts.gateway.typed_data import Confirmation


@dataclass(frozen=True, slots=True)
class Registration:
    """A wallet as the IdentityRegistry records it: opaque identity, ISO numeric country, category, unix expiry."""

    wallet: str
    identity: str
    country: int
    category: int
    expiry: int


def call(artifact: str, to: str, function: str, args: Sequence[Any], description: str) -> Call:
    """Any function of any artifact."""
    return Call(to.lower(), abi.encode_call(artifact, function, args), artifact, function, description)


def deploy(artifact: str, args: Sequence[Any] = ()) -> Call:
    """Create a contract; its address follows from the signer's nonce."""
    return Call(None, abi.encode_creation(artifact, args), artifact, "constructor", f"Create the contract {artifact}")


def issue(controller: str, token: str, items: Sequence[Item]) -> Call:
    return _batch(controller, "issue", token, items, (), "Issue")


def redeem(controller: str, token: str, items: Sequence[Item]) -> Call:
    return _batch(controller, "redeem", token, items, (), "Redeem")


def annul(controller: str, token: str, items: Sequence[Item], *, basis: int, reference: str) -> Call:
    """Forced burn of undue units; `basis` is the code of the rule it rests on, `reference` the decision."""
    return _batch(controller, "annul", token, items, (_order(basis, reference),), "Annul")


def forced_transfer(
    controller: str, token: str, *, number: int, sender: str, receiver: str, units: int, basis: int, reference: str
) -> Call:
    args = (token.lower(), number, sender.lower(), receiver.lower(), units, _order(basis, reference))
    text = f"Move {units} units of {token} by order from {sender} to {receiver} (number {number})"
    items = (Item(number, receiver.lower(), units),)
    return numbered(controller, "forcedTransfer", args, text, token, items)


def confirm(controller: str, confirmations: Sequence[Confirmation], signatures: Sequence[str]) -> Call:
    """Relay the registrar's confirmations of one token; each raises the cap by its units."""
    token = _one_token(confirmations)
    raw = [bytes.fromhex(s.removeprefix("0x")) for s in signatures]
    if len(raw) != len(confirmations):
        raise ValueError("each confirmation has one signature")
    items = tuple(Item(c.number, "", c.units) for c in confirmations)
    text = f"Raise the cap of {token} by {_sum(items)} units in {len(items)} confirmations"
    return numbered(controller, "confirm", ([c.as_tuple() for c in confirmations], raw), text, token, items)


def withdraw(controller: str, token: str, withdrawals: Sequence[tuple[int, int, int]]) -> Call:
    """Lower the cap: (number, number of the issue that can then never happen, units) each."""
    items = tuple(Item(number, "", units) for number, _, units in withdrawals)
    text = f"Lower the cap of {token} by {_sum(items)} units in {len(items)} withdrawals"
    return numbered(controller, "withdraw", (token.lower(), list(withdrawals)), text, token, items)


def register_wallets(registry: str, registrations: Sequence[Registration]) -> Call:
    rows = [(r.wallet.lower(), r.identity.lower(), r.country, r.category, r.expiry) for r in registrations]
    text = f"Register {len(rows)} wallets"
    return _listed(registry, "registerBatch", rows, [r.wallet for r in registrations], text)


def remove_wallets(registry: str, wallets: Sequence[str]) -> Call:
    rows = [w.lower() for w in wallets]
    return _listed(registry, "removeBatch", rows, rows, f"Remove {len(rows)} wallets from the registry")


def create_token(factory: str, salt: str, terms: Sequence[Any], name: str = "") -> Call:
    """Create a series' token; `terms` in the order of TokenFactory.TokenTerms."""
    text = f"Create the token {name}".rstrip()
    return call("TokenFactory", factory, "create", (_bytes32(salt), tuple(terms)), text)


def add_reserve(book: str, token: str, *, kind: str, backing_per_unit: int, margin_bps: int) -> Call:
    """Open the reserve of a token, once; `kind` (0x bytes32) is the commodity's, backing counts its smallest unit."""
    text = f"Open the reserve of {token}: {backing_per_unit:,} of {kind} behind one unit, {margin_bps:,} bp held back"
    args = (token.lower(), _bytes32(kind), backing_per_unit, margin_bps)
    return call("ReserveBook", book, "addReserve", args, text)


def anchor_root(anchor: str, kind: int, root: str, leaves: int, reference: str) -> Call:
    """Append a Merkle root to the list on chain; `reference` (0x bytes32) is opaque there."""
    args = (kind, _bytes32(root), leaves, _bytes32(reference))
    return call("Anchor", anchor, "anchor", args, f"Anchor the root {root} over {leaves} leaves")


def _batch(controller: str, function: str, token: str, items: Sequence[Item], more: tuple[Any, ...], verb: str) -> Call:
    rows = [(i.number, i.wallet.lower(), i.units) for i in items]
    text = f"{verb} {_sum(items)} units of {token} in {len(rows)} items"
    return numbered(controller, function, (token.lower(), rows, *more), text, token, tuple(items))


def numbered(to: str, function: str, args: Sequence[Any], text: str, token: str, items: tuple[Item, ...]) -> Call:
    data = abi.encode_call("Controller", function, args)
    return Call(to.lower(), data, "Controller", function, text, numbered_by=token.lower(), items=items)


def _listed(registry: str, function: str, rows: list[Any], wallets: Sequence[str], text: str) -> Call:
    data = abi.encode_call("IdentityRegistry", function, (rows,))
    items = tuple(Item(0, w.lower(), 0) for w in wallets)
    return Call(registry.lower(), data, "IdentityRegistry", function, text, items=items)


def _one_token(confirmations: Sequence[Confirmation]) -> str:
    tokens = {c.token.lower() for c in confirmations}
    if len(tokens) != 1:
        raise ValueError("one call confirms for one token")
    return tokens.pop()


def _order(basis: int, reference: str) -> tuple[int, bytes]:
    return Order(basis, reference).as_tuple()


def _bytes32(text: str) -> bytes:
    raw = bytes.fromhex(text.removeprefix("0x"))
    if len(raw) != 32:
        raise ValueError("a reference has 32 bytes")
    return raw


def _sum(items: Sequence[Item]) -> int:
    return sum(i.units for i in items)
