"""The indexer against a real node: order, completeness, back-fill, reorganisations, finality."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.gateway.client import Node
from contracts.gateway.errors import NodeErrorKind, NodeRefused, NodeUnavailable
from contracts.indexer import selectors
from contracts.indexer.faults import IndexerHalted
from contracts.indexer.fetch import FaultyAnswer
from contracts.indexer.models import Block, Log, NodeFault, Tip, WatchedContract
from contracts.indexer.services import LARGEST_RANGE, index_once, watch
from tests.support.emitter import Emitter
from tests.support.liar import LyingNode
from tests.support.parts import Chain
from tokenization.kernel.errors import Refused

pytestmark = [pytest.mark.chain, pytest.mark.django_db]
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def emitter(chain: Chain) -> Emitter:
    return Emitter(chain)


@pytest.fixture
def node(chain: Chain) -> Iterator[Node]:
    with Node(chain.url) as node:
        yield node


def follow(emitter: Emitter, from_block: int | None = None) -> WatchedContract:
    start = emitter.block if from_block is None else from_block
    return watch(address=emitter.address, artifact="Emitter", name="emitter", now=NOW, from_block=start)


def numbers(address: str | None = None) -> list[int]:
    logs = Log.objects.filter(address=address) if address else Log.objects.all()
    return [int(log.topics[2], 16) for log in logs.order_by("block_id", "log_index")]


def chain_links() -> bool:
    blocks = list(Block.objects.order_by("number"))
    return all(
        below.hash == above.parent_hash and below.number + 1 == above.number
        for below, above in zip(blocks, blocks[1:], strict=False)
    )


def test_logs_are_kept_in_order_with_their_block(chain: Chain, emitter: Emitter, node: Node) -> None:
    follow(emitter)
    first = emitter.emit(11, 12)
    sent = emitter.send(13)
    second = chain.mine()
    head = chain.mine(3)

    progress = index_once(node, now=NOW)

    assert numbers() == [11, 12, 13]
    assert (progress.number, progress.head_number, progress.rewound) == (head, head, 0)
    assert progress.appended == head - emitter.block
    assert progress.final_number == head - 2
    log = Log.objects.get(tx_hash=sent)
    answer = chain.rpc("eth_getTransactionReceipt", sent)["logs"][0]
    assert (log.block_id, log.block.hash, log.log_index, log.tx_index) == (second, answer["blockHash"], 0, 0)
    assert log.address == emitter.address
    assert log.topics == answer["topics"]
    assert bytes(log.data) == b"\x07" * 40
    assert [log.log_index for log in Log.objects.filter(block_id=first).order_by("log_index")] == [0, 1]
    assert chain_links()


def test_the_block_carries_the_chains_time(chain: Chain, emitter: Emitter, node: Node) -> None:
    follow(emitter)
    chain.warp(86_400)
    index_once(node, now=NOW)
    tip = Tip.objects.get()
    assert Block.objects.get(number=tip.number).timestamp == datetime.fromtimestamp(chain.now(), UTC)


def test_repeating_changes_nothing(emitter: Emitter, chain: Chain, node: Node) -> None:
    follow(emitter)
    emitter.emit(1)
    chain.mine(3)
    index_once(node, now=NOW)
    before = list(Log.objects.values_list("pk", "block_id", "log_index")), Block.objects.count()
    assert index_once(node, now=NOW).appended == 0
    assert (list(Log.objects.values_list("pk", "block_id", "log_index")), Block.objects.count()) == before


def test_what_is_final_is_what_the_node_says_or_a_depth(
    chain: Chain, emitter: Emitter, node: Node, settings: Any
) -> None:
    settings.CHAIN_FINALITY = "5"
    follow(emitter)
    head = chain.mine(8)
    assert index_once(node, now=NOW).final_number == head - 5
    assert Block.objects.filter(final=True).count() == head - 5 - emitter.block + 1
    settings.CHAIN_FINALITY = "finalized"
    assert index_once(node, now=NOW).final_number == head - 2


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_a_partial_answer_is_counted_and_never_committed(kept: int, chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    emitter.emit(1, 2, 3)
    chain.mine(3)
    hide = True

    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        return answer[:kept] if hide and method == "eth_getLogs" else answer

    liar = LyingNode(chain.url, lie)
    for times in (1, 2):
        with pytest.raises(FaultyAnswer, match=f"eth_getLogs shows {kept} logs, its receipts 3"):
            index_once(liar, now=NOW)
        fault = NodeFault.objects.get()
        assert (fault.kind, fault.count, fault.halts) == ("MISSING_LOGS", times, False)
    assert Log.objects.count() == 0
    assert Tip.objects.get().number == emitter.block
    hide = False
    index_once(liar, now=NOW)
    assert numbers() == [1, 2, 3]
    assert NodeFault.objects.get().count == 2


def test_receipts_left_out_are_noticed(chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    emitter.emit(1, 2)
    liar = LyingNode(chain.url, lambda method, params, answer: answer[:1] if "Receipts" in method else answer)
    with pytest.raises(FaultyAnswer, match="1 receipts of 2 transactions"):
        index_once(liar, now=NOW)
    assert NodeFault.objects.get().kind == "PARTIAL_RECEIPTS"
    assert Log.objects.count() == 0


def test_logs_left_out_of_receipts_leave_a_gap(chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    emitter.emit(1, 2, 3)

    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        if method == "eth_getBlockReceipts":
            answer[1]["logs"] = []
        return answer

    with pytest.raises(FaultyAnswer, match="log numbers have gaps"):
        index_once(LyingNode(chain.url, lie), now=NOW)
    assert Log.objects.count() == 0


def test_a_log_of_another_block_is_refused(chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    emitter.emit(1)

    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        if method == "eth_getLogs":
            answer[0]["blockHash"] = "0x" + "ab" * 32
        return answer

    with pytest.raises(FaultyAnswer, match="which was not asked for"):
        index_once(LyingNode(chain.url, lie), now=NOW)
    assert NodeFault.objects.get().kind == "FOREIGN_LOGS"


def test_headers_that_do_not_link_are_refused(chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    chain.mine(4)
    wrong = emitter.block + 2

    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] == hex(wrong):
            answer["parentHash"] = "0x" + "cd" * 32
        return answer

    with pytest.raises(FaultyAnswer, match=f"block {wrong} does not follow block {wrong - 1}"):
        index_once(LyingNode(chain.url, lie), now=NOW)
    assert list(Block.objects.values_list("number", flat=True)) == [emitter.block]


def test_a_block_that_cannot_hold_our_logs_costs_no_question(chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    liar = LyingNode(chain.url)
    index_once(liar, now=NOW)
    chain.mine(20)
    liar.asked.clear()
    index_once(liar, now=NOW)
    assert "eth_getLogs" not in liar.asked
    assert "eth_getBlockReceipts" not in liar.asked
    assert Tip.objects.get().number == chain.head


def test_a_node_without_block_receipts_is_asked_one_by_one(chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    emitter.emit(5, 6)

    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        return NodeRefused(NodeErrorKind.UNKNOWN_METHOD, "method not found") if "BlockReceipts" in method else answer

    index_once(LyingNode(chain.url, lie), now=NOW)
    assert numbers() == [5, 6]


def test_a_contract_watched_late_is_filled_from_its_first_block(chain: Chain, emitter: Emitter, node: Node) -> None:
    late = Emitter(chain)
    follow(emitter)
    late.emit(101)
    emitter.emit(1)
    late.emit(102)
    index_once(node, now=NOW)
    assert numbers() == [1]

    contract = watch(address=late.address, artifact="Emitter", name="late", now=NOW, from_block=late.block)
    emitter.emit(2)
    late.emit(103)
    chain.mine(3)
    progress = index_once(node, now=NOW)

    contract.refresh_from_db()
    assert contract.filled_to == progress.number == chain.head
    assert numbers(late.address) == [101, 102, 103]
    assert numbers(emitter.address) == [1, 2]
    ids = list(Log.objects.filter(address=late.address).order_by("pk").values_list("block_id", flat=True))
    assert ids == sorted(ids)


def test_a_contract_older_than_the_first_header_brings_its_headers(chain: Chain, emitter: Emitter, node: Node) -> None:
    young = Emitter(chain)
    emitter.emit(1)
    chain.mine(5)
    watch(address=young.address, artifact="Emitter", name="young", now=NOW, from_block=chain.head)
    index_once(node, now=NOW)
    assert numbers() == []
    follow(emitter)
    index_once(node, now=NOW)
    assert numbers() == [1]
    assert Tip.objects.get().first_number == emitter.block
    assert chain_links()


def test_final_logs_wait_for_open_ones_and_miss_no_late_one(chain: Chain, emitter: Emitter, node: Node) -> None:
    late = Emitter(chain)
    follow(emitter)
    late.emit(101)
    chain.mine(3)
    index_once(node, now=NOW)
    emitter.emit(1)
    index_once(node, now=NOW)
    watch(address=late.address, artifact="Emitter", name="late", now=NOW, from_block=late.block)
    index_once(node, now=NOW)
    # The old log of the late contract is final already, but stands behind one that is not.
    assert [int(log.topics[2], 16) for log in selectors.final_logs(after=0, limit=10)] == []
    chain.mine(3)
    index_once(node, now=NOW)
    assert [int(log.topics[2], 16) for log in selectors.final_logs(after=0, limit=10)] == [1, 101]
    last = selectors.final_logs(after=0, limit=1)[0]
    assert [int(log.topics[2], 16) for log in selectors.final_logs(after=last.pk, limit=10)] == [101]


def test_watching_without_a_block_begins_above_finality(chain: Chain, emitter: Emitter, node: Node) -> None:
    follow(emitter)
    chain.mine(4)
    final = index_once(node, now=NOW).final_number
    later = watch(address="0x" + "ab" * 20, artifact="Emitter", name="planned", now=NOW)
    assert (later.from_block, later.filled_to) == (final + 1, final)


def test_watching_again_changes_nothing_and_another_artifact_is_refused(emitter: Emitter) -> None:
    first = follow(emitter)
    assert watch(address=emitter.address.upper().replace("X", "x"), artifact="Emitter", name="x", now=NOW) == first
    with pytest.raises(Refused, match="already watched as Emitter, not Controller"):
        watch(address=emitter.address, artifact="Controller", name="x", now=NOW)
    assert WatchedContract.objects.count() == 1


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_a_reorganisation_is_followed(depth: int, chain: Chain, emitter: Emitter, node: Node, settings: Any) -> None:
    settings.CHAIN_FINALITY = "10"
    follow(emitter)
    emitter.emit(1)
    for number in range(2, 9):
        emitter.emit(number)
    index_once(node, now=NOW)
    assert numbers() == [1, 2, 3, 4, 5, 6, 7, 8]

    chain.rpc("anvil_reorg", depth, [])
    # anvil drops the transactions of the blocks that left; these are new ones.
    emitter.emit(50)
    progress = index_once(node, now=NOW)

    assert progress.rewound == depth
    assert numbers() == [*range(1, 9 - depth), 50]
    assert chain_links()
    assert Tip.objects.get().hash == chain.rpc("eth_getBlockByNumber", "latest", False)["hash"]


def test_a_long_reorganisation_is_found_in_steps(chain: Chain, emitter: Emitter, node: Node, settings: Any) -> None:
    settings.CHAIN_FINALITY = "90"
    follow(emitter)
    emitter.emit(1)
    emitter.emit(2)
    chain.mine(69)
    index_once(node, now=NOW)
    # An empty block mined again is the same block: the one with the log is the first that leaves.
    chain.rpc("anvil_reorg", 70, [])
    assert index_once(node, now=NOW).rewound == 70
    assert numbers() == [1]
    assert chain_links()


def test_a_reorganisation_below_finality_halts_and_says_what_to_do(chain: Chain, emitter: Emitter, node: Node) -> None:
    follow(emitter)
    emitter.emit(1)
    chain.mine(6)
    final = index_once(node, now=NOW).final_number
    rows = list(Block.objects.values_list("number", "hash")), numbers()
    true_hash = Tip.objects.get().final_hash

    chain.rpc("anvil_reorg", 7, [])
    for _ in range(2):
        with pytest.raises(IndexerHalted, match=f"block {final} {true_hash} is final here") as halted:
            index_once(node, now=NOW)
    assert "Point CHAIN_RPC_URL at a node of the right chain" in str(halted.value)
    assert (list(Block.objects.values_list("number", "hash")), numbers()) == rows
    fault = NodeFault.objects.get()
    assert (fault.kind, fault.halts, fault.count, fault.cleared_at) == ("BELOW_FINALITY", True, 2, None)
    assert selectors.halting_fault() == fault
    with pytest.raises(IndexerHalted):
        selectors.refuse_if_halted()


def test_the_halt_ends_when_the_node_shows_our_final_block_again(chain: Chain, emitter: Emitter) -> None:
    follow(emitter)
    chain.mine(6)
    behind = False

    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        final = Tip.objects.values_list("final_number", flat=True).first() if behind else None
        return None if behind and params and params[0] == hex(final or 0) else answer

    liar = LyingNode(chain.url, lie)
    index_once(liar, now=NOW)
    behind = True
    with pytest.raises(IndexerHalted, match="node behind the final block of the database"):
        index_once(liar, now=NOW)
    behind = False
    index_once(liar, now=NOW)
    assert NodeFault.objects.get().cleared_at == NOW
    assert selectors.halting_fault() is None


def test_the_range_shrinks_when_the_node_fails_and_grows_again(chain: Chain, emitter: Emitter, node: Node) -> None:
    follow(emitter)
    index_once(node, now=NOW)
    size = Tip.objects.get().range_size
    chain.mine(3)

    class Tired(LyingNode):
        def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
            raise NodeUnavailable("The node does not answer.")

    with pytest.raises(NodeUnavailable):
        index_once(Tired(chain.url), now=NOW)
    assert Tip.objects.get().range_size == size // 2
    index_once(node, now=NOW)
    assert Tip.objects.get().range_size == min(size // 2 * 2, LARGEST_RANGE)


def test_many_ranges_in_one_look(chain: Chain, emitter: Emitter, node: Node) -> None:
    follow(emitter)
    index_once(node, now=NOW)
    for number in range(1, 41):
        emitter.emit(number)
    Tip.objects.update(range_size=4)
    progress = index_once(node, now=NOW)
    assert progress.appended == 40
    assert numbers() == list(range(1, 41))
    assert Tip.objects.get().range_size > 4


def test_the_lag_and_the_record_block_are_told(chain: Chain, emitter: Emitter, node: Node) -> None:
    follow(emitter)
    chain.warp(1000)
    chain.warp(1000)
    chain.mine(2)
    index_once(node, now=NOW)
    lag = selectors.head_lag()
    assert lag is not None
    assert (lag.head_number, lag.final_number, lag.blocks, lag.seen_at) == (chain.head, chain.head - 2, 2, NOW)
    final = selectors.final_block()
    assert final is not None
    assert final.number == chain.head - 2
    older = Block.objects.get(number=final.number - 1)
    assert selectors.block_at(final.timestamp) == final
    between = datetime.fromtimestamp(final.timestamp.timestamp() - 1, UTC)
    assert selectors.block_at(between) == older
