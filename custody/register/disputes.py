"""Where undue units are. They leave a wallet first, oldest dispute first, and follow to the receiver.

A redemption is the one exception: the state redeems due units, so a matched REDEEM takes the undisputed ones first.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Sum

from contracts.indexer.models import Log
from custody.register.models import Dispute, DisputeEntry

if TYPE_CHECKING:
    from custody.instructions.models import Instruction
    from custody.tokenisation.models import TokenContract


def split(held: list[tuple[int, int]], units: int) -> list[tuple[int, int]]:
    """How many units of each (dispute, units held) go when ``units`` leave, first come first gone."""
    taken = []
    for dispute, amount in held:
        part = min(amount, units)
        if part > 0:
            taken.append((dispute, part))
        units -= part
    return taken


class DisputeBook:
    """The open disputes of one token while logs are posted; loaded once, written as entries."""

    def __init__(self, token: TokenContract) -> None:
        self.token = token
        self._entries: list[DisputeEntry] = []
        self._held: dict[str, dict[int, int]] = defaultdict(dict)
        rows = (
            DisputeEntry.objects.filter(token=token, dispute__state=Dispute.State.OPEN)
            .values_list("wallet", "dispute_id")
            .annotate(total=Sum("units"))
            .order_by("dispute_id")
        )
        for wallet, dispute, total in rows:
            if total:
                self._held[wallet][dispute] = int(total)

    def held(self, wallet: str) -> int:
        return sum(self._held[wallet].values()) if wallet in self._held else 0

    def open(self, *, wallet: str, units: int, log: Log, now: datetime) -> Dispute:
        dispute = Dispute.objects.create(
            token=self.token, log=log, tx_hash=log.tx_hash, wallet=wallet, units=units, remaining=units, opened_at=now
        )
        self._move(dispute.pk, wallet, units, log, leg=0)
        return dispute

    def transfer(self, *, sender: str, receiver: str, units: int, log: Log) -> None:
        """Disputed units leave the sender first and are disputed at the receiver."""
        if sender == receiver or not self.held(sender):
            return
        for dispute, part in split(sorted(self._held[sender].items()), units):
            self._move(dispute, sender, -part, log, leg=0)
            self._move(dispute, receiver, part, log, leg=1)

    def burn(self, *, wallet: str, units: int, log: Log, annul: Instruction | None) -> int:
        """Disputed units among the burned ones go out of existence; returns how many they were."""
        gone = 0
        for pk, part in split(sorted(self._held[wallet].items()) if self.held(wallet) else [], units):
            self._move(pk, wallet, -part, log, leg=0)
            dispute = Dispute.objects.get(pk=pk)
            dispute.remaining -= part
            if dispute.remaining == 0:
                dispute.state = Dispute.State.ANNULLED if annul is not None else Dispute.State.BURNED
                dispute.annul_instruction = annul
            dispute.save(update_fields=["remaining", "state", "annul_instruction"])
            gone += part
        return gone

    def write(self) -> None:
        """Where the disputed units went, all at once."""
        DisputeEntry.objects.bulk_create(self._entries)
        self._entries = []

    def _move(self, dispute: int, wallet: str, units: int, log: Log, *, leg: int) -> None:
        entry = DisputeEntry(dispute_id=dispute, token=self.token, log=log, leg=leg, wallet=wallet, units=units)
        entry.block_number = log.block_id
        self._entries.append(entry)
        held = self._held[wallet]
        held[dispute] = held.get(dispute, 0) + units
        if not held[dispute]:
            del held[dispute]
