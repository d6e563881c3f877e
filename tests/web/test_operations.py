"""What the operator's machines are told: which part is behind, the figures, and numbered log lines."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from contracts.indexer.models import Block, Tip
from contracts.outbox.models import Halt
from tests.support.parts import Chain, Signers
from tests.support.people import person
from tokenization.identity import audit
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.operations import readiness
from tokenization.operations.logs import logging_config
from tokenization.operations.readiness import Part

pytestmark = pytest.mark.django_db
TOKEN = {"Authorization": "Bearer monitoring-token"}
HASH = "0x" + "7" * 64
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _monitored(settings: Any) -> None:
    settings.METRICS_TOKEN = "monitoring-token"


def parts_told(client: Client, **headers: str) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in client.get("/health/ready", headers=headers).json()["parts"]}


def test_alive_asks_nothing(client: Client, django_assert_num_queries: type) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_all_parts_up(client: Client, chain: Chain, valkey: str, signers: Signers) -> None:
    told = parts_told(client, **TOKEN)
    states = {name: part["state"] for name, part in told.items()}
    assert states.pop("indexer") == "behind"
    assert told["indexer"]["words"] == "No block has been read yet."
    assert set(states.values()) == {"up"}, told
    assert told["broker"]["words"] == "send 0, index 0, books 0"


def test_a_silent_part_is_down_and_pages_still_serve(client: Client, settings: Any) -> None:
    settings.CHAIN_RPC_URL = settings.SIGNER_ISSUER_URL = NOWHERE
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    states = {row["name"]: row["state"] for row in answer.json()["parts"]}
    assert {name for name, state in states.items() if state == "down"} == {"broker", "node", "signer"}
    assert answer.json()["behind"] == ["broker", "workers", "node", "signer", "indexer"]


def test_without_its_database_it_does_not_serve(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def away(*_: object) -> None:
        raise OperationalError("connection refused\nand more")

    monkeypatch.setattr(connection, "cursor", away)
    answer = client.get("/health/ready", headers=TOKEN)
    assert answer.status_code == 503
    assert answer.json()["parts"] == [{"name": "database", "state": "down", "words": "connection refused"}]


def test_a_halt_and_a_silent_head_are_named(client: Client) -> None:
    now = clock.now()
    Halt.objects.create(reason="GENESIS", message="Another chain.", what_to_do="Look.", opened_at=now)
    Block.objects.create(number=7, hash=HASH, parent_hash="0x" + "6" * 64, timestamp=now, final=True)
    Tip.objects.create(
        first_number=7, number=7, hash=HASH, final_number=7, final_hash=HASH, head_number=90, head_seen_at=now
    )
    told = parts_told(client, **TOKEN)
    assert (told["sending"]["state"], told["sending"]["words"]) == ("down", "Nothing is sent: Another chain. Look.")
    assert (told["indexer"]["state"], told["indexer"]["words"]) == ("behind", "final block 7, head 90")


def test_strangers_read_states_but_no_words(client: Client) -> None:
    assert all(set(part) == {"name", "state"} for part in parts_told(client).values())
    assert all(set(part) == {"name", "state", "words"} for part in parts_told(client, **TOKEN).values())


OUTSIDE = ("broker", "workers", "node", "signer")


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The outside parts that were asked, in order of their names; each is up."""
    made: list[str] = []

    def probe(name: str) -> Callable[[], Part]:
        return lambda: made.append(name) or Part(name, "up", "well")

    monkeypatch.setattr(readiness, "PROBES", {name: probe(name) for name in OUTSIDE})
    monkeypatch.setattr(readiness, "_last", {})
    return made


