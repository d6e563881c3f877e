"""An investor sees his own holdings at a stamped block, and nothing of anybody else's."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.issuance import office, series
from tests.support.people import party, person
from tests.support.tokens import minted, token_of, wallet_of
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db
ALICE, BOB = "0x" + "a1" * 20, "0x" + "b2" * 20


def test_each_investor_sees_his_own_units_only(client: Client) -> None:
    alice, bob = person(Role.INVESTOR), person(Role.INVESTOR)
    token = token_of(series(office()))
    minted(token, {ALICE: 1_234, BOB: 98_765})
    wallet_of(party(alice), ALICE)
    wallet_of(party(bob), BOB)
    client.force_login(alice)
    page = client.get("/portal/").content.decode()
    assert "1,234" in page
    assert "PKR 1,234,000.00" in page
    assert "98,765" not in page
    assert "True at block <b>7</b>" in page
    assert "3 blocks behind the newest seen" in page
    client.force_login(bob)
    page = client.get("/portal/").content.decode()
    assert "98,765" in page
    assert "1,234" not in page


def test_a_wallet_given_up_is_no_longer_shown(client: Client) -> None:
    alice = person(Role.INVESTOR)
    token = token_of(series(office()))
    minted(token, {ALICE: 1_234})
    wallet = wallet_of(party(alice), ALICE)
    holder = wallet.holders.get()
    type(holder).objects.filter(pk=holder.pk).update(valid_until=holder.valid_from.replace(year=2027))
    client.force_login(alice)
    assert "You hold nothing at this block" in client.get("/portal/").content.decode()


def test_an_account_without_a_party_sees_nothing_and_is_told_why(client: Client) -> None:
    client.force_login(person(Role.INVESTOR))
    page = client.get("/portal/").content.decode()
    assert "not linked to an investor yet" in page
    assert "You hold nothing at this block" in page


@pytest.mark.parametrize("path", ["/portal/purchases/1/", "/portal/payments/1/"])
def test_what_is_not_his_does_not_exist(client: Client, path: str) -> None:
    client.force_login(person(Role.INVESTOR))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DEBT_MAKER, Role.OPERATOR])
def test_officers_and_auditors_do_not_enter_the_portal(client: Client, role: Role) -> None:
    client.force_login(person(role))
    assert client.get("/portal/").status_code == 403
    assert client.post("/portal/").status_code == 403
