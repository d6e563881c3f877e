"""Finding the legs of a settlement among final logs: which transfer in its transaction is whose."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from contracts.gateway.cash_events import CashEvent, decode, topics
from contracts.indexer.models import Log
from custody.register.events import TOPICS, transfer_of
from custody.register.models import Entry
from custody.register.selectors import posted_block

TRANSFER = TOPICS["Transfer"]


@dataclass(frozen=True)
class Move:
    """A transfer that must have happened: of which token, from whom, to whom, how many of its units."""

    address: str
    sender: str
    receiver: str
    units: int


def posted_facts(contract: str, event: str, place: int, values: Collection[str]) -> Iterable[tuple[Log, CashEvent]]:
    """Logs of one event of a contract whose topic at `place` is one of the values, decoded, in the order of the chain.

    Only of blocks that the register has posted: what they moved is in its entries.
    """
    block = posted_block()
    if block is None or not values:
        return
    wanted = {f"topics__{place}__in": list(values), "topics__0": topics()[event]}
    logs = Log.objects.filter(address=contract, block__final=True, block_id__lte=block.number, **wanted)
    for log in logs.select_related("block").order_by("block_id", "log_index"):
        fact = decode(log.topics, bytes(log.data))
        if fact is not None:
            yield log, fact


def posted_transfer(of: Log, move: Move, *, used: Collection[int] = ()) -> Log | None:
    """The first transfer of that kind in the transaction of a log, posted in the register and not among `used` ids."""
    logs = Log.objects.filter(block_id=of.block_id, tx_hash=of.tx_hash, address=move.address, topics__0=TRANSFER)
    for log in logs.exclude(pk__in=used).order_by("log_index"):
        found = transfer_of(log)
        if found is None or (found.sender, found.receiver, found.units) != (move.sender, move.receiver, move.units):
            continue
        if Entry.objects.filter(log=log).exists():
            return log
    return None


def topic_of_number(number: int) -> str:
    """An indexed number as it stands in a topic."""
    return f"0x{number:064x}"
