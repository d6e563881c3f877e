"""EIP-712: what the registrar signs, and what an investor signs to prove a wallet is his."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, _hash_eip191_message, encode_typed_data
from eth_utils.address import to_checksum_address

# Half of the curve's order: a signature with a higher s has a twin, and EIP-2 refuses it.
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
DOMAIN = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The registrar's word that units are immobilised: Controller.Confirmation, `registry_reference` as 0x bytes32."""

    token: str
    number: int
    issue_number: int
    units: int
    registry_reference: str
    valid_until: int

    def as_tuple(self) -> tuple[str, int, int, int, bytes, int]:
        """In the order of the Solidity struct."""
        reference = bytes.fromhex(self.registry_reference.removeprefix("0x"))
        return (self.token.lower(), self.number, self.issue_number, self.units, reference, self.valid_until)


def confirmation_typed_data(chain_id: int, controller: str, confirmation: Confirmation) -> dict[str, Any]:
    """What the registrar's signer signs and the Controller checks."""
    c = confirmation
    return {
        "types": {
            "EIP712Domain": DOMAIN,
            "Confirmation": [
                {"name": "token", "type": "address"},
                {"name": "number", "type": "uint64"},
                {"name": "issueNumber", "type": "uint64"},
                {"name": "units", "type": "uint128"},
                {"name": "registryReference", "type": "bytes32"},
                {"name": "validUntil", "type": "uint40"},
            ],
        },
        "primaryType": "Confirmation",
        "domain": {
            "name": "Tokenization Controller",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": to_checksum_address(controller),
        },
        "message": {
            "token": to_checksum_address(c.token),
            "number": c.number,
            "issueNumber": c.issue_number,
            "units": c.units,
            "registryReference": c.registry_reference,
            "validUntil": c.valid_until,
        },
    }


def wallet_proof_typed_data(
    chain_id: int, address: str, party_reference: str, nonce: str, issued_at: int, expires_at: int
) -> dict[str, Any]:
    """What an investor signs to prove that he holds the key of `address`. Times are unix seconds."""
    return {
        "types": {
            "EIP712Domain": DOMAIN[:3],
            "WalletProof": [
                {"name": "wallet", "type": "address"},
                {"name": "party", "type": "string"},
                {"name": "nonce", "type": "string"},
                {"name": "issuedAt", "type": "uint64"},
                {"name": "expiresAt", "type": "uint64"},
                {"name": "statement", "type": "string"},
            ],
        },
        "primaryType": "WalletProof",
        "domain": {"name": "Tokenization Platform", "version": "1", "chainId": chain_id},
        "message": {
            "wallet": to_checksum_address(address),
            "party": party_reference,
            "nonce": nonce,
            "issuedAt": issued_at,
            "expiresAt": expires_at,
            "statement": "This wallet is mine. This signature moves nothing and pays nothing.",
        },
    }


def signable(typed_data: dict[str, Any]) -> SignableMessage:
    return encode_typed_data(full_message=typed_data)


def digest(typed_data: dict[str, Any]) -> str:
    """The 32 bytes that are signed, as 0x text."""
    return "0x" + bytes(_hash_eip191_message(signable(typed_data))).hex()


def recover(typed_data: dict[str, Any], signature: str) -> str:
    """The address (lower case) that signed. ValueError if the signature is not one, or has a high s."""
    raw = bytes.fromhex(signature.removeprefix("0x"))
    if len(raw) != 65:
        raise ValueError("a signature has 65 bytes")
    if int.from_bytes(raw[32:64], "big") > _HALF_ORDER:
        raise ValueError("the signature is malleable (high s)")
    try:
        return str(Account.recover_message(signable(typed_data), signature=raw)).lower()
    except Exception as error:  # eth_keys raises its own family for bad points
        raise ValueError("the signature is not valid") from error
