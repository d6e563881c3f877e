"""Small pieces of the supervisor that need no server."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tokenization.local.accounts import place_for, reachable, remove
from tokenization.local.anvil import OFFSET, resume_time
from tokenization.local.blocks import SUCCESSORS, Producer
from tokenization.local.complete_lock import missing
from tokenization.local.folder import LOG_LIMIT, DataFolder
from tokenization.local.parts import hidden, reach
from tokenization.local.ports import free_port
from tokenization.local.processes import PartFailed, tail


def test_secrets_are_made_once_and_only_for_us(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    first = folder.secret("token")
    content = first.read_text()
    assert len(content) >= 32
    assert folder.secret("token").read_text() == content
    assert first.stat().st_mode & 0o777 == 0o600
    assert first.parent.stat().st_mode & 0o777 == 0o700


def test_a_port_is_kept_while_it_is_free(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    kept = folder.port("web")
    assert folder.port("web") == kept
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", kept))
        squatter.listen()
        assert folder.port("web") != kept


def test_free_port_prefers_the_wish() -> None:
    wish = free_port()
    assert free_port(wish) == wish


def test_a_port_is_never_given_to_two_processes_nor_one_that_the_kernel_gives_by_itself() -> None:
    ask = "from tokenization.local.ports import free_port; import sys;"
    ask += "print(*[free_port() for _ in range(400)], flush=True); sys.stdin.read()"
    askers = [
        subprocess.Popen([sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    try:
        given = [int(port) for asker in askers if asker.stdout for port in asker.stdout.readline().split()]
        # A wish is refused while its holder lives, and granted once it is gone.
        assert free_port(given[0]) != given[0]
    finally:
        for asker in askers:
            asker.communicate()
    assert len(given) == len(set(given)) == 1600
    assert max(given) < int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert free_port(given[0]) == given[0]


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "web.log").write_bytes(b"x" * (LOG_LIMIT + 1))
    assert not folder.log("web").exists()
    assert (tmp_path / "logs" / "web.log.1").stat().st_size == LOG_LIMIT + 1


def test_what_is_published_is_private_and_gone_when_nobody_runs(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.take()
    with pytest.raises(PartFailed, match="no stack runs"):
        folder.published()
    folder.publish({"pid": 2**22 + 1})
    assert folder.stack_file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(PartFailed, match="no stack runs"):
        folder.published()
    folder.release()
    assert not folder.stack_file.exists()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://app:pa55@db:5432/x", "postgresql://app:***@db:5432/x"),
        ("redis://:pa55@cache:6379/0", "redis://:***@cache:6379/0"),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
    ],
)
def test_addresses_are_shown_without_passwords(address: str, shown: str) -> None:
    assert hidden(address) == shown


def test_an_unknown_kind_of_address_is_refused() -> None:
    with pytest.raises(ValueError, match="'mysql' is not supported"):
        reach("mysql://127.0.0.1/x")


def test_tail_of_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert tail(tmp_path / "none.log") == ""
    (tmp_path / "some.log").write_text("\n".join(str(number) for number in range(100)))
    assert tail(tmp_path / "some.log", 2) == "98\n99"


def state_file(folder: Path, last: int, offset: int) -> Path:
    path = folder / "state.json"
    path.write_text(json.dumps({"blocks": [{"header": {"timestamp": hex(last)}}], OFFSET: offset}))
    return path


@pytest.mark.parametrize(
    ("last", "offset", "now", "expected"),
    [
        (1_000, 0, 5_000.0, 5_000),
        (1_000, 300, 5_000.0, 5_300),
        (9_000, 0, 5_000.0, 9_001),
    ],
)
def test_a_resumed_chain_keeps_its_lead_and_never_goes_back(
    tmp_path: Path, last: int, offset: int, now: float, expected: int
) -> None:
    assert resume_time(state_file(tmp_path, last, offset), now) == expected


def test_a_closed_parent_sends_data_elsewhere_for_good(tmp_path: Path) -> None:
    stranger = (54_321, 54_321)
    closed = tmp_path / "closed"
    data = closed / "data"
    data.mkdir(parents=True)
    closed.chmod(0o700)
    assert not reachable(data, stranger)
    place = place_for(data, stranger)
    assert place.parent == Path("/var/tmp")
    assert (data / "elsewhere").read_text() == str(place)
    closed.chmod(0o755)
    assert place_for(data, stranger) == place
    remove(closed)
    assert not place.exists()


def test_remove_does_not_follow_a_forged_pointer(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    data = tmp_path / "data"
    data.mkdir()
    (data / "elsewhere").write_text(str(precious))
    remove(data)
    assert precious.exists()
    assert not data.exists()


def test_platform_packages_that_a_registry_lacks_are_added_to_the_lock() -> None:
    platforms = {"@x/anvil-darwin-arm64": "1.7.1", "@x/anvil-linux-amd64": "1.7.1"}
    wrapper = {"version": "1.7.1", "dev": True, "optionalDependencies": platforms}
    lock = {"packages": {"": {}, "node_modules/@x/anvil": wrapper, "node_modules/@x/anvil-linux-amd64": {}}}
    assert missing(lock) == {
        "node_modules/@x/anvil-darwin-arm64": {
            "version": "1.7.1", "cpu": ["arm64"], "dev": True, "optional": True, "os": ["darwin"],
        }
    }  # fmt: skip


class FakeNode:
    """Counts what the producer asks: the decision when to mine is tested here, mining itself in tests/faults."""

    def __init__(self) -> None:
        self.blocks = 10
        self.waiting = 0
        self.lead = 0

    def head(self) -> int:
        return self.blocks

    def timestamp(self, block: str = "latest") -> int:
        return int(time.time()) + self.lead

    def __call__(self, method: str, *params: object) -> object:
        if method == "evm_mine":
            self.blocks += 1
            self.waiting = 0
        return {"pending": hex(self.waiting)}


def ticks(producer: Producer, node: FakeNode, count: int = 10) -> int:
    before = node.blocks
    for _ in range(count):
        producer.tick()
    return node.blocks - before


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
def producer(node: FakeNode) -> Producer:
    made = Producer(node, None, idle=1_000)  # type: ignore[arg-type]
    assert ticks(made, node) == SUCCESSORS
    return made


def test_nothing_is_mined_while_nothing_waits(producer: Producer, node: FakeNode) -> None:
    assert ticks(producer, node) == 0


def test_a_transaction_gets_its_block_and_the_successors_that_make_it_final(producer: Producer, node: FakeNode) -> None:
    node.waiting = 2
    assert ticks(producer, node) == 1 + SUCCESSORS


def test_a_moved_clock_and_a_block_of_somebody_else_become_final_too(producer: Producer, node: FakeNode) -> None:
    node.lead = 86_400
    assert ticks(producer, node) == SUCCESSORS
    node.blocks += 1
    assert ticks(producer, node) == SUCCESSORS


def test_an_idle_chain_still_gets_a_block_now_and_then(producer: Producer, node: FakeNode) -> None:
    producer.idle = 0
    assert ticks(producer, node, 4) == 4
