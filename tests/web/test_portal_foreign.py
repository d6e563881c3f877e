"""Every address of the portal that names a row: its owner opens it, a stranger and every other role does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from custody.tokenisation.models import WalletHolder
from issuance.allotment.models import Allotment
from issuance.bid.models import Bid
from tests.factories import auction as auctions
from tests.factories import bid as bidders
from tests.factories.ledger import wallet
from tests.factories.purchases import NOW, Purchases
from tests.factories.servicing import line
from tests.support.people import person
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.portal.urls import urlpatterns

pytestmark = pytest.mark.django_db
# What the state publishes: every investor reads it, and the bid form has choices for those who may bid only.
PUBLIC = {"offering", "place", "result-pdf", "result-csv"}
# Walked with own and foreign rows where their own tests are: bid files, cash, trades, deliveries.
ELSEWHERE = {
    "bid-file", "bid-file-example", "pay-out", "take-back", "trade-note", "deliver", "delivery", "delivery-take-back",
    "release-order",
}  # fmt: skip


def world() -> tuple[bidders.Side, dict[str, int]]:
    """A dealer with one row of each kind: a bid, the delivered purchase that came of it, its repayment paid."""
    market = Purchases()
    dealer = bidders.side(market.people, reference="DEALER-1")
    WalletHolder.objects.create(wallet=wallet(1), party=dealer.party, valid_from=NOW)
    market.account(dealer.party)
    auction = bidders.announced(market.people, row=market.series)
    bidders.insert(auction, dealer, face_minor=100_000_000, price="97.5")
    auctions.decided(market.people, auctions.closed(market.people, auction), {"cut_off": "97.5"})
    bought = Allotment.objects.get()
    market.delivered(bought, 1)
    event = market.released()
    market.pay(line(event, 1))
    bid, payment = Bid.objects.get().pk, line(event, 1).pk
    rows = {
        "holding": market.token.pk, "purchase": bought.pk, "letter": bought.pk, "note": bought.pk, "payment": payment,
        "advice": payment, "bid": bid, "amend": bid, "withdraw": bid, "receipt": bid, "received": bid,
        **dict.fromkeys(PUBLIC, auction.pk),
    }  # fmt: skip
    return dealer, rows


def test_every_row_opens_for_its_owner_and_for_nobody_else(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    dealer, rows = world()
    named = {str(entry.name) for entry in urlpatterns if "<int:pk>" in str(entry.pattern)}
    assert named == set(rows) | ELSEWHERE, "a page of the portal that is not walked with own and foreign rows"
    stranger = person(Role.INVESTOR)
    officers = [person(role) for role in Role if role is not Role.INVESTOR]
    before = Bid.objects.count()
    for name, pk in rows.items():
        address = reverse(f"portal:{name}", args=[pk])
        client.force_login(dealer.user)
        assert client.get(address).status_code == 200, name
        client.force_login(stranger)
        for method in ("get", "post"):
            status = getattr(client, method)(address).status_code
            assert status in ({200, 405} if name in PUBLIC else {404, 405}), (name, method)
        assert client.get(address).status_code == (200 if name in PUBLIC else 404), name
        for officer in officers:
            client.force_login(officer)
            assert client.get(address).status_code == client.post(address).status_code == 403, name
        client.logout()
        assert client.get(address)["Location"].startswith("/sign-in/"), name
    assert Bid.objects.count() == before
