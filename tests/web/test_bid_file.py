"""The officer's task "Import a bid file": refused with a report by line, taken in with what the clearing will void."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from issuance.bid.models import Bid, DealerClient
from tests.factories import auction as auctions
from tests.factories import bid as made
from tests.factories import bid_files, issuance
from tests.support.people import person
from tokenization.files.models import StoredFile
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
ADDRESS = "/office/propose/bid-file/"
GOOD = "PD-ALPHA,PD-ALPHA,A-1,C,5000000,97.4217,"


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> issuance.Office:
    monkeypatch.setattr(clock, "now", lambda: made.SOON)
    return issuance.office()


def send(client: Client, auction: int, content: bytes, name: str = "bids.csv") -> str:
    file = SimpleUploadedFile(name, content)
    return client.post(ADDRESS, {"auction": auction, "file": file}, follow=True).content.decode()


def test_the_fiscal_agents_officer_imports_and_reads_what_is_wrong(client: Client, people: issuance.Office) -> None:
    auction = made.announced(people)
    made.side(people, reference="PD-ALPHA")
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    assert str(auction) in client.get(ADDRESS).content.decode()
    page = send(client, auction.pk, bid_files.text(GOOD, GOOD.replace("A-1", "A-2").replace("97.4217", "97.42171")))
    assert 'data-label="Line" class="tk-num" data-value="3"' in page
    assert "97.42171 has more than 4 decimals" in page
    assert "price.tick" in page
    assert (Bid.objects.count(), StoredFile.objects.filter(name="bids.csv").count()) == (0, 0)
    page = send(client, auction.pk, (bid_files.SAMPLES / "formula.xlsx").read_bytes(), "bids.xlsx")
    assert "a formula; paste the values instead" in page
    page = send(client, auction.pk, bid_files.text(GOOD, "PD-ALPHA,PD-ALPHA,A-2,N,30000,,"))
    assert f"Taken in: 2 bids in {auction}." in page
    assert "line 3: Above the cap of PKR 25,000.00 for a non-competitive bid: it will be void." in page
    assert Bid.objects.count() == 2
    page = send(client, auction.pk, bid_files.text(GOOD, "PD-ALPHA,PD-ALPHA,A-2,N,30000,,"))
    assert "This file was taken in already." in page
    assert Bid.objects.count() == 2


def test_only_auctions_that_take_bids_are_offered(client: Client, people: issuance.Office) -> None:
    draft, closed = auctions.draft(people), auctions.closed(people, made.announced(people))
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    page = client.get(ADDRESS).content.decode()
    assert str(draft) not in page
    assert str(closed) not in page
    assert "Select a valid choice" in send(client, closed.pk, bid_files.text(GOOD))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.FISCAL_AGENT_OFFICER])
def test_nobody_else_has_the_page(client: Client, people: issuance.Office, role: Role) -> None:
    auction = made.announced(people)
    client.force_login(person(role))
    send(client, auction.pk, bid_files.text(GOOD))
    assert client.get(ADDRESS).status_code in {403, 404}
    assert Bid.objects.count() == 0


def test_compliance_records_and_ends_a_mandate(client: Client, people: issuance.Office) -> None:
    dealer, fund = made.side(people, reference="PD-ALPHA"), made.side(people, "FUND", reference="FUND-ONE")
    pair = {"dealer": dealer.party.pk, "client": fund.party.pk}
    client.force_login(person(Role.DEBT_MAKER))
    assert client.post("/office/propose/mandate/", pair).status_code == 404
    assert DealerClient.objects.count() == 0
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    page = client.post("/office/propose/mandate/", pair, follow=True).content.decode()
    assert "may now bid for FUND-ONE" in page
    row = DealerClient.objects.get()
    assert (row.valid_from, row.valid_until) == (made.SOON, None)
    assert "has a mandate of FUND-ONE already" in client.post("/office/propose/mandate/", pair).content.decode()
    later = {"mandate": row.pk, "reason": "client left"}
    assert "has not begun yet" in client.post("/office/propose/mandate-end/", later).content.decode()
    clock_later = made.SOON.replace(minute=30)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: clock_later)
        page = client.post("/office/propose/mandate-end/", later, follow=True).content.decode()
    assert "may no longer bid for FUND-ONE" in page
    row.refresh_from_db()
    assert row.valid_until == clock_later
    assert "PD-ALPHA" in client.get("/office/bid/dealerclient/").content.decode()
