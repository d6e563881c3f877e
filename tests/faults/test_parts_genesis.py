"""The embedded node stays one chain through many starts: block 0 is what the start-up guard of the outbox compares."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenization.local.anvil import Anvil, save_state


@pytest.mark.chain
def test_the_genesis_block_is_the_same_after_five_restarts(tmp_path: Path) -> None:
    node = Anvil(tmp_path)
    node.launch()
    node.wait_ready()
    node.rpc("evm_mine")
    genesis = node.rpc("eth_getBlockByNumber", "0x0", False)["hash"]
    seen = []
    for _ in range(5):
        save_state(node.rpc, node.state)
        node.stop()
        node = Anvil(tmp_path)
        node.launch()
        node.wait_ready()
        node.rpc("evm_mine")
        seen.append(node.rpc("eth_getBlockByNumber", "0x0", False)["hash"])
    node.stop()
    assert seen == [genesis] * 5
