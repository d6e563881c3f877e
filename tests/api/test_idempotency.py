"""One effect for one key: under requests at the same time, after a killed process, and for a lost answer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from issuance.auction.models import Auction
from issuance.bid.models import Bid
from tests.api.calling import Caller, caller
from tests.api.serving import Web, waiting
from tests.factories import bid as bids
from tests.factories import issuance
from tests.support.controls import guard_is_what_refuses
from tests.support.database import TestCluster
from tokenization.api import idempotency
from tokenization.api.models import FirstAnswer
from tokenization.identity.models import AuditEntry
from tokenization.kernel.clock import WallClock
from tokenization.local.postgres import OWNER, SUPERUSER
from tokenization.local.processes import wait_for


@dataclass
class Desk:
    """A dealer's program and an auction that is open."""

    auction: Auction
    dealer: bids.Side
    who: Caller

    @property
    def path(self) -> str:
        return f"auctions/{self.auction.pk}/bids"

    def body(self, minor: str = "500000", **more: Any) -> dict[str, Any]:
        face = {"minor": minor, "currency": "PKR"}
        return {"dealer": self.dealer.party.reference, "face": face, "price": "97.4217"} | more


def desk() -> Desk:
    people = issuance.office()
    made, dealer = bids.announced(people), bids.side(people)
    return Desk(made, dealer, caller(dealer.user))


def counts() -> tuple[int, int, int]:
    """Bids, kept answers and words in the audit log about bids."""
    return Bid.objects.count(), FirstAnswer.objects.count(), AuditEntry.objects.filter(action="bid.place").count()


@pytest.mark.django_db
class TestOneProcess:
    @pytest.fixture(autouse=True)
    def _soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tokenization.kernel.clock.now", lambda: bids.SOON)

    def test_the_same_request_is_answered_as_the_first_time(self) -> None:
        at = desk()
        first = at.who.post(at.path, at.body(), key="one")
        again = at.who.post(at.path, at.body(), key="one")
        assert (first.status, again.status) == (201, 201)
        assert again.body == first.body
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert counts() == (1, 1, 1)

    def test_the_spelling_of_the_json_does_not_count(self) -> None:
        at = desk()
        first = at.who.post(at.path, at.body(), key="one")
        turned = dict(reversed(list(at.body().items())))
        assert at.who.post(at.path, turned, key="one").body == first.body
        assert counts() == (1, 1, 1)

    def test_the_first_answer_is_repeated_after_the_close_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        at = desk()
        first = at.who.post(at.path, at.body(), key="one")
        monkeypatch.setattr("tokenization.kernel.clock.now", lambda: at.auction.closes_at)
        assert at.who.post(at.path, at.body(), key="one").body == first.body
        assert at.who.post(at.path, at.body(), key="two").status == 400
        assert counts() == (1, 1, 1)

    @pytest.mark.parametrize("change", [{"price": "97.4218"}, {"reference": "X"}, {"competitive": True}])
    def test_another_body_is_a_conflict(self, change: dict[str, Any]) -> None:
        at = desk()
        at.who.post(at.path, at.body(), key="one")
        said = at.who.post(at.path, at.body(**change), key="one")
        assert (said.status, said.body["field"], said.body["rule"]) == (409, "Idempotency-Key", "one key, one effect")
        assert counts() == (1, 1, 1)

    def test_another_address_is_a_conflict(self) -> None:
        at = desk()
        bid = at.who.post(at.path, at.body(), key="one").body["id"]
        assert at.who.post(f"bids/{bid}/withdraw", {}, key="one").status == 409
        assert counts() == (1, 1, 1)

    def test_keys_are_of_one_user(self) -> None:
        at, other = desk(), desk()
        assert at.who.post(at.path, at.body(), key="one").status == 201
        assert other.who.post(other.path, other.body(), key="one").status == 201
        assert counts() == (2, 2, 2)

    def test_a_refusal_is_not_kept_and_its_key_is_free(self) -> None:
        at = desk()
        assert at.who.post(at.path, at.body("1"), key="one").status == 400
        assert counts() == (0, 0, 0)
        assert at.who.post(at.path, at.body(), key="one").status == 201
        assert counts() == (1, 1, 1)

    @pytest.mark.parametrize("key", ["", "a b", "x" * 101, "schlüssel"])
    def test_without_a_plain_key_nothing_is_written(self, key: str) -> None:
        at = desk()
        said = at.who.post(at.path, at.body(), key=key)
        assert (said.status, said.body["field"]) == (400, "Idempotency-Key")
        assert said.body["rule"] == "1 to 100 visible ASCII characters"
        assert counts() == (0, 0, 0)

    def test_an_old_answer_is_no_longer_told_and_its_key_still_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        at = desk()
        at.who.post(at.path, at.body(), key="one")
        row = FirstAnswer.objects.get()
        assert row.expires_at - row.made_at == timedelta(days=30)
        monkeypatch.setattr(idempotency, "WallClock", lambda: _Later())
        said = at.who.post(at.path, at.body(), key="one")
        assert (said.status, said.body["rule"]) == (409, "answers are repeated for 30 days")
        assert counts() == (1, 1, 1)


