"""A second node proves something only if it has the last final block that we know."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.gateway import views
from contracts.gateway.client import Node
from contracts.indexer.models import Block, Tip
from custody.servicing.chain.fallback import head_of_our_chain
from tests.factories.ledger import digest
from tests.support.parts import Chain
from tokenization.kernel.errors import Refused

pytestmark = [pytest.mark.chain, pytest.mark.django_db]


def known(number: int, block_hash: str) -> None:
    """The indexer holds this block as final."""
    at = datetime(2026, 7, 1, tzinfo=UTC)
    Block.objects.create(number=number, hash=block_hash, parent_hash=digest("parent"), timestamp=at, final=True)
    Tip.objects.create(
        first_number=number, number=number, hash=block_hash, final_number=number, final_hash=block_hash,
        head_number=number, head_seen_at=at,
    )  # fmt: skip


def hash_of(chain: Chain, number: int) -> str:
    return str(chain.rpc("eth_getBlockByNumber", hex(number), False)["hash"])


def test_a_node_with_our_final_block_is_believed(chain: Chain) -> None:
    number = chain.mine(5) - 3
    known(number, hash_of(chain, number))
    with Node(chain.url) as node:
        assert head_of_our_chain(node) == views.final_head(node, "finalized")


def test_a_node_with_another_block_in_its_place_is_not(chain: Chain) -> None:
    known(chain.mine(5) - 3, digest("elsewhere"))
    with Node(chain.url) as node, pytest.raises(Refused, match="last final block"):
        head_of_our_chain(node)


def test_nor_is_one_that_is_behind_what_we_know(chain: Chain) -> None:
    head = chain.mine(5)
    known(head, hash_of(chain, head))
    with Node(chain.url) as node, pytest.raises(Refused, match="last final block"):
        head_of_our_chain(node)


def test_without_a_final_block_of_ours_nothing_can_be_compared(chain: Chain) -> None:
    chain.mine(5)
    with Node(chain.url) as node, pytest.raises(Refused, match="last final block"):
        head_of_our_chain(node)
