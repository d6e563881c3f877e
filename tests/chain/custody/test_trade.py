"""A trade between two investors from proposal to both registers on a real node; nothing settles twice or too late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from contracts.gateway import calls, cash_views, views
from contracts.gateway.cash_events import TradeSettled
from contracts.gateway.client import Node
from contracts.outbox.models import Intent
from contracts.outbox.services import intent_enqueue
from custody.reconciliation.models import EquationResult
from custody.reconciliation.services import reconcile
from custody.register.models import Entry
from custody.settlement.trades import selectors
from custody.settlement.trades.models import Trade
from custody.settlement.trades.services import trade_message, trade_propose, trade_sign
from custody.settlement.trades.services.agree import order_of
from custody.tokenisation.models import TokenContract
from tests.factories.custody import Investor
from tests.factories.identity import person
from tests.factories.market import Market, facts
from tokenization.identity.models import PartyMember, User
from tokenization.identity.services import party_member_add

pytestmark = [pytest.mark.chain, pytest.mark.timeout(900)]


def member(market: Market, investor: Investor) -> User:
    found = PartyMember.objects.filter(party=investor.party).first()
    if found is not None:
        return found.user
    user = person("INVESTOR", now=market.now)
    party_member_add(party=investor.party, user=user, actor=market.people["compliance"], now=market.now)
    return user


def agreed(
    market: Market, token: TokenContract, seller: Investor, buyer: Investor, units: int, amount: int, end: datetime
) -> Trade:
    """Proposed by the buyer, signed by both with their own keys."""
    trade = trade_propose(
        token=token, seller=seller.wallet, buyer=buyer.wallet, units=units, amount_minor=amount, valid_until=end,
        party=buyer.party, actor=member(market, buyer), now=market.now,
    )  # fmt: skip
    for side in (seller, buyer):
        signature = side.key.sign_typed_data(trade_message(trade))
        user = member(market, side)
        trade = trade_sign(trade=trade, signature=signature, party=side.party, actor=user, now=market.now)
    return trade


def state(trade: Trade) -> str:
    return Trade.objects.values_list("state", flat=True).get(pk=trade.pk)


def failure(trade: Trade) -> str:
    """What settlement says of the trade at the head."""
    signed = dict(trade.sides.values_list("role", "signed__signature"))
    with Node(settings.CHAIN_RPC_URL) as node:
        block = views.head(node).hash
        return cash_views.trade_failure(node, block, trade.contract, order_of(trade), signed["SELLER"], signed["BUYER"])


def positions(token: TokenContract, *investors: Investor) -> list[int]:
    entries = Entry.objects.filter(token=token)
    return [
        sum(int(u) for u in entries.filter(account=i.key.address).values_list("units", flat=True)) for i in investors
    ]


def test_a_trade_from_proposal_to_both_registers(market: Market) -> None:
    cash, _ = market.opened()
    token = market.tokenised()
    seller, buyer = market.investor(), market.investor()
    market.registered(seller, buyer)
    market.delivered(token, (seller, 100))
    market.minted(buyer.wallet, 1_000_000)

    trade = agreed(market, token, seller, buyer, 40, 390_000, market.now + timedelta(hours=20))
    market.approve_spender(seller, token, 40)
    market.until(lambda: "390,000 are needed" in selectors.trade_waits_for(Trade.objects.get(), now=market.now))
    assert (state(trade), positions(token, seller, buyer)) == ("SENT", [100, 0])
    assert "may still spend 0 units" in failure(trade)
    market.approve_spender(buyer, cash, 390_000)
    market.until(lambda: state(trade) == "SETTLED")
    assert positions(token, seller, buyer) == [60, 40]
    assert positions(cash, seller, buyer) == [390_000, 610_000]
    (fact,) = facts()
    assert isinstance(fact, TradeSettled)
    assert (fact.digest, fact.seller, fact.buyer, fact.units, fact.amount) == (
        trade.digest, seller.key.address, buyer.key.address, 40, 390_000,
    )  # fmt: skip
    row = Trade.objects.get(pk=trade.pk)
    assert {selectors.trade_of(e) for e in Entry.objects.filter(log__in=[row.units_log, row.cash_log])} == {row}

    replay_is_refused(market, trade, seller, buyer, token, cash)
    late = expired_is_refused(market, token, seller, buyer)
    assert positions(token, seller, buyer) == [60, 40]
    assert positions(cash, seller, buyer) == [390_000, 610_000]
    assert [f.digest for f in facts() if isinstance(f, TradeSettled)] == [trade.digest]
    assert state(late) == "EXPIRED"
    for of in (token, cash):
        run = reconcile(token=of, now=market.now)
        assert list(EquationResult.objects.filter(run=run, holds=False).values_list("words", flat=True)) == []


def replay_is_refused(
    market: Market, trade: Trade, seller: Investor, buyer: Investor, token: TokenContract, cash: TokenContract
) -> None:
    """Allowed and funded once more, the same signatures are worth nothing: to us, and to the contract."""
    market.approve_spender(seller, token, 40)
    market.approve_spender(buyer, cash, 390_000)
    assert "was settled or withdrawn already" in failure(trade)
    signed = dict(trade.sides.values_list("role", "signed__signature"))
    call = calls.settle_trade(trade.contract, order_of(trade), signed["SELLER"], signed["BUYER"])
    with transaction.atomic():
        again = intent_enqueue(
            key="replayed", signer="settlement", call=call, deadline=market.now + timedelta(hours=1), now=market.now
        )
    for _ in range(4):
        market.ring()
    row = Intent.objects.get(pk=again.pk)
    assert (row.state, hasattr(row, "slot")) == ("QUEUED", False)
    assert "was settled or withdrawn already" in row.reason


def expired_is_refused(market: Market, token: TokenContract, seller: Investor, buyer: Investor) -> Trade:
    """Signed by both, and its time passes before the buyer's money is there."""
    late = agreed(market, token, seller, buyer, 40, 610_001, market.now + timedelta(hours=2))
    market.until(lambda: state(late) == "SENT")
    assert "610,001 are needed" in failure(late)
    market.chain.warp(3 * 3600)
    market.until(lambda: state(late) == "EXPIRED")
    assert failure(late).startswith("The order ended on")
    row = Trade.objects.get(pk=late.pk)
    assert row.intent is not None
    assert (row.intent.state, hasattr(row.intent, "slot")) == ("REJECTED", False)
    return late
