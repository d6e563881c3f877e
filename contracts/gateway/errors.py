"""Everything a node can answer when it does not answer: one table, and the two exceptions made of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tokenization.kernel.errors import PlatformError, Refused, Unavailable


class NodeErrorKind(StrEnum):
    KNOWN = "KNOWN"
    NONCE_TOO_LOW = "NONCE_TOO_LOW"
    NONCE_TOO_HIGH = "NONCE_TOO_HIGH"
    UNDERPRICED = "UNDERPRICED"
    FEE_TOO_LOW = "FEE_TOO_LOW"
    NO_FUNDS = "NO_FUNDS"
    REVERTED = "REVERTED"
    GAS = "GAS"
    POOL_FULL = "POOL_FULL"
    NO_SUCH_BLOCK = "NO_SUCH_BLOCK"
    BUSY = "BUSY"
    UNKNOWN_METHOD = "UNKNOWN_METHOD"
    OTHER = "OTHER"


# Words of geth, Besu, Nethermind, Erigon, Reth and anvil, in the order in which they are tried. Besu's
# "KNOWN_TRANSACTION" and anvil's "already imported" are the same news as geth's "already known".
K = NodeErrorKind
TABLE: tuple[tuple[NodeErrorKind, tuple[str, ...]], ...] = (
    (K.KNOWN, ("already known", "already imported", "known transaction", "alreadyknown", "known_transaction")),
    (K.UNDERPRICED, ("underpriced", "replacement transaction", "gas price too low to replace")),
    (K.NONCE_TOO_LOW, ("nonce too low", "nonce is too low", "nonce_too_low", "oldnonce", "old nonce")),
    (K.NONCE_TOO_HIGH, ("nonce too high", "nonce too distant", "nonce gap", "nonce_too_far")),
    (
        K.FEE_TOO_LOW,
        ("less than block base fee", "lower than the current base fee", "fee cap less", "feetoolow", "max fee per gas"),
    ),
    (K.NO_FUNDS, ("insufficient funds", "insufficient balance", "upfront cost exceeds", "upfront_cost_exceeds")),
    (K.REVERTED, ("execution reverted", "revert", "vm execution error", "invalid opcode", "out of gas", "outofgas")),
    (K.GAS, ("intrinsic gas", "exceeds block gas limit", "gas limit", "gas required exceeds", "gas allowance")),
    (K.POOL_FULL, ("txpool is full", "pool is full", "transaction pool full")),
    (
        K.NO_SUCH_BLOCK,
        (
            "unknown block",
            "block not found",
            "header not found",
            "missing trie node",
            "blockoutofrange",
            "out of range",
        ),
    ),
    (K.BUSY, ("rate limit", "too many requests", "timeout", "timed out", "try again")),
    (K.UNKNOWN_METHOD, ("method not found", "does not exist/is not available", "not supported", "unsupported")),
)
_BY_CODE = {3: NodeErrorKind.REVERTED, -32601: NodeErrorKind.UNKNOWN_METHOD, -32005: NodeErrorKind.BUSY}


def classify(message: str, code: int = 0) -> NodeErrorKind:
    """The kind of a node's error. Words win over codes: half of the nodes answer -32000 to everything."""
    low = message.lower()
    for kind, words in TABLE:
        if any(word in low for word in words):
            return kind
    return _BY_CODE.get(code, NodeErrorKind.OTHER)


class NodeUnavailable(Unavailable):
    """No answer, or not one that can be read. What was asked may or may not have happened."""


class NodeRefused(PlatformError):
    """The node answered with an error. `data` is the revert data of a reverted call, empty otherwise."""

    def __init__(self, kind: NodeErrorKind, message: str, *, code: int = 0, data: bytes = b"") -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.data = data

    @property
    def reverted(self) -> bool:
        return self.kind is NodeErrorKind.REVERTED


class SignerUnavailable(Unavailable):
    """The signer process did not answer: it may or may not have signed (asking again gives the same bytes)."""


class SignerRefused(Refused):
    """The signer process says no: its policy, or its memory of what it signed before."""

    def __init__(self, message: str, *, rule: str) -> None:
        super().__init__(message, rule=rule, next_step="See the signer's policy and its memory of this nonce.")
        self.rule = rule


def from_answer(error: dict[str, Any]) -> NodeRefused:
    """A JSON-RPC error object as an exception."""
    message, code, data = str(error.get("message", "")), int(error.get("code", 0) or 0), error.get("data")
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    revert = b""
    if isinstance(data, str) and data.startswith("0x"):
        try:
            revert = bytes.fromhex(data[2:])
        except ValueError:
            revert = b""
    kind = classify(message, code)
    if code == 3 or (revert and kind is NodeErrorKind.OTHER):
        kind = NodeErrorKind.REVERTED
    return NodeRefused(kind, message, code=code, data=revert)
