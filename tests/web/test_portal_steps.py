"""What comes next for an investor: money kept for him is a step, and a list reads of a result only his own lines."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from custody.settlement.trades.models import Trade
from issuance.allotment.models import AuctionDecision
from issuance.bid.models import Bid
from tests.factories import auction as auctions
from tests.factories import bid as bidders
from tests.factories import commodities, issuance
from tests.factories.ledger import NOW, Books
from tests.factories.servicing import Maturity
from tests.support.people import person
from tokenization.documents.paper import TrueAt
from tokenization.documents.trade_note import UNITS_NOTE, Traded, trade_note
from tokenization.identity.models import PartyMember
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.portal.bidding import bids_of
from tokenization.portal.outcome import fates, outcomes
from tokenization.portal.wording import traded_price

pytestmark = pytest.mark.django_db


def test_money_that_waits_for_an_account_is_a_step(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bill = Maturity()
    party = bill.holder(1, 1_500, account=False)
    event = bill.released()
    monkeypatch.setattr(clock, "now", lambda: bill.payday)
    line = event.entitlements.get()
    assert line.payment.state == "RESERVED"
    user = person(Role.INVESTOR)
    client.force_login(user)
    assert client.get("/portal/").context["steps"] == []
    PartyMember.objects.create(party=party, user=user)
    answer = client.get("/portal/")
    (step,) = answer.context["steps"]
    assert step.words.startswith(f"PKR 1,500,000.00 (Redemption of {bill.series.isin}) is kept for you.")
    assert step.href == f"/portal/payments/{line.pk}/"
    assert "Next for you" in answer.content.decode()


def test_a_list_reads_only_its_own_lines_of_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))
    people = issuance.office()
    auction = bidders.announced(people)
    mine, others = bidders.side(people), [bidders.side(people) for _ in range(6)]
    bidders.insert(auction, mine, face_minor=100_000_000, price="97.5")
    for number, other in enumerate(others):
        bidders.insert(auction, other, face_minor=50_000_000, price=f"97.{number}")
    auctions.decided(people, auctions.closed(people, auction), {"cut_off": "97.3"})
    decision = AuctionDecision.objects.get()
    bids = list(bids_of(mine.user))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = fates(bids)
    whole = outcomes(bids[0].auction, bids, json.loads(decision.result))
    assert [found[bid.pk] for bid in bids] == whole
    assert whole[0].headline == "Accepted in full: PKR 1,000,000.00"
    # The result itself never leaves the database: 4 bids were accepted, one line came.
    assert not any('"result"' in query["sql"].split("FROM")[0] for query in asked)
    assert (len(json.loads(decision.result)["allotments"]), Bid.objects.count()) == (4, 7)
    assert fates([]) == {}


def test_a_trade_of_units_of_gold_speaks_of_no_debt() -> None:
    people = issuance.office()
    gold = commodities.series(people, name="Gold token 2026")
    books = Books(series=gold)
    party = issuance.party(people)
    note = trade_note(
        Traded(
            number=1, party=party, bought=True, series=gold, units=400, amount_minor=41_730_300, currency="PKR",
            wallet="0x1", other_wallet="0x2", transaction="0x3", digest="0x4", true_at=TrueAt(1, "0x5", NOW),
        )
    )  # fmt: skip
    facts = dict(note.facts)
    assert facts["What backs them"] == "0.400 fine troy ounce"
    assert facts["Price per unit"] == "PKR 1,043.2575"
    assert "Long-stop date" in facts
    assert not {"Face value", "Matures"} & set(facts)
    assert note.notes == (UNITS_NOTE,)
    cash = type("Cash", (), {"currency": "PKR"})()
    told = traded_price(type("T", (), {"token": books.token, "cash": cash, "units": 400, "amount_minor": 41_730_300})())
    assert told == "PKR 1,043.2575 a unit"
    assert Trade.objects.count() == 0
