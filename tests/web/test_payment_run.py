"""The officers' calendar and payment run: what is missing, who is not paid the ordinary way, and what comes next."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from custody.servicing.models import Payment, ServicingEvent
from custody.settlement.models import CashEntry
from tests.factories.ledger import wallet
from tests.factories.servicing import Bond
from tests.support.browser import picture, sign_in
from tests.support.browser import site as site
from tests.support.people import person
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.secrets import masked

pytest_plugins = ["tests.support.browser"]


def coupon() -> tuple[Bond, ServicingEvent]:
    """Five lines of four kinds: paid, unclaimed, in dispute, nobody's; taxed, and not a minor unit funded yet."""
    bond = Bond()
    for status, rate in (("FILER", 1_500), ("NON_FILER", 3_000)):
        bond.rule(status, rate, "COUPON")
    bond.status(bond.holder(1, 1_500), "FILER")
    bond.holder(2, 2_000)
    bond.holder(3, 400, account=False)
    bond.undue(1, 100)
    bond.issued(7, wallet(4))
    return bond, bond.recorded(bond.coupon(1))


@pytest.mark.django_db
def test_the_run_says_what_is_missing_and_offers_only_what_one_may_do(client: Client) -> None:
    bond, event = coupon()
    client.force_login(person(Role.TREASURY_OFFICER))
    address = f"/office/events/{event.pk}/"
    page = client.get(address).content.decode()
    assert "PKR 250,437.50 are missing." in page
    for words in (
        "no verified bank account: will wait for him", "100 disputed units", "nobody proved this wallet",
        "Choose the channels again", "PKR 0.00 of PKR 250,437.50 booked.",
    ):  # fmt: skip
        assert words in page, words
    for words in ("Fund a coupon or redemption", "Release the payments", "Burn the units"):
        assert words not in page, words
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    page = client.get(address).content.decode()
    assert "Fund a coupon or redemption" in page
    bond.fund(event)
    assert "Fund a coupon or redemption" not in client.get(address).content.decode()
    client.force_login(person(Role.TREASURY_CHECKER))
    assert "Release the payments" not in client.get(address).content.decode()
    client.force_login(person(Role.TREASURY_OFFICER))
    assert "Release the payments" in client.get(address).content.decode()
    bond.release(event)
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    assert "The bank has paid the run" in client.get(address).content.decode()
    bond.pay_all(event)
    page = client.get(address).content.decode()
    assert "are missing" not in page
    assert "unclaimed: waits for him" in page
    assert "The bank has paid the run" not in page
    assert client.post(address).status_code == 405
    calendar = client.get("/office/events/").content.decode()
    for words in ("Coupon 1", "released", "PKR 250,437.50", "Tax owed to the authority", "PKR 59,062.50"):
        assert words in calendar, words
    client.force_login(person(Role.INVESTOR))
    for closed in (address, "/office/events/"):
        assert client.get(closed).status_code == 403


@pytest.mark.django_db
def test_one_payment_is_recorded_by_hand_once_and_by_the_fiscal_agent_only(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bond, event = coupon()
    monkeypatch.setattr(clock, "now", lambda: bond.payday)
    bond.released(event)
    due = Payment.objects.filter(entitlement__event=event, state="DUE", channel="BANK").order_by("pk")
    first = due[0]
    where, before = f"/office/payments/{first.pk}/paid/", CashEntry.objects.count()
    client.force_login(person(Role.TREASURY_OFFICER))
    assert "Due by bank, holder by holder" not in client.get(f"/office/events/{event.pk}/").content.decode()
    assert client.post(where, {"bank_reference": "BANK-1"}).status_code == 403
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    page = client.get(f"/office/events/{event.pk}/").content.decode()
    for words in ("Due by bank, holder by holder", masked(first.account.iban) if first.account else "", where):
        assert words in page, words
    assert "reference of the payment." in client.post(where, {"bank_reference": " "}, follow=True).content.decode()
    assert (CashEntry.objects.count(), due.count()) == (before, 2)
    assert "Recorded as paid." in client.post(where, {"bank_reference": "BANK-1"}, follow=True).content.decode()
    assert "Recorded as paid." in client.post(where, {"bank_reference": "BANK-1"}, follow=True).content.decode()
    first.refresh_from_db()
    assert (first.state, CashEntry.objects.count(), due.count()) == ("PAID", before + 1, 1)


@pytest.mark.browser
def test_an_officer_follows_the_run_from_the_calendar(site: str, page: Page) -> None:
    _, event = coupon()
    user = person(Role.TREASURY_OFFICER)
    sign_in(page, site, user)
    page.goto(f"{site}/office/events/")
    expect(page.get_by_role("cell", name="Coupon 1")).to_be_visible()
    picture(page, "office-events")
    page.get_by_role("link", name=event.token.series.isin).first.click()
    expect(page.get_by_text("PKR 250,437.50 are missing.")).to_be_visible()
    picture(page, "office-payment-run")
    page.goto(f"{site}/office/propose/tax-rate/")
    picture(page, "office-tax-rate")
