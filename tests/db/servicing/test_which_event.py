"""Which event a log of the paying agent is about, looked for among its security's alone; and who is closed to it."""

from __future__ import annotations

import pytest

from contracts.indexer.models import Log
from custody.servicing.chain import send
from custody.servicing.chain.paid import events_paid
from custody.servicing.models import ServicingEvent
from custody.servicing.selectors import closed_wallets
from custody.servicing.services import coupon_open
from tests.factories.in_tokens import Tokens, payment
from tests.factories.ledger import NOW, address

pytestmark = pytest.mark.django_db


def test_what_was_paid_is_looked_for_among_the_events_of_its_security(monkeypatch: pytest.MonkeyPatch) -> None:
    bond = Tokens()
    event = bond.released_in_tokens()
    other = bond.second("TOKEN")
    second = coupon_open(token=bond.token, sequence=2, rail="TOKEN", actor=bond.treasury, now=NOW)
    looked: list[ServicingEvent] = []
    real = send.event_code

    def spied(row: ServicingEvent) -> str:
        looked.append(row)
        return real(row)

    monkeypatch.setattr(send, "event_code", spied)
    bond.paid(event, payment(event, 0xA))
    assert payment(event, 0xA).state == "PAID"
    hashes = list(Log.objects.filter(address=bond.agent).values_list("tx_hash", flat=True))
    assert set(events_paid(hashes).values()) == {event}
    assert {row.token for row in looked} == {bond.token}
    assert send.event_named(real(second)) == second
    assert send.event_named(real(second), other.token.address) is None


def test_a_wallet_closed_in_the_cash_is_closed_to_what_is_paid_in_it_whatever_backs_the_token() -> None:
    bond = Tokens()
    event = bond.prepared()
    bond.log("AddressFrozen", [address(0xA), 1, address(0x99)], [], where=bond.cash.address)
    bond.mine_and_post()
    assert closed_wallets(event) == {address(0xA)}
    # As of a token whose own unit is an ounce of gold, and which is paid for in rupees.
    event.token.currency = "XAU"
    assert (event.token.paid_in, closed_wallets(event)) == ("PKR", {address(0xA)})
