"""The indexer's two guards that are no constraint, switched off: what they refuse would really be stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from contracts.indexer import fetch, store
from contracts.indexer.fetch import FaultyAnswer, Header, Range, RawLog, headers_of
from contracts.indexer.models import Block, Log, NodeFault, Tip
from contracts.indexer.services import index_once
from tests.chain.test_indexer import NOW, chain_links, follow, numbers
from tests.support.emitter import Emitter
from tests.support.liar import LyingNode
from tests.support.parts import Chain
from tokenization.kernel.errors import Conflict

pytestmark = [pytest.mark.chain, pytest.mark.django_db]


@pytest.fixture
def emitter(chain: Chain) -> Emitter:
    made = Emitter(chain)
    follow(made)
    made.emit(1, 2, 3)
    chain.mine(3)
    return made


def partial(chain: Chain) -> LyingNode:
    return LyingNode(chain.url, lambda method, params, answer: answer[:1] if method == "eth_getLogs" else answer)


def unlinked(chain: Chain, wrong: int) -> LyingNode:
    def lie(method: str, params: Sequence[Any], answer: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] == hex(wrong):
            answer["parentHash"] = "0x" + "cd" * 32
        return answer

    return LyingNode(chain.url, lie)


def believe_the_filter(node: fetch.JsonRpc, headers: list[Header], addresses: list[str]) -> list[RawLog]:
    """Completeness unchecked: what eth_getLogs said is all there is."""
    return [log for logs in fetch._logs_by_filter(node, headers, addresses).values() for log in logs]


def believe_the_numbers(node: fetch.JsonRpc, first: int, last: int) -> list[Header]:
    """Parent hashes unchecked."""
    return [header for header in headers_of(node, range(first, last + 1)) if header is not None]


@pytest.mark.parametrize("checked", [True, False])
def test_without_the_completeness_check_logs_are_lost(
    checked: bool, chain: Chain, emitter: Emitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    if checked:
        with pytest.raises(FaultyAnswer, match="eth_getLogs shows 1 logs, its receipts 3"):
            index_once(partial(chain), now=NOW)
        assert (numbers(), Tip.objects.get().number, NodeFault.objects.count()) == ([], emitter.block, 1)
        return
    monkeypatch.setattr(fetch, "complete_logs", believe_the_filter)
    index_once(partial(chain), now=NOW)
    assert (numbers(), Tip.objects.get().number, NodeFault.objects.count()) == ([1], chain.head, 0)


@pytest.mark.parametrize("checked", [True, False])
def test_without_the_parent_check_a_broken_chain_is_stored(
    checked: bool, chain: Chain, emitter: Emitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = emitter.block + 2
    if checked:
        with pytest.raises(FaultyAnswer, match=f"block {wrong} does not follow"):
            index_once(unlinked(chain, wrong), now=NOW)
        assert list(Block.objects.values_list("number", flat=True)) == [emitter.block]
        return
    monkeypatch.setattr(fetch, "linked_headers", believe_the_numbers)
    index_once(unlinked(chain, wrong), now=NOW)
    assert Tip.objects.get().number == chain.head
    assert not chain_links()


def appended(change: Callable[[Header], Header]) -> None:
    tip = Tip.objects.get()
    header = Header(tip.number + 1, "0x" + "ab" * 32, tip.hash, NOW, "0x" + "00" * 256, ())
    store.range_append(Range([change(header)], []), carried=set())


@pytest.mark.parametrize(
    "change",
    [
        lambda h: Header(h.number, h.hash, "0x" + "cd" * 32, h.timestamp, h.logs_bloom, ()),
        lambda h: Header(h.number + 1, h.hash, h.parent_hash, h.timestamp, h.logs_bloom, ()),
    ],
    ids=["another parent", "a block left out"],
)
def test_a_range_that_does_not_follow_the_stored_tip_is_refused(
    change: Callable[[Header], Header], chain: Chain, emitter: Emitter
) -> None:
    """The last check, under the lock of the tip; the control is the same header unchanged."""
    index_once(LyingNode(chain.url), now=NOW)
    before = list(Block.objects.values_list()), Log.objects.count(), Tip.objects.values_list().get()
    with pytest.raises(Conflict, match="does not follow the stored tip"):
        appended(change)
    assert (list(Block.objects.values_list()), Log.objects.count(), Tip.objects.values_list().get()) == before
    appended(lambda header: header)
    assert Tip.objects.get().number == chain.head + 1
