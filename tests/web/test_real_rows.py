"""Every page of the office drawn with real rows: a bill up to its paid redemption, and a dispute beside it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from custody.register.models import Dispute
from custody.servicing.models import ServicingEvent
from custody.settlement.trades.models import TradeSignature
from tests.factories.servicing import Maturity, line
from tests.factories.trades import Floor
from tests.support.people import person
from tokenization.backoffice.site import office
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db

MODELS = sorted(office._registry, key=lambda model: model._meta.label)


@pytest.fixture
def bill() -> Maturity:
    bill = Maturity()
    bill.holder(1, 1_500)
    bill.holder(2, 2_000)
    bill.undue(3, 1_000)
    event = bill.released()
    bill.pay(line(event, 1))
    return bill


def test_every_record_with_rows_opens_and_says_its_list(bill: Maturity, client: Client) -> None:
    client.force_login(person(Role.OPERATOR))
    client.raise_request_exception = True
    opened = []
    for model in MODELS:
        stem = f"/office/{model._meta.app_label}/{model._meta.model_name}/"
        assert client.get(stem).status_code == 200, stem
        row = model._default_manager.first()
        if row is not None:
            page = client.get(f"{stem}{row.pk}/change/")
            assert page.status_code == 200, stem
            opened.append(model._meta.label)
    assert len(opened) >= 25, opened


def test_a_records_page_writes_money_times_and_addresses_for_people(bill: Maturity, client: Client) -> None:
    client.force_login(person(Role.OPERATOR))
    event = ServicingEvent.objects.get()
    page = client.get(f"/office/servicing/servicingevent/{event.pk}/change/").content.decode()
    assert "PKR 4,500,000.00" in page or "PKR 3,500,000.00" in page
    assert re.search(r"\d+ \w{3} 2026 \d\d:\d\d:\d\d PKT", page)
    assert "Coupons and redemptions</a>" in page
    dispute = Dispute.objects.get()
    page = client.get("/office/register/dispute/").content.decode()
    assert f'<code title="{dispute.tx_hash}">' in page
    assert "Entrys" not in client.get("/office/register/entry/").content.decode()


def test_a_trade_is_shown_with_its_sides_and_without_what_they_signed(client: Client) -> None:
    floor = Floor()
    trade = floor.signed()
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    page = client.get(f"/office/trades/trade/{trade.pk}/change/").content.decode()
    assert "PKR 4,800.00" in client.get("/office/trades/trade/").content.decode()
    assert floor.seller.party.reference in page
    assert floor.buyer.party.reference in page
    for signature in TradeSignature.objects.values_list("signature", flat=True):
        assert signature[2:40] not in page
