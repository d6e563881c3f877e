"""A private key in memory: investors in rehearsal and tests, and the signer process. Never the platform's workers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from contracts.gateway.typed_data import signable


@dataclass(frozen=True, slots=True)
class Transaction:
    """An EIP-1559 transaction before its signature. Fees in wei; `to` None creates a contract."""

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    value: int
    gas: int
    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class Signed:
    raw: bytes
    hash: str


def sender_of(raw: bytes) -> str:
    """The address in lower case whose key signed these bytes."""
    return str(Account.recover_transaction(raw)).lower()


class LocalKey:
    """Signs with a key held in this process."""

    def __init__(self, private_key: str | bytes) -> None:
        self._account: LocalAccount = Account.from_key(private_key)

    @classmethod
    def create(cls) -> LocalKey:
        return cls(bytes(Account.create().key))

    @property
    def address(self) -> str:
        """In lower case."""
        return str(self._account.address).lower()

    @property
    def private_key(self) -> bytes:
        return bytes(self._account.key)

    def sign_transaction(self, transaction: Transaction) -> Signed:
        """The raw bytes and their hash. The same transaction gives the same bytes (RFC 6979)."""
        t = transaction
        body: dict[str, Any] = {
            "type": 2,
            "chainId": t.chain_id,
            "nonce": t.nonce,
            "value": t.value,
            "data": t.data,
            "gas": t.gas,
            "maxFeePerGas": t.max_fee,
            "maxPriorityFeePerGas": t.priority_fee,
        }
        if t.to is not None:
            body["to"] = to_checksum_address(t.to)
        signed = self._account.sign_transaction(body)
        return Signed(raw=bytes(signed.raw_transaction), hash="0x" + bytes(signed.hash).hex())

    def sign_typed_data(self, typed_data: dict[str, Any]) -> str:
        """The 65-byte signature as 0x text."""
        return "0x" + bytes(self._account.sign_message(signable(typed_data)).signature).hex()
