"""Root causes that the register names by itself: final logs that no instruction explains."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Sum

from contracts.indexer.models import Log
from custody.reconciliation.models import Break
from custody.register.models import UNEXPLAINED, DisputeEntry, Entry
from custody.tokenisation.models import TokenContract

Kind = Break.Kind


@dataclass(frozen=True)
class RootCause:
    """One unexplained log. ``units`` are those still amiss at the block; ``active`` while there are any."""

    kind: Kind
    log: Log
    wallet: str
    made: int
    units: int

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.log.tx_hash}:{self.log.log_index}"

    @property
    def active(self) -> bool:
        return self.units > 0

    @property
    def story(self) -> str:
        where = f"transaction {self.log.tx_hash}, log {self.log.log_index} of block {self.log.block_id}"
        if self.kind == Kind.UNDUE_CREATION:
            done = f"{self.made} units were created at {self.wallet}"
            after = f" {self.units} still exist: disputed, earning nothing, to be removed by a numbered forced burn."
        elif self.kind == Kind.UNDUE_DESTRUCTION:
            done, after = f"{self.made} units were destroyed at {self.wallet}", " The holder's claim stands."
        else:
            done, after = (
                f"{self.made} units were moved by force from {self.wallet}",
                " The former holder's claim stands.",
            )
        return f"{done} by {where}, and no instruction has that number, kind, wallet and quantity.{after}"


def root_causes(token: TokenContract, block_number: int) -> list[RootCause]:
    """Every unexplained log up to the block, oldest first."""
    rows = Entry.objects.filter(token=token, cause="UNEXPLAINED", block_number__lte=block_number).select_related(
        "log__block"
    )
    legs: dict[int, list[Entry]] = defaultdict(list)
    for entry in rows.order_by("log_id", "leg"):
        legs[entry.log_id].append(entry)
    left = _still_disputed(token, block_number)
    return [_cause(group, left) for group in legs.values()]


def _still_disputed(token: TokenContract, block_number: int) -> dict[int, int]:
    rows = DisputeEntry.objects.filter(token=token, block_number__lte=block_number).order_by("dispute__log_id")
    return {log: int(total) for log, total in rows.values_list("dispute__log_id").annotate(total=Sum("units"))}


def _cause(legs: list[Entry], left: dict[int, int]) -> RootCause:
    log = legs[0].log
    wallets = [leg for leg in legs if leg.account != UNEXPLAINED]
    made = max(abs(leg.units) for leg in legs)
    if len(wallets) == 2:
        return RootCause(Kind.UNDUE_MOVEMENT, log, wallets[0].account, made, 0)
    wallet = wallets[0].account if wallets else ""
    if wallets and wallets[0].units > 0:
        return RootCause(Kind.UNDUE_CREATION, log, wallet, made, left.get(log.pk, 0))
    undue = -sum(entry.units for entry in DisputeEntry.objects.filter(log=log))
    return RootCause(Kind.UNDUE_DESTRUCTION, log, wallet, made, made - undue)