@pytest.mark.parametrize(
    "stranger",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer monitoring-toke"},
        {"HTTP_X_FORWARDED_FOR": "203.0.113.9"},
        {"HTTP_FORWARDED": "for=203.0.113.9"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
    ],
)
def test_a_stranger_has_nobody_asked_and_reads_the_last_answers(
    client: Client, probes: list[str], stranger: dict[str, Any]
) -> None:
    def states() -> dict[str, str]:
        return {row["name"]: row["state"] for row in client.get("/health/ready", **stranger).json()["parts"]}

    assert {name: states()[name] for name in OUTSIDE} == dict.fromkeys(OUTSIDE, "not asked")
    assert "node" not in client.get("/health/ready", **stranger).json()["behind"]
    assert probes == []
    assert client.get("/health/ready", headers=TOKEN, **{"REMOTE_ADDR": "203.0.113.9"}).status_code == 200
    assert sorted(probes) == sorted(OUTSIDE)
    assert {name: states()[name] for name in OUTSIDE} == dict.fromkeys(OUTSIDE, "up")
    assert len(probes) == 4


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_machines_own_check_asks_and_reads_no_words(client: Client, probes: list[str], address: str) -> None:
    answer = client.get("/health/ready", REMOTE_ADDR=address)
    assert sorted(probes) == sorted(OUTSIDE)
    assert all(set(row) == {"name", "state"} for row in answer.json()["parts"])


def test_parts_that_never_answer_are_waited_for_together_and_not_for_ever(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = Event()
    waits = {name: lambda: over.wait(30) and None for name in OUTSIDE}
    monkeypatch.setattr(readiness, "PROBES", waits)
    monkeypatch.setattr(readiness, "TOGETHER_SECONDS", 0.3)
    begun = time.monotonic()
    told = parts_told(client, **TOKEN)
    took = time.monotonic() - begun
    over.set()
    assert took < 10
    assert {name: told[name]["words"] for name in OUTSIDE} == dict.fromkeys(OUTSIDE, "No answer within 0.3 seconds.")
    assert {told[name]["state"] for name in OUTSIDE} == {"down"}


def test_figures_need_the_token_and_do_not_exist_without_one(
    client: Client, settings: Any, chain: Chain, valkey: str
) -> None:
    for role in (Role.OPERATOR, Role.AUDITOR):
        client.force_login(person(role))
        assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer monitoring-toke"}).status_code == 404
    body = client.get("/metrics", headers=TOKEN).content.decode()
    lines = dict(re.findall(r"^(\S+) (\S+)$", body, re.MULTILINE))
    assert lines['tokenization_part_up{part="database"}'] == "1.0"
    assert lines['tokenization_part_up{part="indexer"}'] == "0.0"
    assert lines['tokenization_queue_messages{queue="send"}'] == "0.0"
    assert lines["tokenization_halts_open"] == "0.0"
    assert client.post("/metrics", headers=TOKEN).status_code == 405
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_every_answer_carries_a_number_and_keeps_the_callers(client: Client) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", client.get("/health/live")["X-Request-ID"])
    assert client.get("/health/live", headers={"X-Request-ID": "caller-0001"})["X-Request-ID"] == "caller-0001"
    forged = client.get("/health/live", headers={"X-Request-ID": "a\tb c; d"})["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", forged)


def test_a_line_is_one_object_with_the_request_it_belongs_to(
    client: Client, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: type
) -> None:
    user = person(Role.DEBT_MAKER)
    with caplog.at_level(logging.INFO, "tokenization"):
        client.get("/sign-in/?secret=1", headers={"X-Request-ID": "caller-0002"})
        with django_capture_on_commit_callbacks(execute=True):
            audit.record(actor=user, action="test.act", subject="X-1", body={}, now=clock.now())
    answered, done = caplog.records[-2:]
    formatter = logging_config(style="json")["formatters"]["lines"]
    make = formatter.pop("()")
    line = json.loads(make(**formatter).format(answered))
    assert (line["event"], line["path"], line["status"], line["level"]) == ("answered", "/sign-in/", 200, "info")
    assert (done.action, done.subject, done.actor) == ("test.act", "X-1", user.pk)
