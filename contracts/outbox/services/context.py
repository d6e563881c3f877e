"""What one pass of a sender works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from contracts.gateway.client import Node
from contracts.gateway.remote import SignerPort
from contracts.gateway.views import Head
from contracts.outbox.models import Signer
from contracts.outbox.services.lease import Lease


@dataclass(slots=True)
class Pass:
    """A sender's pass: its key and lease, the node, the signer's port, the clock, and the heads it last saw."""

    signer: Signer
    lease: Lease
    node: Node
    port: SignerPort
    clock: Callable[[], datetime]
    chain_id: int
    head: Head
    final: Head

    @property
    def address(self) -> str:
        if self.signer.address is None:
            raise RuntimeError(f"the address of {self.signer.name} is not known yet")
        return self.signer.address
