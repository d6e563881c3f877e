"""Drafts that were given up and years that ended: out of the lists and choices, and their ISIN free, from the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from issuance.authority.drafts import draft_payload
from issuance.maths.identifiers import synthetic_isin
from issuance.series.models import Series
from tests.factories import auction as auctions
from tests.factories import issuance as made
from tests.support.people import person
from tokenization.backoffice.forms.auction import AuctionCancelForm
from tokenization.backoffice.forms.issue import EnvelopeForm, ProgrammeForm, SeriesForm
from tokenization.identity.approvals import approval_propose, approval_withdraw
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
ISIN = synthetic_isin(77_001)


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> made.Office:
    monkeypatch.setattr(clock, "now", lambda: made.NOW)
    return made.office()


def form(programme: Any, **changes: Any) -> dict[str, Any]:
    typed = {
        "programme": programme.pk,
        "isin": ISIN,
        "name": "Given up bill",
        "short_name": "GIVEN/UP 84D",
        "kind": "MTB",
        "convention": "PK-MTB",
        "coupon_pct": "0",
        "currency": "PKR",
        "denomination": "1,000",
        "issue_date": "2026-07-02",
        "maturity_date": "2026-09-24",
        "ceiling_units": "10000",
        "legal_record": "MIRROR",
        "legal_instrument": "Test Rules 2026, rule 2",
    }
    return typed | changes


def test_a_withdrawn_series_leaves_the_lists_and_gives_its_isin_back(client: Client, people: made.Office) -> None:
    programme, maker = made.programme(people), person(Role.DEBT_MAKER)
    client.force_login(maker)
    assert "GIVEN/UP 84D" in client.post("/office/propose/series/", form(programme), follow=True).content.decode()
    assert "GIVEN/UP 84D" in client.get("/office/programmes/").content.decode()
    again = client.post("/office/propose/series/", form(programme)).content.decode()
    waiting = Approval.objects.get(state="PENDING")
    assert f"Series {ISIN} is proposed already" in again
    assert f"as proposal {waiting.pk}. Withdraw that proposal, or wait for its decision." in again
    assert 'value="Given up bill"' in again
    client.post(f"/office/decisions/{waiting.pk}/withdraw/", {"reason": "a slip"})
    assert "GIVEN/UP 84D" not in client.get("/office/programmes/").content.decode()
    client.post("/office/propose/series/", form(programme, name="Mended bill"))
    assert (Series.objects.get(isin=ISIN).name, Approval.objects.filter(state="PENDING").count()) == ("Mended bill", 1)
    assert Approval.objects.get(pk=waiting.pk).state == "WITHDRAWN"


def test_a_withdrawn_auction_leaves_the_lists_and_the_choices(client: Client, people: made.Office) -> None:
    given_up, announced = auctions.draft(people), auctions.announced(people)
    action, payload = "issuance.auction.announce", draft_payload(given_up)
    proposal = approval_propose(action=action, payload=payload, actor=people.maker, now=people.now)
    approval_withdraw(approval_id=proposal.pk, actor=people.maker, now=people.now)
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get("/office/auctions/").content.decode()
    assert str(announced) in page
    assert str(given_up) not in page
    assert list(AuctionCancelForm().fields["auction"].queryset) == [announced]  # type: ignore[attr-defined]


def test_an_envelope_whose_year_ended_is_shown_so_and_offered_no_more(
    client: Client, people: made.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = made.series(people)
    envelope = series.programme.envelope
    assert list(ProgrammeForm().fields["envelope"].queryset) == [envelope]  # type: ignore[attr-defined]
    client.force_login(person(Role.DEBT_MAKER))
    assert "10,000 units</b> free" in client.get("/office/programmes/").content.decode()
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 6, 30, 18, 59, 59, tzinfo=UTC))
    assert list(ProgrammeForm().fields["envelope"].queryset) == [envelope]  # type: ignore[attr-defined]
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 6, 30, 19, tzinfo=UTC))
    page = client.get("/office/programmes/").content.decode()
    assert page.count("Ended on 30 Jun 2027: nothing new can settle under it.") >= 3
    assert "</b> free" not in page.split("Series")[-1]
    for asked, name in ((ProgrammeForm, "envelope"), (SeriesForm, "programme"), (EnvelopeForm, "authority")):
        offered = set(asked().fields[name].queryset)  # type: ignore[attr-defined]
        still = {envelope.authority} if envelope.authority.valid_until > envelope.ends_on else set()
        assert offered == (still if name == "authority" else set()), name
