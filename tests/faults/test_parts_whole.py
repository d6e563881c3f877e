"""The whole stack once: every part up, each killed and back, secrets only where they belong, nothing left over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.support.stacks import processes_of
from tokenization.local.accounts import remove, scratch
from tokenization.local.stack import Stack

OWN = [
    "signer-issuer",
    "signer-registrar",
    "signer-fiscal",
    "web",
    "worker-send",
    "worker-index",
    "worker-books",
    "beat",
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    place = scratch("tokenization-whole-")
    running = Stack(place / "stack", rehearsal=True, outside={})
    with running:
        yield running
    assert processes_of(place) == set()
    remove(place)


def told(pid: int) -> str:
    return Path(f"/proc/{pid}/environ").read_bytes().decode()


def pid_of(stack: Stack, name: str) -> int:
    child = stack.part(name).child
    assert child
    return child.pid


@pytest.mark.stack
def test_every_part_is_up(stack: Stack) -> None:
    assert stack.names == ["postgres", "valkey", "anvil", "blocks", *OWN]
    assert stack.plan
    assert httpx.get(f"{stack.plan.addresses()['web']}sign-in/", trust_env=False).status_code == 200
    assert httpx.get(f"{stack.env()['SIGNER_ISSUER_URL']}/health", trust_env=False).status_code == 200


@pytest.mark.stack
def test_platform_processes_know_neither_other_houses_tokens_nor_the_owners_password(stack: Stack) -> None:
    assert stack.plan
    for house in ("registrar", "fiscal"):
        token = (stack.folder.root / "secrets" / f"signer-{house}-token").read_text()
        for name in ("web", "worker-send", "worker-index", "worker-books", "beat", "signer-issuer"):
            environment = told(pid_of(stack, name))
            assert token not in environment
            assert f"signer-{house}-token" not in environment
            assert "tokenization_owner" not in environment
        assert "DATABASE_URL" not in told(pid_of(stack, f"signer-{house}"))


@pytest.mark.stack
def test_the_application_may_not_rewrite_what_is_append_only(stack: Stack) -> None:
    with psycopg.connect(stack.env()["DATABASE_URL"], autocommit=True) as connection:
        for statement in ("DELETE FROM identity_auditentry", "UPDATE identity_auditentry SET action = 'x'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("TRUNCATE identity_auditentry")


@pytest.mark.stack
def test_signers_accounts_can_pay_for_gas(stack: Stack) -> None:
    assert stack.plan
    assert stack.plan._node
    token = (stack.folder.root / "secrets" / "signer-issuer-token").read_text()
    keys = httpx.get(
        f"{stack.env()['SIGNER_ISSUER_URL']}/keys", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ).json()
    assert set(keys) >= {"bootstrap", "governor", "guardian", "breakglass", "issuer", "servicing", "identity"}
    for address in keys.values():
        assert int(stack.plan._node.rpc("eth_getBalance", address, "latest"), 16) > 10**20


@pytest.mark.stack
def test_whatever_is_killed_comes_back(stack: Stack) -> None:
    before = {name: pid_of(stack, name) for name in OWN}
    for name in OWN:
        stack.kill(name)
    assert stack.wait(lambda: all(stack.part(name).alive() for name in OWN), 30)
    assert all(pid_of(stack, name) != before[name] for name in OWN)
    for name in OWN:
        stack.part(name).wait_ready(60)
    assert stack.folder.published()["parts"]["worker-send"]["pid"] == pid_of(stack, "worker-send")
