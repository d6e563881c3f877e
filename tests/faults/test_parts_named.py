"""A part that cannot start is named, with why; outside addresses take a part's place; a folder has one master."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.database import ROOT, TestCluster
from tests.support.stacks import processes_of
from tokenization.local import anvil as anvil_module
from tokenization.local.accounts import remove, scratch
from tokenization.local.anvil import Anvil
from tokenization.local.parts import Service
from tokenization.local.ports import free_port
from tokenization.local.postgres import OWNER, Postgres
from tokenization.local.processes import PartFailed, wait_for
from tokenization.local.stack import Stack
from tokenization.local.valkey import Valkey


@pytest.fixture
def folder() -> Iterator[Path]:
    place = scratch("tokenization-named-")
    yield place / "stack"
    assert processes_of(place) == set()
    remove(place)


def test_a_missing_binary_names_the_part_and_the_remedy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anvil_module, "ROOT", folder)
    with pytest.raises(PartFailed, match=r"(?s)^anvil: .* is missing: run `npm ci`"):
        Stack(folder, until="servers", outside={}).start()
    assert processes_of(folder) == set()
    assert not (folder / "stack.json").exists()


def test_a_part_that_ends_at_once_is_named_with_its_log(folder: Path) -> None:
    folder.mkdir()
    log = folder / "part.log"
    command = [sys.executable, "-c", "print('the disk is full'); raise SystemExit(3)"]
    part = Service("books", command, log=log, environment={}, ready=lambda: False)
    part.launch()
    with pytest.raises(PartFailed) as caught:
        part.wait_ready(20)
    assert caught.value.part == "books"
    assert caught.value.reason == "ended with status 3 while starting"
    assert str(caught.value).endswith("the disk is full")


def test_a_part_that_never_answers_is_named_and_ended(folder: Path) -> None:
    folder.mkdir()
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    part = Service("deaf", command, log=folder / "part.log", environment={}, ready=lambda: False)
    part.launch()
    with pytest.raises(PartFailed, match="deaf: did not answer within 1 s"):
        part.wait_ready(1)
    assert not part.alive()


def test_an_unreachable_address_ends_the_command_with_its_name(folder: Path) -> None:
    address = f"postgresql://somebody:secret@127.0.0.1:{free_port()}/nothing"
    done = subprocess.run(
        [sys.executable, "-m", "tokenization.local", "up", "--data", str(folder), "--until", "servers"],
        cwd=ROOT, env={"DATABASE_URL": address, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("postgres (yours): postgresql://somebody:***@127.0.0.1:")
    assert "does not answer" in done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_outside_addresses_take_the_parts_place(
    folder: Path, postgres: TestCluster, valkey_server: Valkey, anvil: Anvil
) -> None:
    database = postgres.url("tokenization")
    outside = {
        "DATABASE_URL": database,
        "OWNER_DATABASE_URL": postgres.url("tokenization", OWNER),
        "SIGNER_ISSUER_STORE_URL": postgres.url("signer_issuer", "signer_issuer"),
        "SIGNER_REGISTRAR_STORE_URL": postgres.url("signer_registrar", "signer_registrar"),
        "SIGNER_FISCAL_STORE_URL": postgres.url("signer_fiscal", "signer_fiscal"),
        "REDIS_URL": valkey_server.url,
        "CHAIN_RPC_URL": anvil.url,
    }
    with Stack(folder, until="blocks", outside=outside) as stack:
        assert stack.names == ["postgres (yours)", "valkey (yours)", "node (yours)"]
        assert processes_of(folder) == set()
        environment = stack.env()
        assert [environment[name] for name in ("DATABASE_URL", "REDIS_URL", "CHAIN_RPC_URL")] == [
            database, valkey_server.url, anvil.url,
        ]  # fmt: skip
        assert "OWNER_DATABASE_URL" not in environment


def test_signers_keep_their_own_stores_when_the_database_is_outside(folder: Path, postgres: TestCluster) -> None:
    with Stack(folder, until="servers", outside={"DATABASE_URL": postgres.url("tokenization")}) as stack:
        assert stack.names == ["postgres (yours)", "postgres", "valkey", "anvil"]
        assert stack.plan
        assert stack.plan.stores["issuer"].endswith("/signer_issuer")
        assert f":{stack.plan._postgres.port}/" in stack.plan.stores["issuer"]


@pytest.mark.parametrize("house", ["registrar", "fiscal"])
def test_another_houses_token_is_told_to_nobody_but_the_rehearsal(folder: Path, house: str) -> None:
    with Stack(folder, rehearsal=True, until="servers", outside={}) as stack:
        assert stack.plan
        secret = (folder / "secrets" / f"signer-{house}-token").read_text()
        told = [part.environment for _, parts in stack.plan.steps() for part in parts if isinstance(part, Service)]
        for environment in (stack.env(), *told):
            assert secret not in environment.values()
            assert str(folder / "secrets" / f"signer-{house}-token") not in environment.values()
        named = stack.env(rehearsal=True)[f"REHEARSAL_{house.upper()}_TOKEN_FILE"]
        assert named.endswith(f"signer-{house}-token")
        assert stack.env()["REHEARSAL"] == "1"


def test_a_folder_has_one_supervisor_at_a_time(folder: Path) -> None:
    with Stack(folder, until="servers", outside={}) as first:
        pid = first.part("valkey").child
        with pytest.raises(PartFailed, match="already runs the stack"):
            Stack(folder, until="servers", outside={}).start()
        assert pid
        assert pid.alive()
        assert (folder / "stack.json").exists()


def test_a_killed_part_is_restarted_and_a_dying_one_waits_longer_each_time(folder: Path) -> None:
    said: list[str] = []
    with Stack(folder, until="servers", outside={}, say=said.append) as stack:
        stack.kill("valkey")
        assert not stack.part("valkey").alive()
        assert stack.wait(lambda: stack.part("valkey").alive(), 20)
        broken = Service("broken", [sys.executable, "-c", ""], log=folder / "broken.log", environment={})
        stack._started.append(broken)
        stack.wait(lambda: False, 3)
    assert sum("valkey died" in line for line in said) == 1
    assert 2 <= sum("broken died" in line for line in said) <= 4


def test_a_command_runs_with_the_stacks_addresses_and_its_status_comes_back(folder: Path) -> None:
    with Stack(folder, until="servers", outside={}) as stack:
        code = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']); raise SystemExit(7)"
        assert stack.run([sys.executable, "-c", code]) == 7
        other = [sys.executable, "-m", "tokenization.local", "run", "--data", str(folder), "--", "python", "-c", code]
        assert subprocess.run(other, cwd=ROOT, check=False).returncode == 7


def test_postgres_runs_although_the_checkout_is_in_a_closed_folder() -> None:
    """As root, the server's account cannot enter; its files then lie elsewhere, and are removed with the folder."""
    closed = scratch("tokenization-closed-")
    closed.chmod(0o700)
    server = Postgres(closed / "postgres")
    server.start()
    try:
        with server.connect() as connection:
            superusers = connection.execute("SELECT rolname FROM pg_roles WHERE rolsuper").fetchall()
        assert superusers == [("postgres",)]
    finally:
        server.stop()
    elsewhere = server.data.parent
    remove(closed)
    assert not closed.exists()
    assert not elsewhere.exists()
    assert wait_for(lambda: processes_of(elsewhere) == set(), 60)
