"""Reading a range of blocks from a node and believing none of it until it holds together.

Two independent answers are compared for every block whose header bloom says that a watched contract spoke:
``eth_getLogs`` over the range, and the receipts of the block by its hash, whose count must be the header's count of
transactions. Network only: nothing here touches the database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from contracts.gateway.errors import NodeErrorKind, NodeRefused
from contracts.indexer import bloom
from contracts.indexer.models import NodeFault
from tokenization.kernel.errors import Unavailable

HEADERS_IN_BATCH = 500
RECEIPTS_IN_BATCH = 50


class JsonRpc(Protocol):
    """What the indexer needs of ``contracts.gateway.client.Node``."""

    def call(self, method: str, *params: Any) -> Any: ...

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]: ...


class FaultyAnswer(Unavailable):
    """The node contradicted itself: counted, retried, never committed."""

    def __init__(self, kind: NodeFault.Kind, detail: str) -> None:
        super().__init__(
            f"The node's answer does not hold together: {detail}.", next_step="It is asked again by itself."
        )
        self.kind = kind
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Header:
    number: int
    hash: str
    parent_hash: str
    timestamp: datetime
    logs_bloom: str
    transactions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawLog:
    block_number: int
    block_hash: str
    log_index: int
    tx_hash: str
    tx_index: int
    address: str
    topics: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Range:
    """Linked headers and the complete logs of the watched contracts in them."""

    headers: list[Header]
    logs: list[RawLog]


def parse_header(answer: dict[str, Any]) -> Header:
    return Header(
        number=int(answer["number"], 16),
        hash=answer["hash"].lower(),
        parent_hash=answer["parentHash"].lower(),
        timestamp=datetime.fromtimestamp(int(answer["timestamp"], 16), UTC),
        logs_bloom=answer["logsBloom"],
        transactions=tuple(answer["transactions"]),
    )


def parse_log(answer: dict[str, Any]) -> RawLog:
    return RawLog(
        block_number=int(answer["blockNumber"], 16),
        block_hash=answer["blockHash"].lower(),
        log_index=int(answer["logIndex"], 16),
        tx_hash=answer["transactionHash"].lower(),
        tx_index=int(answer["transactionIndex"], 16),
        address=answer["address"].lower(),
        topics=tuple(topic.lower() for topic in answer["topics"]),
        data=bytes.fromhex(answer["data"][2:]),
    )


def header_at(node: JsonRpc, block: int | str) -> Header | None:
    """The header by number or tag; None when the node does not have it."""
    answer = node.call("eth_getBlockByNumber", hex(block) if isinstance(block, int) else block, False)
    return parse_header(answer) if answer else None


def headers_of(node: JsonRpc, numbers: Sequence[int]) -> list[Header | None]:
    answers: list[Any] = []
    for start in range(0, len(numbers), HEADERS_IN_BATCH):
        part = numbers[start : start + HEADERS_IN_BATCH]
        answers += _granted(node.batch([("eth_getBlockByNumber", [hex(number), False]) for number in part]))
    return [parse_header(answer) if answer else None for answer in answers]


def _granted(answers: list[Any]) -> list[Any]:
    """The answers of a batch, or the first refusal in it raised."""
    for answer in answers:
        if isinstance(answer, NodeRefused):
            raise answer
    return answers


def fetch_range(node: JsonRpc, first: int, last: int, addresses: list[str]) -> Range:
    """Headers ``first``..``last`` linked by parent hash, with every log of ``addresses`` in them.

    Raises FaultyAnswer when headers do not link, logs are missing or too many, or receipts are incomplete.
    """
    headers = linked_headers(node, first, last)
    return Range(headers, complete_logs(node, headers, addresses))


def linked_headers(node: JsonRpc, first: int, last: int) -> list[Header]:
    headers: list[Header] = []
    for number, header in zip(range(first, last + 1), headers_of(node, range(first, last + 1)), strict=True):
        if header is None or header.number != number:
            raise FaultyAnswer(NodeFault.Kind.BROKEN_CHAIN, f"block {number} is missing below the node's own head")
        if headers and header.parent_hash != headers[-1].hash:
            raise FaultyAnswer(NodeFault.Kind.BROKEN_CHAIN, f"block {number} does not follow block {number - 1}")
        headers.append(header)
    return headers


def complete_logs(node: JsonRpc, headers: list[Header], addresses: list[str]) -> list[RawLog]:
    """The logs of ``addresses`` in the blocks, as two independent answers agree on them."""
    touched = [header for header in headers if bloom.touches(header.logs_bloom, addresses)]
    if not touched:
        return []
    claimed = _logs_by_filter(node, headers, addresses)
    proved = _logs_by_receipts(node, touched, addresses)
    for header in headers:
        said, true = claimed.get(header.number, []), proved.get(header.number, [])
        if said != true:
            kind = NodeFault.Kind.MISSING_LOGS if len(said) < len(true) else NodeFault.Kind.FOREIGN_LOGS
            detail = (
                f"block {header.number} {header.hash}: eth_getLogs shows {len(said)} logs, its receipts {len(true)}"
            )
            raise FaultyAnswer(kind, detail)
    return [log for header in touched for log in proved[header.number]]


def _logs_by_filter(node: JsonRpc, headers: list[Header], addresses: list[str]) -> dict[int, list[RawLog]]:
    hashes = {header.number: header.hash for header in headers}
    query = {"fromBlock": hex(headers[0].number), "toBlock": hex(headers[-1].number), "address": addresses}
    found: dict[int, list[RawLog]] = defaultdict(list)
    watched = set(addresses)
    for log in map(parse_log, node.call("eth_getLogs", query)):
        if hashes.get(log.block_number) != log.block_hash or log.address not in watched:
            raise FaultyAnswer(NodeFault.Kind.FOREIGN_LOGS, f"a log of block {log.block_hash}, which was not asked for")
        found[log.block_number].append(log)
    for logs in found.values():
        logs.sort(key=lambda log: log.log_index)
    return found


def _logs_by_receipts(node: JsonRpc, headers: list[Header], addresses: list[str]) -> dict[int, list[RawLog]]:
    watched = set(addresses)
    found: dict[int, list[RawLog]] = {}
    for start in range(0, len(headers), RECEIPTS_IN_BATCH):
        part = headers[start : start + RECEIPTS_IN_BATCH]
        for header, receipts in zip(part, _receipts(node, part), strict=True):
            logs = _whole_block(header, receipts)
            found[header.number] = [log for log in logs if log.address in watched]
    return found


def _receipts(node: JsonRpc, headers: list[Header]) -> list[list[dict[str, Any]] | None]:
    """Receipts of each block by its hash; one by one from a node that has no call for a whole block."""
    answers = node.batch([("eth_getBlockReceipts", [header.hash]) for header in headers])
    if not any(isinstance(answer, NodeRefused) and answer.kind is NodeErrorKind.UNKNOWN_METHOD for answer in answers):
        return _granted(answers)
    singly: list[list[dict[str, Any]] | None] = []
    for header in headers:
        receipts = _granted(node.batch([("eth_getTransactionReceipt", [hash_]) for hash_ in header.transactions]))
        singly.append([receipt for receipt in receipts if receipt is not None])
    return singly


def _whole_block(header: Header, receipts: list[dict[str, Any]] | None) -> list[RawLog]:
    """All logs of a block from its receipts; their count and the unbroken log numbers show that none is missing."""
    where = f"block {header.number} {header.hash}"
    if receipts is None or len(receipts) != len(header.transactions):
        shown = 0 if receipts is None else len(receipts)
        raise FaultyAnswer(
            NodeFault.Kind.PARTIAL_RECEIPTS, f"{where}: {shown} receipts of {len(header.transactions)} transactions"
        )
    if any(receipt["blockHash"].lower() != header.hash for receipt in receipts):
        raise FaultyAnswer(NodeFault.Kind.PARTIAL_RECEIPTS, f"{where}: receipts of another block")
    logs = [parse_log(log) for receipt in receipts for log in receipt["logs"]]
    if [log.log_index for log in logs] != list(range(len(logs))):
        raise FaultyAnswer(NodeFault.Kind.PARTIAL_RECEIPTS, f"{where}: log numbers have gaps")
    return logs
