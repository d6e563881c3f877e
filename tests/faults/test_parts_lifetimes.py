"""However the supervisor or a part ends: no process is left, nothing committed is lost, the chain goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.database import ROOT
from tests.support.stacks import Supervisor, processes_of
from tokenization.local.accounts import scratch
from tokenization.local.processes import wait_for
from tokenization.local.rpc import Rpc

DAY = 86_400


@pytest.fixture
def folder() -> Iterator[Path]:
    place = scratch("tokenization-stack-")
    yield place / "with a space"
    assert wait_for(lambda: not processes_of(place), 60), processes_of(place)
    shutil.rmtree(place)


@pytest.fixture
def supervisor(folder: Path) -> Iterator[Supervisor]:
    running = Supervisor(folder, "--until", "blocks")
    yield running
    running.clean_up()


def write_row(supervisor: Supervisor) -> None:
    with supervisor.database() as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('committed')")


def rows(supervisor: Supervisor) -> list[tuple[str]]:
    with supervisor.database() as connection:
        return connection.execute("SELECT word FROM kept").fetchall()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_polite_signal_stops_everything(supervisor: Supervisor, folder: Path, number: int) -> None:
    supervisor.start()
    assert len(processes_of(folder)) >= 4
    assert supervisor.signal(number) == 0
    assert processes_of(folder) == set()
    assert not (folder / "stack.json").exists()


def test_a_dead_terminal_does_not_keep_parts_alive(folder: Path) -> None:
    """Standard output breaks first, then SIGHUP comes: a line that cannot be written must not keep anything alive."""
    command = [sys.executable, "-m", "tokenization.local", "up", "--data", str(folder), "--until", "blocks"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert any("ready; Ctrl-C" in line for line in process.stdout)
        process.stdout.close()
        process.send_signal(signal.SIGHUP)
        process.wait(30)
    assert processes_of(folder) == set()


def test_rows_survive_a_stop_and_an_open_transaction_does_not(supervisor: Supervisor) -> None:
    write_row(supervisor.start())
    hanging = supervisor.database()
    hanging.execute("INSERT INTO kept VALUES ('never committed')")
    supervisor.signal(signal.SIGTERM)
    assert rows(supervisor.start()) == [("committed",)]


def test_sigkill_of_the_supervisor_orphans_nothing_and_loses_no_row(supervisor: Supervisor, folder: Path) -> None:
    write_row(supervisor.start())
    assert supervisor.signal(signal.SIGKILL) == -signal.SIGKILL
    assert wait_for(lambda: processes_of(folder) == set(), 60), processes_of(folder)
    assert rows(supervisor.start()) == [("committed",)]


def test_postgres_killed_comes_back_with_its_rows(supervisor: Supervisor) -> None:
    write_row(supervisor.start())
    before = supervisor.pid("postgres")
    os.kill(before, signal.SIGKILL)

    def again() -> bool:
        try:
            return supervisor.pid("postgres") != before and rows(supervisor) == [("committed",)]
        except (psycopg.OperationalError, AssertionError):
            return False

    assert wait_for(again, 60), supervisor.said()
    assert "postgres died: starting it again" in supervisor.said()


def transaction(node: Rpc) -> str:
    sender, receiver = node("eth_accounts")[:2]
    sent = str(node("eth_sendTransaction", {"from": sender, "to": receiver, "value": "0x1"}))
    assert wait_for(lambda: node("eth_getTransactionReceipt", sent) is not None, 60)
    return sent


def story(node: Rpc, upto: int) -> list[tuple[str, str]]:
    blocks = [node("eth_getBlockByNumber", hex(number), False) for number in range(upto + 1)]
    return [(block["hash"], block["timestamp"]) for block in blocks]


def final(node: Rpc) -> int:
    return int(node("eth_getBlockByNumber", "finalized", False)["number"], 16)


def test_the_chain_resumes_with_hashes_receipts_and_a_moved_clock(supervisor: Supervisor) -> None:
    node = supervisor.start().node()
    sent = transaction(node)
    node("evm_increaseTime", 30 * DAY)
    node("evm_mine")
    head = node.head()
    assert wait_for(lambda: final(node) >= head, 60)
    head = node.head()
    before, receipt, ahead = story(node, head), node("eth_getTransactionReceipt", sent), node.timestamp("pending")
    supervisor.signal(signal.SIGTERM)

    again = supervisor.start().node()
    assert story(again, head) == before
    assert again("eth_getTransactionReceipt", sent) == receipt
    assert 0 <= again.timestamp("pending") - ahead < 60
    assert wait_for(lambda: final(again) >= head, 60)
    balance = again("eth_getBalance", receipt["to"], {"blockHash": before[head][0]})
    assert balance == again("eth_getBalance", receipt["to"], "latest")


def test_a_killed_node_comes_back_at_its_last_saved_block(supervisor: Supervisor) -> None:
    node = supervisor.start().node()
    sent = transaction(node)
    mined = int(node("eth_getTransactionReceipt", sent)["blockNumber"], 16)
    assert wait_for(lambda: final(node) >= mined, 60)
    receipt, before = node("eth_getTransactionReceipt", sent), supervisor.pid("anvil")
    os.kill(before, signal.SIGKILL)
    assert wait_for(lambda: supervisor.pid("anvil") != before and node.answers(), 60), supervisor.said()
    assert node("eth_getTransactionReceipt", sent) == receipt


def test_a_supervisor_killed_while_the_chain_moves_loses_no_final_block(supervisor: Supervisor, folder: Path) -> None:
    node = supervisor.start().node()
    mined = 0
    for _ in range(3):
        mined = int(node("eth_getTransactionReceipt", transaction(node))["blockNumber"], 16)
    assert wait_for(lambda: final(node) >= mined, 60)
    at, before = final(node), story(node, final(node))
    supervisor.signal(signal.SIGKILL)
    assert wait_for(lambda: processes_of(folder) == set(), 60)
    assert story(supervisor.start().node(), at) == before


def test_no_empty_block_is_mined_while_nothing_waits(supervisor: Supervisor) -> None:
    node = supervisor.start().node()
    sent = transaction(node)
    mined = int(node("eth_getTransactionReceipt", sent)["blockNumber"], 16)
    assert wait_for(lambda: node.head() == mined + 3, 60)
    assert not wait_for(lambda: node.head() > mined + 3, 3)
