"""The leaf of an approved item: what officers approve and workers send is hashed here and nowhere else."""

from __future__ import annotations

from enum import IntEnum

from eth_utils.crypto import keccak

from contracts.gateway.codec import encode


class LeafKind(IntEnum):
    """What an item does. The numbers are part of the hash: never renumber. A PAY's `units` are minor units of money."""

    CONFIRM = 1
    ISSUE = 2
    WITHDRAW = 3
    REDEEM = 4
    ANNUL = 5
    FORCED_TRANSFER = 6
    PAY = 7


LEAF_TAG = "tokenization.instruction.v1"


def leaf(*, chain_id: int, contract: str, kind: str | LeafKind, number: int, wallet: str, units: int) -> str:
    """keccak256(abi.encode(tag, chain, contract, kind, number, wallet, units)) as 0x text.

    `contract` is the token; `wallet` may be empty for items without one (a confirmation): it is hashed as address zero.
    ValueError for a number of 0, which no contract accepts.
    """
    if number <= 0:
        raise ValueError("an instruction's number is 1 or more")
    tag = keccak(text=LEAF_TAG)
    code = int(LeafKind[kind] if isinstance(kind, str) else kind)
    packed = encode(
        ["bytes32", "uint256", "address", "uint8", "uint64", "address", "uint256"],
        [tag, chain_id, contract.lower(), code, number, (wallet or "0x" + "00" * 20).lower(), units],
    )
    return "0x" + keccak(packed).hex()
