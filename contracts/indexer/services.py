"""Following the chain: rewind what left it, fill what is watched late, append what is new, freeze what is final."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from contracts.indexer import faults, store
from contracts.indexer.fetch import (
    FaultyAnswer,
    Header,
    JsonRpc,
    Range,
    fetch_range,
    header_at,
    headers_of,
    linked_headers,
)
from contracts.indexer.models import Block, NodeFault, Tip, WatchedContract
from tokenization.kernel.errors import Refused, Unavailable

LARGEST_RANGE = 2000
REWIND_STEP = 32
CHECK_THE_NODE = (
    "Point CHAIN_RPC_URL at a node of the right chain, synchronised beyond this block. Indexing and posting go on by "
    "themselves once it shows the stored hash. If the chain really changed below finality, keep the halt and call the "
    "technical operator and the registrar: final entries are never rewritten."
)


@dataclass(frozen=True)
class Progress:
    """What one look did: blocks appended, blocks rewound, and where the tip and finality stand."""

    appended: int
    rewound: int
    number: int
    final_number: int
    head_number: int


@transaction.atomic
def watch(*, address: str, artifact: str, name: str, now: datetime, from_block: int | None = None) -> WatchedContract:
    """Keep every log of the contract from ``from_block`` on; without one, from the first block that is not final yet.

    Call it in the transaction that plans the contract, before it is deployed. Repeating it changes nothing; another
    artifact under the same address is Refused.
    """
    known = WatchedContract.objects.filter(address=address.lower()).first()
    if known is not None:
        if known.artifact != artifact:
            raise Refused(f"{address} is already watched as {known.artifact}, not {artifact}.", field="artifact")
        return known
    tip = Tip.objects.first()
    start = (
        from_block
        if from_block is not None
        else (tip.final_number + 1 if tip else getattr(settings, "CHAIN_START_BLOCK", 0))
    )
    return WatchedContract.objects.create(
        address=address.lower(), artifact=artifact, name=name, from_block=start, filled_to=start - 1, watched_at=now
    )


def index_once(node: JsonRpc, *, now: datetime, seconds: float = 5.0) -> Progress:
    """Follow the chain for at most ``seconds`` (wall time); safe to repeat, to run twice at once and to kill anywhere.

    Raises IndexerHalted when the node contradicts a final row, FaultyAnswer (counted) or the node's own error.
    """
    try:
        return _follow(node, now, time.monotonic() + seconds)
    except FaultyAnswer as fault:
        faults.fault_record(kind=fault.kind, detail=fault.detail, now=now)
        _shrink()
        raise
    except Unavailable:
        _shrink()
        raise


def _follow(node: JsonRpc, now: datetime, until: float) -> Progress:
    head = header_at(node, "latest")
    if head is None:
        raise FaultyAnswer(NodeFault.Kind.BROKEN_CHAIN, "the node shows no head")
    tip = Tip.objects.first() or _start(node, now)
    _refuse_below_finality(node, tip, head, now)
    store.notice_head(number=head.number, now=now)
    rewound = _rewind_if_left(node, tip, now)
    final = _final_header(node, head)
    _fill_late_contracts(node, until)
    before = Tip.objects.get().number
    _append_new(node, head.number, until)
    if final is not None:
        store.finalise(final)
    tip = Tip.objects.get()
    return Progress(tip.number - before, rewound, tip.number, tip.final_number, head.number)


def _start(node: JsonRpc, now: datetime) -> Tip:
    wanted = store.lowest_wanted()
    first = header_at(node, wanted if wanted is not None else "finalized")
    if first is None:
        raise FaultyAnswer(
            NodeFault.Kind.BROKEN_CHAIN, f"the node has no block {wanted}, where the watched contracts begin"
        )
    return store.tip_start(genesis=first, now=now)


def _refuse_below_finality(node: JsonRpc, tip: Tip, head: Header, now: datetime) -> None:
    if tip.final_number < 0:
        return
    shown = header_at(node, tip.final_number)
    if shown is not None and shown.hash == tip.final_hash:
        faults.faults_clear(now=now)
        return
    if shown is None:
        kind, seen = NodeFault.Kind.BEHIND_DATABASE, f"the node's head is {head.number}"
    else:
        kind, seen = NodeFault.Kind.BELOW_FINALITY, f"the node shows {shown.hash}"
    detail = f"block {tip.final_number} {tip.final_hash} is final here, {seen}"
    faults.fault_record(kind=kind, detail=detail, now=now, halts=True, what_to_do=CHECK_THE_NODE)
    faults.refuse_if_halted()


def _rewind_if_left(node: JsonRpc, tip: Tip, now: datetime) -> int:
    """Go back to the highest stored block that the node still shows. Final ones were compared before."""
    shown = header_at(node, tip.number)
    if shown is not None and shown.hash == tip.hash:
        return 0
    top = tip.number - 1
    while top >= tip.first_number:
        numbers = range(top, max(top - REWIND_STEP, tip.first_number - 1), -1)
        stored = dict(Block.objects.filter(number__in=numbers).values_list("number", "hash"))
        for header in headers_of(node, numbers):
            if header is not None and stored.get(header.number) == header.hash:
                return store.rewind(to=header)
        top = numbers[-1] - 1
    detail = f"no block from {tip.first_number} to {tip.number} is known to the node"
    faults.fault_record(
        kind=NodeFault.Kind.BELOW_FINALITY, detail=detail, now=now, halts=True, what_to_do=CHECK_THE_NODE
    )
    raise faults.IndexerHalted(f"Of the stored chain, {detail}.", next_step=CHECK_THE_NODE)


def _final_header(node: JsonRpc, head: Header) -> Header | None:
    if settings.CHAIN_FINALITY == "finalized":
        return header_at(node, "finalized")
    number = head.number - int(settings.CHAIN_FINALITY)
    return header_at(node, number) if number >= 0 else None


def _fill_late_contracts(node: JsonRpc, until: float) -> None:
    tip = Tip.objects.get()
    lowest = store.lowest_wanted()
    while lowest is not None and lowest < tip.first_number and time.monotonic() < until:
        first = max(lowest, tip.first_number - tip.range_size)
        store.range_prepend(linked_headers(node, first, tip.first_number - 1))
        tip.refresh_from_db()
    for contract in WatchedContract.objects.filter(filled_to__lt=tip.number).order_by("from_block"):
        while contract.filled_to < tip.number and time.monotonic() < until:
            first = contract.filled_to + 1
            last = min(first + tip.range_size - 1, tip.number)
            store.back_fill(contract.pk, fetch_range(node, first, last, [contract.address]))
            contract.refresh_from_db()


def _append_new(node: JsonRpc, head: int, until: float) -> None:
    """Append ranges up to ``head``; the next one is read while this one is written."""
    tip = Tip.objects.get()
    if tip.number >= head or WatchedContract.objects.filter(filled_to__lt=tip.number).exists():
        return
    contracts = dict(WatchedContract.objects.values_list("pk", "address"))
    addresses = sorted(contracts.values())
    size = tip.range_size

    def read(first: int) -> Range:
        return fetch_range(node, first, min(first + size - 1, head), addresses)

    with ThreadPoolExecutor(max_workers=1) as reader:
        coming: Future[Range] | None = reader.submit(read, tip.number + 1)
        while coming is not None:
            fetched = coming.result()
            size = min(size * 2, LARGEST_RANGE)
            following = fetched.headers[-1].number + 1
            more = following <= head and time.monotonic() < until
            coming = reader.submit(read, following) if more else None
            store.range_append(fetched, carried=set(contracts))
            store.notice_head(number=head, now=Tip.objects.get().head_seen_at, range_size=size)


def _shrink() -> None:
    """Ask for less next time: a range too long is the commonest reason of a partial or refused answer."""
    tip = Tip.objects.first()
    if tip is not None:
        Tip.objects.update(range_size=max(1, tip.range_size // 2))
