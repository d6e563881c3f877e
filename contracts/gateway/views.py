"""Reads of contract state at one block, named by its hash (EIP-1898): a reorganisation cannot mix two states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.gateway import abi
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeRefused, NodeUnavailable

# Calls in one JSON-RPC batch: far below what nodes accept, large enough that the round trip does not matter.
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Cap:
    """What the Engine counts for a token, all cumulative, in units."""

    confirmed: int
    withdrawn: int
    issued: int
    redeemed: int
    annulled: int


@dataclass(frozen=True, slots=True)
class TokenSnapshot:
    """A token at one block: units by wallet in lower case."""

    block_hash: str
    total_supply: int
    balances: dict[str, int]
    frozen: dict[str, int]
    cap: Cap


@dataclass(frozen=True, slots=True)
class Head:
    """A block as the node names it; `timestamp` in unix seconds is chain time."""

    number: int
    hash: str
    timestamp: int


def read(node: Node, block_hash: str, calls: Sequence[tuple[str, str, str, Sequence[Any]]]) -> list[Any]:
    """Values of (artifact, address, function, args) at the block. Raises the first error a call meets."""
    values: list[Any] = []
    at = {"blockHash": block_hash, "requireCanonical": True}
    for start in range(0, len(calls), _CHUNK):
        chunk = calls[start : start + _CHUNK]
        requests = [
            ("eth_call", ({"to": to, "data": "0x" + abi.encode_call(name, fn, args).hex()}, at))
            for name, to, fn, args in chunk
        ]
        for (name, _, fn, _), answer in zip(chunk, node.batch(requests), strict=True):
            if isinstance(answer, NodeRefused):
                raise answer
            values.append(abi.decode_output(name, fn, bytes.fromhex(answer[2:])))
    return values


def snapshot(node: Node, block_hash: str, token: str, wallets: Sequence[str], *, engine: str) -> TokenSnapshot:
    """Supply, balances and frozen units of the wallets, and the cap, all at one block."""
    lower = [w.lower() for w in wallets]
    calls: list[tuple[str, str, str, Sequence[Any]]] = [
        ("SecurityToken", token, "totalSupply", ()),
        ("Engine", engine, "capOf", (token,)),
    ]
    calls += [("SecurityToken", token, "balanceOf", (w,)) for w in lower]
    calls += [("SecurityToken", token, "getFrozenTokens", (w,)) for w in lower]
    supply, cap, *rest = read(node, block_hash, calls)
    half = len(lower)
    return TokenSnapshot(
        block_hash=block_hash,
        total_supply=supply,
        balances=dict(zip(lower, rest[:half], strict=True)),
        frozen=dict(zip(lower, rest[half:], strict=True)),
        cap=Cap(*cap),
    )


@dataclass(frozen=True, slots=True)
class ReserveShown:
    """What the ReserveBook says of a token at one block, in the measure's smallest unit; zeros before it is told."""

    number: int
    quantity: int
    encumbered: int
    expiry: int
    eligible: int


def reserve(node: Node, block_hash: str, book: str, token: str) -> ReserveShown:
    """The attestation in force with the encumbrance in force, and what units may stand on then."""
    calls = [("ReserveBook", book, name, (token,)) for name in ("attestationOf", "capacityOf")]
    word, capacity = read(node, block_hash, calls)
    return ReserveShown(word["number"], word["quantity"], word["encumbered"], word["expiry"], eligible=capacity[0])


def numbers_used(node: Node, block_hash: str, controller: str, token: str, numbers: Sequence[int]) -> set[int]:
    """Those of the numbers that the controller has consumed at the block."""
    calls = [("Controller", controller, "numberUsed", (token, n)) for n in numbers]
    return {n for n, used in zip(numbers, read(node, block_hash, calls), strict=True) if used}


@dataclass(frozen=True, slots=True)
class Call:
    """A mined transaction as it was sent; `to` is empty where it created a contract. Addresses in lower case."""

    sender: str
    to: str
    selector: str


def calls_made(node: Node, mined: Mapping[str, str]) -> dict[str, Call]:
    """By transaction hash who called what, for those that the node shows in the very block named beside the hash."""
    found: dict[str, Call] = {}
    hashes, answers = list(mined), []
    for at in range(0, len(hashes), _CHUNK):
        answers += node.batch([("eth_getTransactionByHash", (one,)) for one in hashes[at : at + _CHUNK]])
    for one, answer in zip(hashes, answers, strict=True):
        if not isinstance(answer, dict) or answer.get("hash") != one or answer.get("blockHash") != mined[one]:
            continue
        to, data = str(answer.get("to") or "").lower(), str(answer.get("input") or "")
        found[one] = Call(str(answer["from"]).lower(), to, data[:10] if len(data) >= 10 else "")
    return found


def verified(node: Node, block_hash: str, registry: str, wallets: Sequence[str]) -> set[str]:
    """Those of the wallets that may receive at the block."""
    calls = [("IdentityRegistry", registry, "isVerified", (w,)) for w in wallets]
    return {w.lower() for w, ok in zip(wallets, read(node, block_hash, calls), strict=True) if ok}


def code_at(node: Node, block_hash: str, address: str) -> bytes:
    """The deployed bytecode."""
    at = {"blockHash": block_hash, "requireCanonical": True}
    return bytes.fromhex(str(node.call("eth_getCode", address, at))[2:])


def head(node: Node, tag: str | int = "latest") -> Head:
    """The block of a tag or number; NodeUnavailable if it has none yet."""
    block = node.call("eth_getBlockByNumber", hex(tag) if isinstance(tag, int) else tag, False)
    if block is None:
        raise NodeUnavailable(f"The node has no block {tag}.")
    return Head(int(block["number"], 16), str(block["hash"]), int(block["timestamp"], 16))


def final_head(node: Node, finality: str) -> Head:
    """The newest block that counts as final: the node's `finalized`, or a depth below the head."""
    if finality == "finalized":
        return head(node, "finalized")
    return head(node, max(0, head(node).number - int(finality)))
