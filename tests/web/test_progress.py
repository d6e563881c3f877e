"""Long work says how far it is and keeps that fresh; a refused form leads to its first fault with what was typed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from custody.servicing.models import Payment
from custody.settlement.models import SettlementInstruction
from tests.factories import ledgerless as world
from tests.factories.servicing import Bond
from tests.support.people import person
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]


def progress(client: Client, path: str) -> tuple[str, bool]:
    """What is said, and whether the page looks again by itself; empty where no work is under way."""
    page = client.get(path).content.decode()
    if 'id="progress"' not in page:
        return "", False
    part = page.split('id="progress"')[1].split("</div>")[0]
    found = re.search(r">(.+?)</label>\s*<progress id=\"progress-bar\" max=\"(\d+)\" value=\"(\d+)\">", part)
    assert found is not None, part
    assert found[1].startswith(f"{found[3]} of {found[2]} ")
    assert "theme/refresh.js" in page
    return found[1], 'data-refresh="5"' in part


def test_a_payment_run_counts_what_is_paid(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bond = Bond()
    for number in (1, 2):
        bond.holder(number, 3)
    bond.holder(3, 3, account=False)
    event = bond.recorded(bond.coupon(1))
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    path = f"/office/events/{event.pk}/"
    assert progress(client, path) == ("", False)
    bond.released(event)
    monkeypatch.setattr(clock, "now", lambda: event.record_at + timedelta(days=5))
    assert progress(client, path) == ("0 of 2 payments made", True)
    for payment, said in zip(Payment.objects.filter(channel="BANK"), ("1 of 2", "2 of 2"), strict=True):
        client.post(f"/office/payments/{payment.pk}/paid/", {"bank_reference": f"RUN-{payment.pk}"})
        assert progress(client, path) == (f"{said} payments made", said == "1 of 2")


def test_a_settlement_day_counts_what_is_delivered(client: Client) -> None:
    rows = world.settlements(world.token(), 10, 20, 30)
    client.force_login(person(Role.DEBT_MAKER))
    assert progress(client, "/office/settlement/?on=2026-07-01") == ("", False)
    path = "/office/settlement/?on=2026-07-02"
    assert progress(client, path) == ("0 of 3 purchases of this day delivered", True)
    SettlementInstruction.objects.filter(pk=rows[0].pk).update(state="LAPSED")
    assert progress(client, path) == ("0 of 2 purchases of this day delivered", True)


def test_a_refused_form_leads_to_its_first_fault_and_keeps_what_was_typed(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    page = client.get("/office/propose/authority/").content.decode()
    assert "autofocus" not in page
    typed = {"reference": "ACT-1", "title": "", "law": "Section 4", "ceiling": "1,00", "currency": "PKR"}
    page = client.post("/office/propose/authority/", typed).content.decode()
    (field,) = re.findall(r"<[^>]*\sautofocus[^>]*>", page)
    assert 'name="title"' in field
    for kept in ('value="ACT-1"', 'value="Section 4"', 'value="1,00"'):
        assert kept in page, kept
