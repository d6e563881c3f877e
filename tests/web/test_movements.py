"""Each movement is named by what it was for, and a payment says when and how it came."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from eth_abi.abi import encode

from contracts.indexer.models import WatchedContract
from custody.register.models import Entry
from custody.register.posting import TOKEN_ARTIFACT
from custody.servicing.chain.paid import events_paid
from custody.servicing.chain.read import agent_logs_read
from custody.servicing.chain.send import event_code
from tests.factories.in_tokens import Tokens, payment
from tests.factories.ledger import address
from tests.factories.purchases import NOW, Purchases
from tests.support import paper
from tests.support.people import person
from tokenization.identity.models import Party, PartyMember, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.writing import money, when

pytestmark = pytest.mark.django_db


NOBODY = "0x" + "0" * 40


def member(of: Party) -> User:
    user = person(Role.INVESTOR)
    PartyMember.objects.create(party=of, user=user)
    return user


def told(client: Client) -> list[tuple[str, str]]:
    """What and how much of every movement, newest first."""
    return [(row[2].text, row[3].text) for row in client.get("/portal/").context["movements"].rows]


def test_a_purchase_and_its_redemption_are_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    market = Purchases()
    buyer = market.owned(1)
    (row,) = market.allotted((buyer, 600))
    settled = market.delivered(row, 1)
    market.mint(address(1), 50)
    market.mine_and_post()
    client.force_login(member(buyer))
    assert told(client) == [
        ("Created by nobody's order, in dispute", "+50"),
        (f"Bought and delivered: purchase {settled.payment_reference}", "+600"),
    ]


def test_a_coupon_in_cash_tokens_is_named_and_dated_by_its_block(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Tokens()
    event = world.released_in_tokens()
    monkeypatch.setattr(clock, "now", lambda: world.payday + timedelta(days=1))
    row = payment(event, 0xA)
    wallet, amount = row.entitlement.wallet.address, row.amount_minor
    cash = world.cash.address
    WatchedContract.objects.create(
        address=cash, artifact=TOKEN_ARTIFACT, name="cash", from_block=100, filled_to=100, watched_at=NOW
    )
    world.log("Transfer", [NOBODY, world.agent], [3 * amount], where=cash)
    world.mine(at=world.payday + timedelta(minutes=1))
    world.post()
    lines = encode(["uint64[]", "address[]", "uint256[]"], [[row.number], [wallet], [amount]])
    token = "0x" + "0" * 24 + world.token.address[2:]
    # The same amount came once before, from the same sender, and paid nothing.
    world.log("Transfer", [world.agent, wallet], [amount], where=cash)
    said = world.said("Paid", [event_code(event), token], lines)
    world.log("Transfer", [world.agent, wallet], [amount], where=cash, tx=said.tx_hash)
    world.mine(at=world.payday + timedelta(hours=1))
    agent_logs_read(now=world.payday)
    world.post()
    assert events_paid([said.tx_hash]) == {said.tx_hash: event}
    assert Entry.objects.filter(account=wallet, token=world.cash).count() == 2
    assert row.entitlement.party is not None
    client.force_login(member(row.entitlement.party))
    names = [name for name, _ in told(client)]
    assert names[:2] == [f"Coupon 1 of {world.series.isin}", "Received from another holder"]
    page = client.get(f"/portal/payments/{row.entitlement_id}/").content.decode()
    paid = when(world.payday + timedelta(hours=1))
    assert f"<dt>Paid</dt><dd>{paid}</dd>" in page
    assert f"cash tokens to wallet {wallet}" in page
    advice = paper.text(client.get(f"/portal/payments/{row.entitlement_id}/advice.pdf").content)
    assert f"By cash tokens to wallet {wallet}" in advice
    assert f"Paid {paid}" in advice
    on = world.payday.date().isoformat()
    sheet = paper.text(client.get(f"/portal/statement/?party={row.entitlement.party.pk}&on={on}").content)
    assert f"Settlement cash Wallet Amount {wallet} {money(2 * amount, 'PKR')}" in sheet
