"""EIP-712 messages: what outsiders sign and contracts check (an examiner's attestation, a trade, a permit), and the
issuer's word for an evidence pack, which auditors check."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from contracts.gateway.typed_data import DOMAIN

_ATTESTATION = (
    ("token", "address"),
    ("number", "uint64"),
    ("quantity", "uint128"),
    ("encumbered", "uint128"),
    ("asOf", "uint40"),
    ("expiry", "uint40"),
    ("reportHash", "bytes32"),
)
_TRADE = (
    ("token", "address"),
    ("seller", "address"),
    ("buyer", "address"),
    ("units", "uint128"),
    ("cash", "address"),
    ("amount", "uint128"),
    ("sellerNonce", "uint256"),
    ("buyerNonce", "uint256"),
    ("validUntil", "uint40"),
)
_PERMIT = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)
_EVIDENCE = (
    ("token", "address"),
    ("run", "uint64"),
    ("blockNumber", "uint64"),
    ("blockHash", "bytes32"),
    ("manifest", "bytes32"),
    ("root", "bytes32"),
    ("files", "uint64"),
)


@dataclass(frozen=True, slots=True)
class Attestation:
    """ReserveBook.Attestation: quantities in the reserve's smallest unit, times in unix seconds."""

    token: str
    number: int
    quantity: int
    encumbered: int
    as_of: int
    expiry: int
    report_hash: str

    def as_tuple(self) -> tuple[Any, ...]:
        """In the order of the Solidity struct."""
        *head, report = astuple(self)
        return (*head, bytes.fromhex(str(report).removeprefix("0x")))


@dataclass(frozen=True, slots=True)
class Trade:
    """DeliveryVersusPayment.Trade, signed by both sides; `amount` in the currency's minor units."""

    token: str
    seller: str
    buyer: str
    units: int
    cash: str
    amount: int
    seller_nonce: int
    buyer_nonce: int
    valid_until: int

    def as_tuple(self) -> tuple[Any, ...]:
        """In the order of the Solidity struct."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Permit:
    """ERC-2612: who lets whom spend how many units, until when (unix seconds)."""

    owner: str
    spender: str
    value: int
    nonce: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the issuer signs for an evidence pack: of which token and run, at which block, with which content."""

    token: str
    run: int
    block_number: int
    block_hash: str
    manifest: str
    root: str
    files: int


def attestation_typed_data(chain_id: int, reserve_book: str, attestation: Attestation) -> dict[str, Any]:
    """What an examiner signs and the ReserveBook checks."""
    domain = ("Tokenization ReserveBook", "1", chain_id, reserve_book)
    return _message(domain, "Attestation", _ATTESTATION, astuple(attestation))


def trade_typed_data(chain_id: int, settlement: str, trade: Trade) -> dict[str, Any]:
    """What seller and buyer sign, the same for both."""
    return _message(("Tokenization Settlement", "1", chain_id, settlement), "Trade", _TRADE, astuple(trade))


def permit_typed_data(chain_id: int, token: str, name: str, permit: Permit) -> dict[str, Any]:
    """What a holder signs so that somebody may spend for him; `name` is the token's."""
    return _message((name, "1", chain_id, token), "Permit", _PERMIT, astuple(permit))


def evidence_typed_data(chain_id: int, anchor: str, evidence: Evidence) -> dict[str, Any]:
    """What the issuer signs over a pack and its root; `anchor` is the contract that takes the root."""
    return _message(("Tokenization Evidence", "1", chain_id, anchor), "Evidence", _EVIDENCE, astuple(evidence))


def _message(
    domain: tuple[str, str, int, str], primary: str, fields: tuple[tuple[str, str], ...], values: tuple[Any, ...]
) -> dict[str, Any]:
    name, version, chain_id, contract = domain
    return {
        "types": {
            "EIP712Domain": DOMAIN,
            primary: [{"name": field, "type": kind} for field, kind in fields],
        },
        "primaryType": primary,
        "domain": {
            "name": name,
            "version": version,
            "chainId": chain_id,
            "verifyingContract": to_checksum_address(contract),
        },
        "message": {
            field: to_checksum_address(value) if kind == "address" else value
            for (field, kind), value in zip(fields, values, strict=True)
        },
    }
