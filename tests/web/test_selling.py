"""The steps to a sale: what is there, what is missing, who is next; and a target that the series does not have."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from issuance.auction.models import Auction
from issuance.authority.models import LegalAuthority
from tests.factories import auction as auctions
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.support.people import person
from tests.web.test_decisions import approval as approval
from tokenization.backoffice.pages.selling import steps
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
TITLES = ["Legal authority", "Budget envelope", "Programme", "Series", "Token", "Auction"]


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> issuance.Office:
    monkeypatch.setattr(clock, "now", lambda: issuance.NOW)
    return issuance.office()


def states(role: Role = Role.DEBT_MAKER) -> list[str]:
    return [step.state for step in steps(person(role), clock.now())]


def test_the_steps_stand_in_order_and_the_first_missing_one_is_next(people: issuance.Office) -> None:
    found = steps(person(Role.DEBT_MAKER), clock.now())
    assert [step.title for step in found] == TITLES
    assert states() == ["next", "later", "later", "later", "later", "later"]
    programme = issuance.programme(people)
    assert states() == ["done", "done", "done", "next", "later", "later"]
    series = issuance.series(people, programme)
    assert states() == ["done", "done", "done", "done", "next", "later"]
    world.token(people, series)
    assert states() == ["done", "done", "done", "done", "done", "next"]
    auctions.announced(people, series)
    assert states() == ["done"] * 6


def test_what_has_ended_is_nothing_to_build_on(people: issuance.Office, monkeypatch: pytest.MonkeyPatch) -> None:
    series = issuance.series(people)
    auctions.announced(people, series)
    monkeypatch.setattr(clock, "now", lambda: issuance.NOW + timedelta(days=365 * 40))
    assert states() == ["next", "later", "later", "later", "later", "later"]


def test_each_person_reads_what_he_may_do(client: Client, approval: Approval) -> None:
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get("/office/sell/").content.decode()
    assert "legal authority ACT-2026-1: you may approve it" in page
    assert f'href="/office/decisions/{approval.pk}/"' in page
    assert 'href="/office/propose/authority/"' not in page
    client.force_login(approval.maker)
    page = client.get("/office/sell/").content.decode()
    assert "legal authority ACT-2026-1: another person approves it" in page
    assert 'href="/office/propose/authority/"' in page
    assert LegalAuthority.objects.get().state == "DRAFT"


def test_today_and_an_empty_form_lead_there(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    for path in ("/office/", "/office/propose/auction/", "/office/propose/envelope/"):
        assert 'href="/office/sell/"' in client.get(path).content.decode()
    client.force_login(person(Role.INVESTOR))
    assert client.get("/office/sell/").status_code in (302, 403, 404)


def typed(series: Any, target: str) -> dict[str, Any]:
    return {
        "series": series.pk,
        "rule": "PK-MTB",
        "target": target,
        "opens_at": "2026-07-01T10:00:00",
        "closes_at": "2026-07-01T12:00:00",
        "settlement_date": "2026-07-02",
        "direct_categories": ["PRIMARY_DEALER"],
    }


def test_a_target_above_what_is_free_is_refused_at_its_field(client: Client, people: issuance.Office) -> None:
    series = issuance.series(people)
    client.force_login(person(Role.DEBT_MAKER))
    page = client.post("/office/propose/auction/", typed(series, "100,000,000")).content.decode()
    assert "The series has PKR 10,000,000.00 of face free on 2 Jul 2026: 10,000 units." in page
    assert 'value="100,000,000"' in page
    assert Auction.objects.count() == 0
    client.post("/office/propose/auction/", typed(series, "10,000,000"))
    assert Auction.objects.get().target_minor == 1_000_000_000
    assert "Time of Pakistan (PKT)" in client.get("/office/propose/auction/").content.decode()


def test_the_tenors_that_the_market_sells_are_said_before_a_day_is_typed(
    client: Client, people: issuance.Office
) -> None:
    issuance.programme(people)
    client.force_login(person(Role.DEBT_MAKER))
    page = client.get("/office/propose/series/").content.decode()
    for words in ("PK-MTB 28, 84, 182 or 364 days", "PK-PIB 3, 5, 10, 15, 20 or 30 years", "PK-GIS 364 days"):
        assert words in page, words
