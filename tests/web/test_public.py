"""The page for everybody: what is outstanding, whether it was found right, how old the examiners' words are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from custody.reconciliation.models import Run
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.test_attested import case, gold
from tests.db.reconciliation.world import A, Contract, run
from tests.factories import ledgerless as world
from tests.factories.examined import EXPIRY, Examined
from tests.factories.ledger import NOW, Books
from tests.support.people import person
from tokenization.assurance.public.outstanding import (
    attested,
    cash,
    compared,
    in_cash,
    outstanding,
    read,
    securities,
    since,
)
from tokenization.identity.models import User
from tokenization.identity.roles import Role
from tokenization.theme.tables import Table

__all__ = ["books", "case", "contract", "gold"]
pytestmark = pytest.mark.django_db
REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
OUTSTANDING = "No security exists on the chain yet."


@pytest.fixture(autouse=True)
def kept(settings: Any) -> None:
    """A cache of this process, empty; tests/web/test_operations.py has the real one."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


def live(made: Books) -> None:
    type(made.token).objects.filter(pk=made.token.pk).update(state="LIVE")


def texts(shown: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in shown.rows]


def test_an_empty_platform_says_so_and_asks_nobody_who_he_is(client: Client) -> None:
    answer = client.get("/public/")
    body = answer.content.decode()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=60")
    assert (dict(answer.cookies), "Vary" in answer) == ({}, False)
    for words in (OUTSTANDING, "Nothing was compared yet.", "No security is backed by a reserve.", "No final block"):
        assert words in body
    assert client.post("/public/").status_code == 405


def test_who_is_signed_in_sees_the_same_bytes_and_gets_no_cookie(client: Client) -> None:
    stranger = client.get("/public/").content
    client.force_login(person(Role.DEBT_MAKER))
    answer = client.get("/public/")
    assert (answer.content, dict(answer.cookies), "Vary" in answer) == (stranger, {}, False)
    assert client.get("/office/").status_code == 200  # and the session is still there


def test_it_is_read_once_a_minute(client: Client, books: Books) -> None:
    live(books)
    first = client.get("/public/").content
    run(books)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get("/public/").content == first
    assert len(asked) == 0
    cache.clear()
    assert "every record agrees" in client.get("/public/").content.decode()


def test_without_its_cache_it_is_still_there(client: Client, settings: Any) -> None:
    settings.CACHES = {"default": {**REDIS, "LOCATION": "redis://127.0.0.1:9/0"}}  # nobody listens there
    answer = client.get("/public/")
    assert (answer.status_code, OUTSTANDING in answer.content.decode()) == (200, True)


def test_units_and_face_have_separators_and_undue_units_are_not_counted(books: Books) -> None:
    live(books)
    books.mint(A, 7)
    books.mine_and_post()
    (row,) = texts(outstanding(securities(), read_block(), NOW))
    token = books.token
    assert row == [token.name, token.code, "24 Sep 2026", "30", "PKR 30,000.00"]


def test_what_has_matured_is_said(books: Books) -> None:
    live(books)
    last = datetime(2026, 9, 23, 23, 59, 59, tzinfo=ZoneInfo("Asia/Karachi"))
    for now, words in ((last, "24 Sep 2026"), (last + timedelta(seconds=1), "matured on 24 Sep 2026")):
        assert texts(outstanding(securities(), read_block(), now))[0][2] == words


def test_settlement_cash_has_a_row_of_its_own(client: Client) -> None:
    assert "There is no settlement cash yet." in client.get("/public/").content.decode()
    token = world.cash_token()
    assert texts(in_cash(cash(), None)) == [["Settlement cash in PKR", "PKR-CASH", "PKR 0.00"]]
    cache.clear()
    page = client.get("/public/").content.decode()
    assert page.count(token.code) == 2  # in circulation, and whether it was compared


def test_what_is_outstanding_is_one_question_and_loads_no_holder(books: Books) -> None:
    live(books)
    block, rows = read(NOW)["final"], securities()
    with CaptureQueriesContext(connection) as asked:
        outstanding(rows * 3, block, NOW)  # type: ignore[arg-type]
    (query,) = asked.captured_queries
    assert "IN ('ISSUED', 'REDEEMED', 'ANNULLED')" in query["sql"]


def read_block() -> object:
    return read(NOW)["final"]


def test_a_red_run_is_said_with_the_last_green_one(books: Books, contract: Contract) -> None:
    live(books)
    green = run(books)
    contract.balances[A] += 3
    red = run(books)
    later = NOW + timedelta(minutes=4, seconds=30)
    assert (green.green, red.green, Run.objects.count()) == (True, False, 2)
    ((code, verdict, block, digest, age, fine),) = texts(compared(securities(), later))
    assert (code, verdict, block, age) == (
        books.token.code,
        "the records differ",
        f"{red.block_number:,}",
        "4 minutes ago",
    )
    assert digest == f"{red.block_hash[:8]}…{red.block_hash[-6:]}"
    assert fine == f"block {green.block_number:,}, 4 minutes ago"


def test_a_security_that_was_never_compared_is_named(books: Books) -> None:
    live(books)
    assert texts(compared(securities(), NOW)) == [[books.token.code, "never compared", "–", "–", "–", "–"]]


def test_an_attestation_has_its_age_and_its_end(case: Examined, gold: Books) -> None:
    live(gold)
    (row,) = texts(attested(securities(), NOW))
    assert row[:3] == [gold.token.code, "in force", "1,193.176 fine troy ounces"]
    (ended,) = texts(attested(securities(), EXPIRY))
    assert ended[1:3] == ["ended: no new units", "1,193.176 fine troy ounces"]
    assert (row[5], since(EXPIRY - timedelta(days=200), EXPIRY)) == (ended[5], "6 months")


def test_what_is_not_attested_is_said(gold: Books) -> None:
    live(gold)
    assert texts(attested(securities(), NOW)) == [[gold.token.code, "nothing is attested", "–", "–", "–", "–"]]


def test_nothing_of_a_person_is_on_it(client: Client, case: Examined, gold: Books, contract: Contract) -> None:
    live(gold)
    run(gold)
    body = client.get("/public/").content.decode()
    people = {word for user in User.objects.all() for word in (user.username, user.last_name) if word}
    secret = [*people, case.key.address, case.party.name, A, *contract.balances]
    assert [word for word in secret if word in body] == []
