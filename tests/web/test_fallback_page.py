"""The node is down on payment day: the officer sees what waits, why, what each way does, and starts it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contracts.outbox.models import Intent, IntentItem
from custody.servicing.chain import fallback
from custody.servicing.chain.fallback import Proof
from custody.servicing.chain.send import VALID_FOR
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.services import servicing_advance
from custody.settlement.models import CashEntry
from tests.factories.in_tokens import Tokens, payment
from tests.factories.ledger import digest
from tests.support.people import person
from tokenization.backoffice.pages import fallback as page_module
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval, AuditEntry, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Unavailable
from tokenization.kernel.secrets import masked

pytestmark = pytest.mark.django_db
Bond = tuple[Tokens, ServicingEvent]


@pytest.fixture
def bond(monkeypatch: pytest.MonkeyPatch) -> Bond:
    made = Tokens()
    event = made.released_in_tokens()
    servicing_advance(now=made.payday)
    monkeypatch.setattr(clock, "now", lambda: made.payday)
    return made, event


def cashier(client: Client) -> User:
    user = person(Role.FISCAL_AGENT_OFFICER)
    client.force_login(user)
    return user


def kept() -> tuple[object, ...]:
    states = tuple(Payment.objects.order_by("pk").values_list("channel", "state"))
    return states, CashEntry.objects.count(), Approval.objects.count(), AuditEntry.objects.count()


def channels(event: ServicingEvent) -> list[str]:
    return [payment(event, number).channel for number in (0xA, 0xB)]


def test_what_was_never_signed_is_paid_by_bank_at_once(client: Client, bond: Bond) -> None:
    _, event = bond
    cashier(client)
    run = client.get(f"/office/events/{event.pk}/").content.decode()
    where = f"/office/events/{event.pk}/fallback/"
    assert where in run
    page = client.get(where).content.decode()
    for words in (
        "2, PKR 2,625.00", "never signed", "Pay these by bank", "PKR 1,875.00", "PKR 750.00",
        masked(payment(event, 0xA).entitlement.party.bank_accounts.get().iban),  # type: ignore[union-attr]
        "No second node is named",
    ):  # fmt: skip
        assert words in page, words
    answer = client.post(f"{where}at-once/", follow=True).content.decode()
    assert "By bank instead: 2." in answer
    assert "Nothing waits for the chain." in answer
    assert channels(event) == ["BANK", "BANK"]
    assert Intent.objects.get(function="pay").state == "CANCELLED"
    before = kept()
    assert "nothing was changed" in client.post(f"{where}at-once/", follow=True).content.decode()
    assert kept() == before


def test_a_signed_call_waits_for_its_end_and_then_for_the_second_node(
    client: Client, bond: Bond, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    made, event = bond
    made.attempted(Intent.objects.get(function="pay"))
    cashier(client)
    where = f"/office/events/{event.pk}/fallback/"
    page = client.get(where).content.decode()
    assert "its call may act until" in page
    for button in ("Pay these by bank", "Ask the second node and pay"):
        assert button not in page, button
    late = made.payday + VALID_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: late)
    settings.CHAIN_SECOND_RPC_URL = "http://second.invalid"  # type: ignore[attr-defined]
    page = client.get(where).content.decode()
    assert "its call ended at" in page
    assert "Ask the second node and pay" in page
    first = payment(event, 0xA)
    seen = Proof(event.token.address, 7, digest(7), late, frozenset({first.number or 0}))
    monkeypatch.setattr(page_module, "second_look", lambda url, event: seen)
    assert "By bank instead: 1." in client.post(f"{where}on-proof/", follow=True).content.decode()
    assert channels(event) == ["BANK", "CHAIN"]


def test_a_second_node_that_is_missing_or_silent_changes_nothing(client: Client, bond: Bond, settings: object) -> None:
    made, event = bond
    made.attempted(Intent.objects.get(function="pay"))
    cashier(client)
    before, where = kept(), f"/office/events/{event.pk}/fallback/on-proof/"
    assert "No second node is named." in client.post(where, follow=True).content.decode()
    settings.CHAIN_SECOND_RPC_URL = "http://127.0.0.1:9/secret-key"  # type: ignore[attr-defined]
    page = client.post(where, follow=True).content.decode()
    assert "The second node does not answer either. Ask again later." in page
    assert "secret-key" not in page
    with pytest.raises(Unavailable):
        fallback.second_look("http://127.0.0.1:9/secret-key", event)
    assert kept() == before


def test_two_persons_decide_on_what_the_chain_may_still_pay(client: Client, bond: Bond) -> None:
    made, event = bond
    made.attempted(Intent.objects.get(function="pay"))
    client.force_login(person(Role.TREASURY_OFFICER))
    where = f"/office/events/{event.pk}/fallback/"
    assert "2, PKR 2,625.00 may still be paid on chain" in client.get(where).content.decode()
    before = kept()
    client.post(f"{where}by-two/", {"reason": " "})
    assert kept() == before
    answer = client.post(f"{where}by-two/", {"reason": "both nodes are down since noon"})
    approval = Approval.objects.get(action="custody.servicing.BankFallback")
    assert answer["Location"] == f"/office/decisions/{approval.pk}/"
    assert channels(event) == ["CHAIN", "CHAIN"]
    page = client.get(where).content.decode()
    assert f"decision {approval.pk}" in page
    assert "Why it cannot wait" not in page
    approval_approve(approval_id=approval.pk, actor=made.treasury_checker, now=made.payday)
    assert channels(event) == ["BANK", "BANK"]


def test_a_proposal_about_another_event_is_not_taken_for_ones_own(client: Client, bond: Bond) -> None:
    """Event 12 begins as event 1 does."""
    made, event = bond
    made.attempted(Intent.objects.get(function="pay"))
    payload = canonical_json({"event": int(f"{event.pk}2"), "reason": "the nodes are down"})
    maker = made.treasury
    other = Approval.objects.create(
        action="custody.servicing.BankFallback", title="Pay by bank", subject="coupon 2:X", payload=payload,
        payload_hash=sha256_hex(payload), items_root=digest(1), item_count=1, preview={}, two_houses=False,
        maker=maker, maker_house=maker.house, made_at=made.payday,
    )  # fmt: skip
    client.force_login(person(Role.TREASURY_OFFICER))
    where = f"/office/events/{event.pk}/fallback/"
    assert client.get(where).context["pending"] is None
    client.post(f"{where}by-two/", {"reason": "both nodes are down since noon"})
    own = Approval.objects.exclude(pk=other.pk).get(action="custody.servicing.BankFallback", state="PENDING")
    assert client.get(where).context["pending"] == own


def test_who_may_not_pay_or_propose_may_look(client: Client, bond: Bond) -> None:
    _, event = bond
    where, before = f"/office/events/{event.pk}/fallback/", kept()
    live = IntentItem.objects.filter(live=True).count()
    client.force_login(person(Role.REGISTRAR_OFFICER))
    page = client.get(where).content.decode()
    assert "You may look." in page
    for way in ("at-once", "on-proof", "by-two"):
        assert client.post(f"{where}{way}/", {"reason": "x"}).status_code == 403
        assert client.get(f"{where}{way}/").status_code == 405
    client.force_login(person(Role.TREASURY_OFFICER))
    assert client.post(f"{where}at-once/").status_code == 403
    cashier(client)
    assert client.post(f"{where}by-two/", {"reason": "x"}).status_code == 403
    client.force_login(person(Role.INVESTOR))
    assert client.get(where).status_code == 403
    assert (kept(), IntentItem.objects.filter(live=True).count()) == (before, live)
