"""A dealer sends his bids as a file from the portal: all or none, every wrong line named, an example to begin from."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from issuance.bid.models import Bid
from tests.factories import auction as auctions
from tests.factories import bid as made
from tests.factories import bid_files, issuance
from tests.support.people import person
from tokenization.files.models import StoredFile
from tokenization.identity.models import AuditEntry
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
GOOD = "PD-ALPHA,PD-ALPHA,A-1,C,5000000,97.4217,"
CLIENTS = "PD-ALPHA,FUND-ONE,A-2,N,25000,,"


class Floor:
    """An announced auction, a dealer with one client, and another dealer."""

    def __init__(self) -> None:
        self.people = issuance.office()
        self.auction = made.announced(self.people)
        self.dealer = made.side(self.people, reference="PD-ALPHA")
        self.fund = made.side(self.people, "FUND", reference="FUND-ONE")
        self.other = made.side(self.people, reference="PD-BETA")
        made.mandate(self.dealer, self.fund)
        self.page = f"/portal/offerings/{self.auction.pk}/bid-file/"

    def send(self, client: Client, content: bytes, dealer: int = 0) -> Any:
        form = {"dealer": dealer or self.dealer.party.pk, "file": SimpleUploadedFile("bids.csv", content)}
        return client.post(self.page, form, follow=True)


@pytest.fixture
def floor(monkeypatch: pytest.MonkeyPatch) -> Floor:
    monkeypatch.setattr(clock, "now", lambda: made.SOON)
    return Floor()


def kept() -> tuple[int, int, int]:
    return Bid.objects.count(), StoredFile.objects.filter(name="bids.csv").count(), AuditEntry.objects.count()


def test_a_dealers_file_is_taken_whole_or_refused_line_by_line(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    assert floor.page in client.get(f"/portal/offerings/{floor.auction.pk}/").content.decode()
    before = kept()
    wrong = [
        GOOD, GOOD.replace("A-1", "A-2").replace("97.4217", "97.42171"), CLIENTS.replace("FUND-ONE", "PD-BETA"),
        GOOD.replace("PD-ALPHA,PD-ALPHA", "PD-BETA,PD-BETA"),
    ]  # fmt: skip
    page = floor.send(client, bid_files.text(*wrong)).content.decode()
    for words in (
        "refused whole; no bid was taken", "97.42171 has more than 4 decimals", "price.tick",
        "the file is sent by PD-ALPHA",
    ):  # fmt: skip
        assert words in page, words
    assert kept() == before
    page = floor.send(client, bid_files.text(GOOD, CLIENTS.replace("25000", "30000"))).content.decode()
    assert "Received: 2 bids, sealed until the close." in page
    assert "Line 3: Above the cap of PKR 25,000.00" in page
    assert list(Bid.objects.order_by("pk").values_list("reference", "source", "placed_by", "bidder__reference")) == [
        ("A-1", "FILE", floor.dealer.user.pk, "PD-ALPHA"), ("A-2", "FILE", floor.dealer.user.pk, "FUND-ONE"),
    ]  # fmt: skip
    before = kept()
    page = floor.send(client, bid_files.text(GOOD, CLIENTS.replace("25000", "30000"))).content.decode()
    assert "This file was taken in already." in page
    assert "This field is required." in client.post(floor.page, {"dealer": floor.dealer.party.pk}).content.decode()
    assert kept() == before


def test_the_example_is_in_the_auctions_own_terms_and_is_refused_as_it_stands(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    before = kept()
    text = client.get(f"{floor.page}example.csv")
    rows = list(csv.DictReader(io.StringIO(text.content.decode())))
    assert [(row["dealer"], row["bidder"], row["competitive"], row["face"], row["price"]) for row in rows] == [
        ("PD-ALPHA", "PD-ALPHA", "C", "5000", "97.5"), ("PD-ALPHA", "FUND-ONE", "N", "5000", ""),
    ]  # fmt: skip
    page = floor.send(client, text.content).content.decode()
    assert "XX0000000000 is not the paper of this auction" in page
    assert kept() == before
    real = text.content.replace(b"XX0000000000", floor.auction.series.isin.encode())
    assert "Received: 2 bids" in floor.send(client, real).content.decode()
    sheet = load_workbook(io.BytesIO(client.get(f"{floor.page}example.xlsx").content)).active
    assert [cell.value for cell in sheet[2]][:3] == ["PD-ALPHA", "PD-ALPHA", "EXAMPLE-1"]
    assert client.get(f"{floor.page}example.pdf").status_code == 404


def test_after_the_close_nothing_is_taken(client: Client, floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(floor.dealer.user)
    monkeypatch.setattr(clock, "now", lambda: auctions.CLOSES)
    before = kept()
    assert "took bids until" in floor.send(client, bid_files.text(GOOD)).content.decode()
    assert "This auction takes no bids now." in client.get(floor.page).content.decode()
    assert kept() == before


def test_only_who_bids_directly_sends_a_file_and_only_its_own(client: Client, floor: Floor) -> None:
    before = kept()
    client.force_login(floor.other.user)
    page = floor.send(client, bid_files.text(GOOD)).content.decode()
    assert "is not one of the available choices" in page
    client.force_login(floor.fund.user)
    assert "Send a bid file" not in client.get(f"/portal/offerings/{floor.auction.pk}/").content.decode()
    for user in (floor.fund.user, person(Role.INVESTOR)):
        client.force_login(user)
        answers = [client.get(floor.page), floor.send(client, bid_files.text(GOOD))]
        answers += [client.get(f"{floor.page}example.csv")]
        assert {answer.status_code for answer in answers} == {404}
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    assert floor.send(client, bid_files.text(GOOD)).status_code == 403
    assert kept() == before
