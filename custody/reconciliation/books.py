"""What a run has read so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from contracts.indexer.models import Block
from custody.instructions.models import Instruction
from custody.reconciliation.causes import RootCause
from custody.reconciliation.equations import Observed
from custody.reconciliation.models import Source
from custody.registries.models import RegistryConfirmation
from custody.reserves.models import ReserveAttestation
from custody.tokenisation.models import TokenContract


@dataclass(frozen=True)
class Word:
    """An attestation that is on chain by the block; not `sure` while only the contract itself can tell."""

    row: ReserveAttestation
    sure: bool


@dataclass(frozen=True)
class Raised:
    """An encumbrance raised by us, from the time of its block on; the `sequence`-th of the token."""

    sequence: int
    encumbered_minor: int
    at: datetime
    sure: bool


@dataclass
class Books:
    """What our own tables and the registrar's say at the block."""

    token: TokenContract
    block: Block
    seen: list[Observed] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    causes: list[RootCause] = field(default_factory=list)
    wallets: list[str] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    confirmations: list[RegistryConfirmation] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    raises: list[Raised] = field(default_factory=list)

    def add(self, source: Source, name: str, value: int, unit: str = "units", **detail: object) -> None:
        self.seen.append(Observed(source, name, value, unit, detail))

    def settled(self, instruction: Instruction | None) -> bool:
        """Its final log is at or before the block."""
        log = instruction.settled_log if instruction is not None else None
        return log is not None and log.block_id <= self.block.number
