"""What final logs of tokens and of the controller say, decoded by slicing. A test compares it with the artifacts."""

from __future__ import annotations

from dataclasses import dataclass

from eth_hash.auto import keccak

from contracts.indexer.models import Log

ZERO = "0x" + "0" * 40


def _topic(signature: str) -> str:
    return "0x" + keccak(signature.encode()).hex()


SIGNATURES = {
    "Transfer": "Transfer(address,address,uint256)",
    "Issued": "Issued(uint64,address,uint256)",
    "Redeemed": "Redeemed(uint64,address,uint256)",
    "Annulled": "Annulled(uint64,address,uint256,uint16,bytes32)",
    "TransferForced": "TransferForced(uint64,address,address,uint256,uint16,bytes32)",
    "Recovered": "Recovered(uint64,address,address,uint256,uint16,bytes32)",
    "TokensFrozen": "TokensFrozen(address,uint256)",
    "TokensUnfrozen": "TokensUnfrozen(address,uint256)",
    "AddressFrozen": "AddressFrozen(address,bool,address)",
    "CapRaised": "CapRaised(address,uint64,uint64,uint256,bytes32,address)",
    "CapReduced": "CapReduced(address,uint64,uint64,uint256)",
}
TOPICS = {name: _topic(signature) for name, signature in SIGNATURES.items()}
_NAMES = {topic: name for name, topic in TOPICS.items()}
KINDS = {
    "Issued": "ISSUE",
    "Redeemed": "REDEEM",
    "Annulled": "ANNUL",
    "TransferForced": "FORCED_TRANSFER",
    "Recovered": "RECOVERY",
}


@dataclass(frozen=True, slots=True)
class Transfer:
    sender: str
    receiver: str
    units: int

    @property
    def mints(self) -> bool:
        return self.sender == ZERO

    @property
    def burns(self) -> bool:
        return self.receiver == ZERO


@dataclass(frozen=True, slots=True)
class TypedCause:
    """The event at the next log index that says why a Transfer happened; wallet is where units arrive or leave."""

    kind: str
    number: int
    sender: str
    receiver: str
    units: int

    @property
    def wallet(self) -> str:
        return self.receiver if self.sender == ZERO else self.sender

    def explains(self, transfer: Transfer) -> bool:
        return (self.sender, self.receiver, self.units) == (transfer.sender, transfer.receiver, transfer.units)


@dataclass(frozen=True, slots=True)
class CapChange:
    raised: bool
    token: str
    number: int
    issue_number: int
    units: int
    registry_reference: str


def name_of(log: Log) -> str:
    return _NAMES.get(log.topics[0], "") if log.topics else ""


def transfer_of(log: Log) -> Transfer | None:
    if name_of(log) != "Transfer" or len(log.topics) != 3:
        return None
    return Transfer(_address(log.topics[1]), _address(log.topics[2]), _word(log, 0))


def cause_of(log: Log | None) -> TypedCause | None:
    """The typed cause that the log is, or None."""
    name = name_of(log) if log is not None else ""
    if log is None or name not in KINDS:
        return None
    number, first = int(log.topics[1], 16), _address(log.topics[2])
    if name == "Issued":
        return TypedCause(KINDS[name], number, ZERO, first, _word(log, 0))
    if name in ("Redeemed", "Annulled"):
        return TypedCause(KINDS[name], number, first, ZERO, _word(log, 0))
    return TypedCause(KINDS[name], number, first, _address(log.topics[3]), _word(log, 0))


def cap_change_of(log: Log) -> CapChange | None:
    name = name_of(log)
    if name not in ("CapRaised", "CapReduced"):
        return None
    raised = name == "CapRaised"
    reference = "0x" + bytes(log.data)[64:96].hex() if raised else ""
    return CapChange(raised, _address(log.topics[1]), int(log.topics[2], 16), _word(log, 0), _word(log, 1), reference)


def frozen_change_of(log: Log) -> tuple[str, int] | None:
    """Wallet and signed units of a partial freeze."""
    name = name_of(log)
    if name not in ("TokensFrozen", "TokensUnfrozen"):
        return None
    return _address(log.topics[1]), _word(log, 0) if name == "TokensFrozen" else -_word(log, 0)


def closing_of(log: Log) -> tuple[str, bool] | None:
    """Wallet, and whether it is closed whole from here on."""
    return (_address(log.topics[1]), int(log.topics[2], 16) == 1) if name_of(log) == "AddressFrozen" else None


def _address(topic: str) -> str:
    return "0x" + topic[-40:]


def _word(log: Log, position: int) -> int:
    return int.from_bytes(bytes(log.data)[32 * position : 32 * position + 32], "big")
