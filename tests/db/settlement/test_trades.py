"""Trades: who may propose and sign, exactly one relay, and ends that only final logs decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.gateway import abi
from contracts.gateway.keys import LocalKey
from contracts.gateway.messages import trade_typed_data
from contracts.gateway.typed_data import digest
from contracts.outbox.models import Intent
from custody.register.models import Entry
from custody.settlement.trades import selectors
from custody.settlement.trades.models import Trade, TradeSide, TradeSignature
from custody.settlement.trades.services import trade_decline, trade_message, trade_sign, trades_advance
from custody.settlement.trades.services.agree import order_of
from custody.tokenisation.models import Wallet
from tests.factories.ledger import NOW
from tests.factories.trades import SOON, Floor, investor
from tokenization.identity.models import AuditEntry
from tokenization.identity.services import kyc_decide
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return Floor()


def state(trade: Trade) -> tuple[str, str]:
    return Trade.objects.values_list("state", "reason").get(pk=trade.pk)


def test_both_sign_the_same_terms_and_it_is_relayed_once(floor: Floor) -> None:
    trade = floor.propose()
    order = order_of(trade)
    assert (order.seller, order.buyer) == (floor.seller.key.address, floor.buyer.key.address)
    assert (order.token, order.cash, order.units, order.amount) == (floor.token.address, floor.cash.address, 5, 480_000)
    assert (order.seller_nonce, order.buyer_nonce, order.valid_until) == (1, 1, int(SOON.timestamp()))
    assert trade.digest == digest(trade_message(trade)) == digest(trade_typed_data(31337, floor.contract, order))
    assert selectors.trade_waits_for(trade, now=NOW) == "Not signed yet by: seller, buyer"
    floor.sign(trade, floor.buyer)
    assert (state(trade)[0], trades_advance(now=NOW), Intent.objects.count()) == ("PROPOSED", 0, 0)
    assert selectors.trade_waits_for(trade, now=NOW) == "Not signed yet by: seller"
    assert floor.sign(trade, floor.seller).state == "SIGNED"
    assert trades_advance(now=NOW) == 1
    assert trades_advance(now=NOW) == 0
    intent = Intent.objects.get()
    assert (intent.key, intent.signer.name, intent.deadline) == (f"trade:{trade.digest}", "settlement", SOON)
    sent = abi.decode_call("DeliveryVersusPayment", bytes(intent.data))
    assert tuple(sent.args["trade"].values()) == order.as_tuple()
    seller, buyer = (floor.seller.key.sign_typed_data(trade_message(trade)), floor.buyer.key)
    assert "0x" + sent.args["sellerSignature"].hex() == seller
    assert "0x" + sent.args["buyerSignature"].hex() == buyer.sign_typed_data(trade_message(trade))
    assert Trade.objects.get().intent == intent
    actions = AuditEntry.objects.filter(subject=f"trade:{trade.pk}").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["trade.propose", "trade.sign", "trade.sign", "trade.move", "trade.move"]


def test_nonces_are_the_next_of_each_wallet_on_whichever_side(floor: Floor) -> None:
    first = floor.propose()
    back = floor.propose(seller=floor.buyer.wallet, buyer=floor.seller.wallet)
    third = investor(floor.books.people)
    other = floor.propose(buyer=third.wallet)
    nonces = [(order_of(t).seller_nonce, order_of(t).buyer_nonce) for t in (first, back, other)]
    assert nonces == [(1, 1), (2, 2), (3, 1)]
    assert len({t.digest for t in (first, back, other)}) == 3


Change = Callable[[Floor], dict[str, Any]]
REFUSALS: dict[str, tuple[Change, str]] = {
    "nothing for something": (lambda f: {"units": 0}, "positive"),
    "something for nothing": (lambda f: {"amount_minor": 0}, "positive"),
    "ended": (lambda f: {"valid_until": NOW}, "ends in the future"),
    "too long": (lambda f: {"valid_until": NOW + timedelta(days=32)}, "within 31 days"),
    "cash against cash": (lambda f: {"token": f.cash}, "not dealt in"),
    "oneself": (lambda f: {"buyer": f.seller.wallet}, "same party"),
    "a stranger's wallet": (lambda f: {"buyer": Wallet.objects.create(address="0x" + "5" * 40)}, "buyer's wallet"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_a_trade_is_refused_and_leaves_nothing(floor: Floor, name: str) -> None:
    change, words = REFUSALS[name]
    with pytest.raises(Refused, match=words):
        floor.propose(**change(floor))
    assert (Trade.objects.count(), TradeSide.objects.count()) == (0, 0)


def test_a_lapsed_holder_and_an_unregistered_wallet_do_not_trade(floor: Floor) -> None:
    with pytest.raises(Refused, match="seller's wallet"):
        floor.propose(now=NOW + timedelta(days=400), valid_until=NOW + timedelta(days=401))
    Wallet.objects.filter(pk=floor.buyer.wallet.pk).update(chain_state="NONE")
    with pytest.raises(Refused, match="buyer's wallet"):
        floor.propose()
    Wallet.objects.filter(pk=floor.buyer.wallet.pk).update(chain_state="REGISTERED")
    kyc_decide(
        party=floor.buyer.party, status="SUSPENDED", valid_until=None, reason="test",
        actor=floor.books.people.compliance, now=NOW,
    )  # fmt: skip
    with pytest.raises(Refused, match="buyer's wallet"):
        floor.propose()
    assert Trade.objects.count() == 0


def test_nobody_acts_for_others(floor: Floor) -> None:
    outsider = investor(floor.books.people)
    for party, actor in (
        (outsider.party, outsider.user),
        (floor.seller.party, outsider.user),
        (floor.seller.party, floor.books.people.maker),
    ):
        with pytest.raises(NotAllowed):
            floor.propose(party=party, actor=actor)
    trade = floor.propose()
    signature = floor.buyer.key.sign_typed_data(trade_message(trade))
    for party, actor in ((floor.buyer.party, outsider.user), (outsider.party, outsider.user)):
        with pytest.raises(NotAllowed):
            trade_sign(trade=trade, signature=signature, party=party, actor=actor, now=NOW)
        with pytest.raises(NotAllowed):
            trade_decline(trade=trade, reason="", party=party, actor=actor, now=NOW)
    assert (state(trade), TradeSignature.objects.count()) == (("PROPOSED", ""), 0)
    assert list(selectors.trades_of(outsider.party)) == []
    assert list(selectors.trades_of(floor.buyer.party)) == [trade]


def test_only_the_own_key_over_exactly_these_terms_signs(floor: Floor) -> None:
    trade = floor.propose()
    good = floor.seller.key.sign_typed_data(trade_message(trade))
    order = replace(order_of(trade), amount=480_001)
    other_terms = floor.seller.key.sign_typed_data(trade_typed_data(31337, floor.contract, order))
    elsewhere = floor.seller.key.sign_typed_data(trade_typed_data(1, floor.contract, order_of(trade)))
    wrong = [LocalKey.create().sign_typed_data(trade_message(trade)), other_terms, elsewhere, "0x1234", good[:-2]]
    for signature in wrong:
        with pytest.raises(Refused):
            trade_sign(trade=trade, signature=signature, party=floor.seller.party, actor=floor.seller.user, now=NOW)
    with pytest.raises(Refused):
        floor.sign(trade, floor.buyer, key=floor.seller.key)
    assert (state(trade), TradeSignature.objects.count()) == (("PROPOSED", ""), 0)
    floor.sign(trade, floor.seller)
    floor.sign(trade, floor.seller)
    assert TradeSignature.objects.count() == 1
    with pytest.raises(Refused, match="time has passed"):
        floor.sign(trade, floor.buyer, now=SOON + timedelta(seconds=1))
    assert state(trade)[0] == "PROPOSED"


def test_either_side_declines_until_both_have_signed(floor: Floor) -> None:
    trade, kept = floor.propose(), floor.signed()
    floor.sign(trade, floor.seller)
    buyer = floor.buyer
    declined = trade_decline(trade=trade, reason="too dear", party=buyer.party, actor=buyer.user, now=NOW)
    assert state(declined) == ("FAILED", f"Declined by {buyer.party.reference}: too dear")
    with pytest.raises(Refused, match="signed by both"):
        trade_decline(trade=kept, reason="", party=buyer.party, actor=buyer.user, now=NOW)
    with pytest.raises(Refused, match="can never settle"):
        floor.sign(trade, buyer)
    assert (trades_advance(now=NOW), Intent.objects.count(), state(kept)[0]) == (1, 1, "SENT")


@pytest.mark.parametrize("relayed", [True, False], ids=["by us", "by anybody"])
def test_the_final_log_and_both_entries_settle_it(floor: Floor, relayed: bool) -> None:
    floor.funded(100, 1_000_000)
    trade = floor.signed()
    if relayed:
        trades_advance(now=NOW)
    told = floor.settle(trade)
    floor.books.mine(final=False)
    assert (floor.books.post().entries, trades_advance(now=NOW + timedelta(days=9))) == (0, 0)
    floor.books.finalise()
    before = state(trade)[0]
    # A final block alone is not enough: the register has to have posted it.
    assert (trades_advance(now=NOW + timedelta(days=9)), state(trade)[0]) == (0, before)
    floor.books.post()
    assert trades_advance(now=NOW + timedelta(days=9)) == 1
    row = Trade.objects.get(pk=trade.pk)
    assert (row.state, row.settled_log, row.intent is not None) == ("SETTLED", told, relayed)
    assert row.units_log is not None
    assert row.cash_log is not None
    order = order_of(trade)
    units = dict(Entry.objects.filter(log=row.units_log).values_list("account", "units"))
    cash = dict(Entry.objects.filter(log=row.cash_log).values_list("account", "units"))
    assert units == {order.seller: -5, order.buyer: 5}
    assert cash == {order.buyer: -480_000, order.seller: 480_000}
    assert {selectors.trade_of(e) for e in Entry.objects.filter(log__in=[row.units_log, row.cash_log])} == {row}
    assert set(Entry.objects.filter(log=row.units_log).values_list("cause", flat=True)) == {"OWN_TRANSFER"}
    assert trades_advance(now=NOW) == 0


def test_logs_that_say_otherwise_settle_nothing(floor: Floor) -> None:
    floor.funded(100, 10_000_000)
    short, elsewhere = floor.signed(), floor.signed()
    floor.settle(short, amount=479_999)
    floor.settle(elsewhere, units_tx="0x" + "77" * 32)
    floor.books.mine_and_post()
    trades_advance(now=NOW)
    assert [state(t)[0] for t in (short, elsewhere)] == ["SENT", "SENT"]


def test_it_expires_by_a_final_block_and_not_by_our_clock(floor: Floor) -> None:
    waiting, unsigned = floor.signed(), floor.propose()
    trades_advance(now=NOW)
    Intent.objects.update(reason=f"{floor.buyer.key.address} holds 0 units; 480,000 are needed (480,000 too few).")
    assert selectors.trade_waits_for(Trade.objects.get(pk=waiting.pk), now=NOW).endswith("(480,000 too few).")
    floor.books.mine(at=SOON)
    floor.books.post()
    assert trades_advance(now=SOON + timedelta(days=1)) == 0
    floor.books.mine(at=SOON + timedelta(seconds=1), final=False)
    assert trades_advance(now=SOON + timedelta(days=1)) == 0
    floor.books.finalise()
    floor.books.post()
    assert trades_advance(now=SOON) == 2
    assert state(waiting)[0] == "EXPIRED"
    assert f"of {floor.buyer.party.reference} holds 0 units" in state(waiting)[1]
    assert state(unsigned) == ("EXPIRED", "not signed by both in time")


def test_a_settlement_in_the_last_second_is_read_before_it_is_called_expired(floor: Floor) -> None:
    floor.funded(100, 1_000_000)
    trade = floor.signed()
    floor.settle(trade)
    floor.books.mine(at=SOON)
    floor.books.mine(at=SOON + timedelta(days=1))
    floor.books.post()
    assert (trades_advance(now=NOW), state(trade)[0]) == (1, "SETTLED")


def test_a_nonce_withdrawn_on_chain_ends_it(floor: Floor) -> None:
    first, second = floor.signed(), floor.signed()
    trades_advance(now=NOW)
    floor.withdraw_nonce(floor.buyer, 2)
    floor.withdraw_nonce(floor.seller, 9)
    floor.books.mine_and_post()
    assert trades_advance(now=NOW) == 1
    assert state(first)[0] == "SENT"
    assert state(second) == ("FAILED", "The buyer withdrew it on chain.")
