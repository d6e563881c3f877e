"""Pages, counts and problems: what every operation of the interface has in common."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import signing
from django.test import Client

from issuance.auction.models import Auction
from tests.api.calling import STRANGER, Caller, caller
from tests.factories import auction as auctions
from tests.factories import issuance
from tests.support.people import person
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db


def announced(people: issuance.Office, count: int) -> list[int]:
    row = issuance.series(people)
    return [auctions.announced(people, row).pk for _ in range(count)]


def ids(said: Any) -> list[int]:
    assert said.status == 200, said.body
    return [item["id"] for item in said.body["items"]]


class TestPages:
    def test_rows_added_meanwhile_are_neither_told_twice_nor_in_the_way(self) -> None:
        people, who = issuance.office(), caller(person(Role.INVESTOR))
        first = announced(people, 5)
        one = who.get("auctions", limit="2")
        assert ids(one) == [first[4], first[3]]
        added = announced(people, 2)
        two = who.get("auctions", limit="2", cursor=one.body["next"])
        assert ids(two) == [first[2], first[1]]
        three = who.get("auctions", limit="2", cursor=two.body["next"])
        assert ids(three) == [first[0]]
        assert three.body["next"] is None
        assert ids(who.get("auctions", limit="3")) == [added[1], added[0], first[4]]

    def test_a_last_page_that_is_just_full_ends_the_list(self) -> None:
        people, who = issuance.office(), caller(person(Role.INVESTOR))
        announced(people, 2)
        assert who.get("auctions", limit="2").body["next"] is None

    @pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "", "٣", "9" * 40])
    def test_a_limit_is_from_1_to_200(self, limit: str) -> None:
        said = caller(person(Role.INVESTOR)).get("auctions", limit=limit)
        assert (said.status, said.body["field"], said.body["rule"]) == (400, "limit", "1 to 200")

    def test_a_cursor_is_opaque_signed_and_of_one_list_of_one_user(self) -> None:
        people, who = issuance.office(), caller(person(Role.INVESTOR))
        announced(people, 3)
        cursor = who.get("auctions", limit="1").body["next"]
        forged = signing.dumps(["0" * 16, 10**6], key="another", salt="api.cursor")
        foreign = caller(person(Role.INVESTOR)).get("auctions", limit="1", cursor=cursor)
        tried = [who.get("auctions", cursor=text) for text in ("x", forged, cursor[:-1], signing.dumps(1))]
        tried += [who.get("auctions", cursor=cursor, open="true"), who.get("series", cursor=cursor), foreign]
        assert [(said.status, said.body["field"]) for said in tried] == [(400, "cursor")] * 7
        assert who.get("auctions", cursor=cursor, limit="2").status == 200


class TestCounts:
    def test_whoever_asks_too_often_waits_for_the_next_minute(
        self, valkey: str, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tokenization.api.throttling.time.time", lambda: 6_000_017.5)
        settings.API_PER_MINUTE = {"read": 3, "write": 2, "stranger": 1}
        who, other = caller(person(Role.INVESTOR)), caller(person(Role.INVESTOR))
        assert [who.get("auctions").status for _ in range(4)] == [200, 200, 200, 429]
        said = who.get("auctions")
        assert (said.headers["Retry-After"], said.headers["Content-Type"]) == ("43", "application/problem+json")
        assert other.get("auctions").status == 200
        assert [STRANGER.get("auctions").status for _ in range(2)] == [401, 429]
        monkeypatch.setattr("tokenization.api.throttling.time.time", lambda: 6_000_060.0)
        assert who.get("auctions").status == 200

    def test_guessed_tokens_are_counted_by_address_too(
        self, valkey: str, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tokenization.api.throttling.time.time", lambda: 6_000_017.5)
        settings.API_PER_MINUTE = {"read": 99, "write": 99, "stranger": 3}
        guesses = [Caller(None, f"tkapi_{number:043d}").get("auctions").status for number in range(5)]
        assert guesses == [401, 401, 401, 429, 429]

    def test_without_the_cache_nobody_is_shut_out(self, settings: Any) -> None:
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
        assert caller(person(Role.INVESTOR)).get("auctions").status == 200


class TestProblems:
    def test_a_foreign_site_is_given_no_leave_to_read(self) -> None:
        who = caller(person(Role.INVESTOR))
        answer = Client().get(
            "/api/v1/auctions", HTTP_ORIGIN="https://evil.example", HTTP_AUTHORIZATION=f"Bearer {who.secret}"
        )
        assert [name for name in answer.headers if name.lower().startswith("access-control")] == []

    def test_a_draft_does_not_exist(self) -> None:
        people, who = issuance.office(), caller(person(Role.INVESTOR))
        draft = auctions.draft(people)
        said = who.get(f"auctions/{draft.pk}")
        assert (said.status, said.body["field"]) == (404, "auction")
        assert ids(who.get("auctions")) == []
        assert Auction.objects.get().state == "DRAFT"

    @pytest.mark.parametrize("path", ["auctions", "series", "offers"])
    def test_reads_cannot_be_written(self, path: str) -> None:
        said = caller(person(Role.INVESTOR)).post(path, {})
        assert (said.status, said.headers["Content-Type"]) == (405, "application/problem+json")
