"""Writing ranges under the lock of the tip: linked to the stored chain, or refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.db import connection, transaction
from django.db.models import Min

from contracts.indexer.fetch import Header, Range, RawLog
from contracts.indexer.models import Block, Log, Tip, WatchedContract
from tokenization.kernel.errors import Conflict
from tokenization.kernel.locks import lock_rows

COPY_BLOCKS = "COPY indexer_block (number, hash, parent_hash, timestamp, final) FROM STDIN"
COPY_LOGS = "COPY indexer_log (block_id, log_index, tx_hash, tx_index, address, topics, data) FROM STDIN"


def copy_blocks(headers: Iterable[Header], *, final: bool = False) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_BLOCKS) as rows:
        for header in headers:
            rows.write_row((header.number, header.hash, header.parent_hash, header.timestamp, final))


def copy_logs(logs: Iterable[RawLog]) -> None:
    with connection.cursor() as cursor, cursor.copy(COPY_LOGS) as rows:
        for log in logs:
            rows.write_row(
                (log.block_number, log.log_index, log.tx_hash, log.tx_index, log.address, list(log.topics), log.data)
            )


def locked_tip() -> Tip:
    [[tip]] = lock_rows(Tip.objects.all())
    return cast(Tip, tip)


@transaction.atomic
def tip_start(*, genesis: Header, now: datetime) -> Tip:
    """The first header of all: what follows must link to it."""
    if not Tip.objects.exists():
        copy_blocks([genesis])
        Tip.objects.create(
            first_number=genesis.number,
            number=genesis.number,
            hash=genesis.hash,
            head_number=genesis.number,
            head_seen_at=now,
        )
    return Tip.objects.get()


@transaction.atomic
def range_append(fetched: Range, *, carried: set[int]) -> Tip:
    """Add a range above the tip.

    Raises Conflict when the tip has moved since the range was read, or its first header does not follow the stored tip.
    ``carried`` are the contracts whose logs the range holds; they stay complete up to the new tip.
    """
    tip = locked_tip()
    first, last = fetched.headers[0], fetched.headers[-1]
    if first.number != tip.number + 1 or first.parent_hash != tip.hash:
        raise Conflict(f"Block {first.number} {first.hash} does not follow the stored tip {tip.number} {tip.hash}.")
    copy_blocks(fetched.headers)
    copy_logs(fetched.logs)
    tip.number, tip.hash = last.number, last.hash
    tip.save(update_fields=["number", "hash"])
    WatchedContract.objects.filter(pk__in=carried).update(filled_to=last.number)
    return tip


@transaction.atomic
def range_prepend(headers: list[Header]) -> None:
    """Add headers below the lowest stored one (a contract watched with an older first block)."""
    tip = locked_tip()
    lowest = Block.objects.get(number=tip.first_number)
    if headers[-1].number != lowest.number - 1 or headers[-1].hash != lowest.parent_hash:
        raise Conflict(f"Block {headers[-1].number} is not the parent of the lowest stored block {lowest.number}.")
    copy_blocks(headers, final=lowest.final)
    tip.first_number = headers[0].number
    tip.save(update_fields=["first_number"])


@transaction.atomic
def back_fill(contract_id: int, fetched: Range) -> None:
    """Add the logs of a contract watched late to blocks that are already stored, in chain order, up to the tip at most.

    Raises Conflict when the stored blocks are not those the logs were read from.
    """
    locked_tip()
    contract = WatchedContract.objects.select_for_update().get(pk=contract_id)
    first, last = fetched.headers[0].number, fetched.headers[-1].number
    stored = dict(Block.objects.filter(number__range=(first, last)).values_list("number", "hash"))
    if contract.filled_to + 1 != first or stored != {header.number: header.hash for header in fetched.headers}:
        raise Conflict(f"The stored blocks {first} to {last} changed while they were read.")
    copy_logs(fetched.logs)
    contract.filled_to = last
    contract.save(update_fields=["filled_to"])


@transaction.atomic
def rewind(*, to: Header) -> int:
    """Delete every row above a stored block that the node still shows. Final rows refuse. Returns the blocks gone."""
    tip = locked_tip()
    if not Block.objects.filter(number=to.number, hash=to.hash).exists():
        raise Conflict(f"Block {to.number} {to.hash} is not stored.")
    Log.objects.filter(block__number__gt=to.number).delete()
    gone, _ = Block.objects.filter(number__gt=to.number).delete()
    tip.number, tip.hash = to.number, to.hash
    tip.save(update_fields=["number", "hash"])
    WatchedContract.objects.filter(filled_to__gt=to.number, from_block__lte=to.number + 1).update(filled_to=to.number)
    for contract in WatchedContract.objects.filter(from_block__gt=to.number + 1):
        contract.from_block, contract.filled_to = to.number + 1, to.number
        contract.save(update_fields=["from_block", "filled_to"])
    return gone


@transaction.atomic
def finalise(header: Header) -> Tip:
    """Freeze every stored block up to the node's final one. A header that is not ours waits for the next look."""
    tip = locked_tip()
    if not tip.first_number <= header.number <= tip.number:
        return tip
    stored = Block.objects.get(number=header.number)
    if header.number <= tip.final_number or stored.hash != header.hash:
        return tip
    Block.objects.filter(number__lte=header.number, final=False).update(final=True)
    tip.final_number, tip.final_hash = header.number, header.hash
    tip.save(update_fields=["final_number", "final_hash"])
    return tip


def lowest_wanted() -> int | None:
    lowest: int | None = WatchedContract.objects.aggregate(lowest=Min("from_block"))["lowest"]
    return lowest


def notice_head(*, number: int, now: datetime, range_size: int | None = None) -> None:
    changes: dict[str, object] = {"head_number": number, "head_seen_at": now}
    if range_size is not None:
        changes["range_size"] = range_size
    Tip.objects.update(**changes)