class _Later:
    def now(self) -> Any:
        return WallClock().now() + timedelta(days=30)


@pytest.fixture
def web(fresh_db: str, tmp_path: Path) -> Iterator[Web]:
    made = Web(tmp_path, bids.SOON)
    yield made
    made.kill()


@pytest.fixture
def owner(fresh_db: str, postgres: TestCluster) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres.url(fresh_db, OWNER)) as connection:
        yield connection


class TestManyProcesses:
    def test_equal_requests_at_the_same_time_have_one_effect(
        self, web: Web, owner: psycopg.Connection[Any], postgres: TestCluster, fresh_db: str
    ) -> None:
        """One waits in the middle of its effect, for the auction's row; the others wait for it."""
        at = desk()
        with (
            psycopg.connect(postgres.url(fresh_db, SUPERUSER), autocommit=True) as watch,
            ThreadPoolExecutor(4) as pool,
        ):
            owner.execute("SELECT 1 FROM auction_auction FOR UPDATE")
            sent = [pool.submit(web.post, at.path, at.body(), secret=at.who.secret, key="one") for _ in range(4)]
            waiting(watch, 4)
            assert counts() == (0, 0, 0)
            owner.rollback()
            answers = [future.result() for future in sent]
        assert [answer.status_code for answer in answers] == [201] * 4
        assert len({answer.text for answer in answers}) == 1
        assert sorted(answer.headers.get("Idempotency-Replayed", "") for answer in answers) == ["", *["true"] * 3]
        assert counts() == (1, 1, 1)

    def test_a_process_killed_between_effect_and_answer_leaves_nothing(
        self, web: Web, owner: psycopg.Connection[Any], postgres: TestCluster, fresh_db: str
    ) -> None:
        at = desk()
        with psycopg.connect(postgres.url(fresh_db, SUPERUSER), autocommit=True) as watch:
            # The bid is written, its answer cannot be.
            owner.execute("LOCK TABLE api_firstanswer IN EXCLUSIVE MODE")
            lost = threading.Thread(target=_dropped, args=(web, at))
            lost.start()
            waiting(watch, 1)
            web.kill()
            lost.join()
            owner.rollback()
            assert wait_for(lambda: _others(watch) == 0, 60)
        assert counts() == (0, 0, 0)
        web.restart()
        answer = web.post(at.path, at.body(), secret=at.who.secret, key="one")
        assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)
        assert counts() == (1, 1, 1)

    def test_an_answer_that_got_lost_is_told_again(self, web: Web) -> None:
        at = desk()
        with socket.create_connection(("127.0.0.1", web.port)) as line:
            line.sendall(_request(at))
            assert wait_for(lambda: counts() == (1, 1, 1), 60)
        web.kill()
        web.restart()
        answer = web.post(at.path, at.body(), secret=at.who.secret, key="one")
        assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (201, "true")
        assert answer.json()["id"] == Bid.objects.get().pk
        assert counts() == (1, 1, 1)


def test_the_database_keeps_one_answer_for_a_key_and_never_changes_it(fresh_db: str, postgres: TestCluster) -> None:
    at = desk()
    FirstAnswer.objects.create(
        user=at.dealer.user, key="one", request_hash="0x" + "0" * 64, status=201, body="{}",
        made_at=bids.SOON, expires_at=bids.LAST,
    )  # fmt: skip
    columns = "user_id, key, request_hash, status, body, made_at, expires_at"
    with psycopg.connect(postgres.url(fresh_db, OWNER), autocommit=True) as owner:
        for guard, values, words in (
            ("first_answer_once", columns, "first_answer_once"),
            ("first_answer_of_an_effect", columns.replace("status", "400").replace("key", "'two'"), "of_an_effect"),
            ("first_answer_key_plain", columns.replace("key", "'a b'"), "first_answer_key_plain"),
        ):
            guard_is_what_refuses(
                owner,
                table="api_firstanswer",
                guard=guard,
                statement=f"INSERT INTO api_firstanswer ({columns}) SELECT {values} FROM api_firstanswer",  # noqa: S608
                words=words,
            )
        guard_is_what_refuses(
            owner,
            table="api_firstanswer",
            guard="append_only_no_change",
            statement="UPDATE api_firstanswer SET status = 202",
            words="never rewritten",
        )


def _dropped(web: Web, at: Desk) -> None:

    with pytest.raises(httpx.HTTPError):
        web.post(at.path, at.body(), secret=at.who.secret, key="one")


def _others(watch: psycopg.Connection[Any]) -> int:
    """Backends of the web part that are still in a transaction."""
    found = watch.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'tokenization_app' "
        "AND state <> 'idle'"
    ).fetchone()
    assert found is not None
    return int(found[0])


def _request(at: Desk) -> bytes:

    body = json.dumps(at.body()).encode()
    head = [
        f"POST /api/v1/{at.path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {at.who.secret}",
        "Idempotency-Key: one", "Content-Type: application/json", f"Content-Length: {len(body)}", "", "",
    ]  # fmt: skip
    return "\r\n".join(head).encode() + body
