"""Bidding from the pages: what is asked, what is kept when it is wrong, whose bid it may be, and what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from issuance.allotment.models import Allotment, AuctionDecision
from issuance.auction.models import Auction
from issuance.bid.models import Bid
from tests.factories import auction as auctions
from tests.factories import bid as bidders
from tests.factories import issuance
from tests.support import paper
from tests.support.people import person
from tokenization.identity.models import Party, PartyMember, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.portal.worth import LastPrice, last_price

pytestmark = pytest.mark.django_db
SOON, LAST, CLOSES = bidders.SOON, bidders.LAST, auctions.CLOSES


@dataclass
class Floor:
    """An announced auction of PKR 5 million, a dealer, its client, a stranger, and the hour."""

    people: issuance.Office = field(default_factory=issuance.office)
    at: datetime = SOON

    def __post_init__(self) -> None:
        self.auction: Auction = bidders.announced(self.people)
        self.dealer = bidders.side(self.people, reference="DEALER-1")
        self.client = bidders.side(self.people, "FUND", reference="FUND-1")
        self.stranger = bidders.side(self.people, reference="DEALER-2")
        bidders.mandate(self.dealer, self.client)

    def form(self, dealer: Party | None = None, bidder: Party | None = None, **changes: str) -> dict[str, str]:
        dealer = dealer or self.dealer.party
        side = f"{dealer.pk}:{(bidder or dealer).pk}"
        typed = {"side": side, "competitive": "yes", "face": "1,000,000", "price": "97.5", "key": "K-1"}
        return typed | changes

    @property
    def address(self) -> str:
        return f"/portal/offerings/{self.auction.pk}/bid/"


def sent(client: Client, address: str, typed: dict[str, str], **more: str) -> Any:
    """Checked as a person does it, then sent exactly so."""
    check = client.post(address, typed).context["check"]
    return client.post(address, typed | {"place": "yes", "checked": check.seal} | more)


@pytest.fixture
def floor(monkeypatch: pytest.MonkeyPatch) -> Floor:
    made = Floor()
    monkeypatch.setattr(clock, "now", lambda: made.at)
    return made


def test_an_auction_says_what_is_sold_and_how_it_is_decided(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    page = client.get("/portal/offerings/").content.decode()
    assert f"{floor.auction.series.name}, auction 1" in page
    assert "1 hour 55 minutes" in page
    page = client.get(f"/portal/offerings/{floor.auction.pk}/").content.decode()
    for words in (
        "open for bids", "PKR 5,000,000.00", "1 Jul 2026 12:00:00 PKT", "2 Jul 2026", "24 Sep 2026", "84 days",
        "none: sold below face, repaid at face", "Primary dealer", "In multiples of", "PKR 5,000.00",
        "Each winner pays the price of his own bid.", "At most PKR 25,000.00 for each bidder. A second one voids",
        "the smallest are served first", "You have not bid yet.", "Place a bid", "0 bids received, all sealed",
    ):  # fmt: skip
        assert words in page, words


def test_a_bid_is_read_back_before_it_is_sent_and_then_receipted(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    typed = floor.form(reference="MY-1")
    page = client.post(floor.address, typed).content.decode()
    # 84 days: 97.5 is a yield of (100/97.5 - 1) x 365/84 = 11.1416 %.
    for words in ("Please check", "If accepted in full you pay PKR 975,000.00 on 2 Jul 2026.", "11.1416 % a year"):
        assert words in page, words
    assert 'value="1,000,000"' in page
    assert Bid.objects.count() == 0
    answer = sent(client, floor.address, typed)
    bid = Bid.objects.get()
    assert answer["Location"] == f"/portal/bids/{bid.pk}/"
    assert (bid.face_minor, bid.price, bid.yield_pct, bid.competitive, bid.reference) == (
        100_000_000, Decimal("97.5"), None, True, "MY-1",
    )  # fmt: skip
    assert (bid.dealer, bid.bidder, bid.source, bid.placed_by) == (
        floor.dealer.party, floor.dealer.party, "PORTAL", floor.dealer.user,
    )  # fmt: skip
    page = client.get(answer["Location"]).content.decode()
    for words in (bid.body_hash, "PKR 1,000,000.00", "97.5000", "stands", "Change this bid", "Withdraw it", "MY-1"):
        assert words in page, words
    receipt = paper.text(client.get(f"/portal/bids/{bid.pk}/receipt.pdf").content)
    assert f"SHA-256 {bid.body_hash}" in receipt
    assert "Price per 100 of face 97.5000" in receipt
    received = client.get(f"/portal/bids/{bid.pk}/received.json")
    assert received.content.decode() == bid.body
    assert client.post(floor.address, typed | {"place": "yes"})["Location"] == f"/portal/bids/{bid.pk}/"
    assert Bid.objects.count() == 1


def test_a_yield_stands_for_its_price_and_without_a_price_nothing_is_computed(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    page = client.post(floor.address, floor.form(price="", yield_pct="11.5 %")).content.decode()
    assert "97.4217" in page
    assert "If accepted in full you pay PKR 974,217.00" in page
    small = floor.form(competitive="no", price="", face="25 000")
    page = client.post(floor.address, small).content.decode()
    assert "You ask for PKR 25,000.00 of face without a price." in page
    sent(client, floor.address, small)
    assert Bid.objects.get().competitive is False


WRONG = [
    ({"face": "a million"}, "Face amount", "is not an amount in PKR"),
    ({"face": "1,00,00"}, "Face amount", "is not an amount in PKR"),
    ({"face": "1000.005"}, "Face amount", "more decimals than PKR allows"),
    ({"face": "4,000"}, "Face amount", "The smallest bid is 5,000 of face."),
    (
        {"face": "5,001"},
        "Face amount",
        "multiple of PKR 5,000.00. Next below: PKR 5,000.00; next above: PKR 10,0",
    ),
    ({"face": "-5,000"}, "Face amount", "is not an amount in PKR"),
    ({"face": ""}, "Face amount", "This field is required."),
    ({"price": "97,5"}, "Price per 100 of face", "is not a number of this kind. Write it like 97.4217."),
    ({"price": "97.12345"}, "Price per 100 of face", "97.12345 has more than 4 decimals."),
    ({"price": ""}, "Price per 100 of face", "A competitive bid names a price or a yield."),
    ({"price": "0"}, "Price per 100 of face", "The price must be above 0."),
    ({"competitive": "no"}, "Price per 100 of face", "A non-competitive bid names no price or yield"),
    ({"yield_pct": "50"}, "Yield in percent a year", "50"),
    ({"reference": "semi;colon"}, "Your reference", "letters, digits, spaces"),
]


def test_what_is_wrong_is_named_at_its_field_and_what_was_typed_is_kept(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    for change, label, words in WRONG:
        answer = client.post(floor.address, floor.form() | change | {"place": "yes"})
        page = answer.content.decode().replace("&quot;", '"')
        assert answer.status_code == 200, change
        assert "Nothing was sent. Please mend:" in page
        (wrong,) = answer.context["form"].wrong
        assert wrong.label == label, change
        assert words in wrong.text, wrong.text
        for name, value in change.items():
            if name != "competitive":
                assert re.search(rf'name="{name}" value="{re.escape(value)}"', page), name
        assert f'href="#{wrong.field}"' in page
        assert 'aria-invalid="true"' in page
    assert Bid.objects.count() == 0


def test_a_dealer_bids_for_itself_and_its_clients_and_a_client_through_it(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    page = client.get(floor.address).content.decode()
    assert f"{floor.client.party.name} (FUND-1), through {floor.dealer.party.name}" in page
    sent(client, floor.address, floor.form(bidder=floor.client.party, key="K-2"))
    client.force_login(floor.client.user)
    page = client.get(floor.address).content.decode()
    assert "through" in page
    assert "DEALER-2" not in page
    sent(client, floor.address, floor.form(bidder=floor.client.party, key="K-3"))
    rows = Bid.objects.order_by("pk").values_list("dealer__reference", "bidder__reference", "placed_by__username")
    assert list(rows) == [
        ("DEALER-1", "FUND-1", floor.dealer.user.username),
        ("DEALER-1", "FUND-1", floor.client.user.username),
    ]
    mine = client.get("/portal/bids/").context["bids"].rows
    assert len(mine) == 2


def test_nobody_bids_for_a_party_that_is_not_offered_to_him(client: Client, floor: Floor) -> None:
    client.force_login(floor.stranger.user)
    dealer, stranger, fund = floor.dealer.party.pk, floor.stranger.party.pk, floor.client.party.pk
    for side in (f"{dealer}:{dealer}", f"{stranger}:{fund}", f"{dealer}:{fund}", "0:0", "'; --", ""):
        answer = client.post(floor.address, floor.form(side=side) | {"place": "yes"})
        assert answer.status_code == 200
        assert "Bid for" in [wrong.label for wrong in answer.context["form"].wrong]
    assert Bid.objects.count() == 0


def test_who_has_no_mandate_is_told_what_to_do(client: Client, floor: Floor) -> None:
    fund = bidders.side(floor.people, "FUND")
    client.force_login(fund.user)
    page = client.get(f"/portal/offerings/{floor.auction.pk}/").content.decode()
    assert "Ask such a dealer or bank for a mandate" in page
    assert "Place a bid" not in page
    page = client.get(floor.address).content.decode()
    assert "There is nobody you may bid for" in page
    client.post(floor.address, floor.form() | {"place": "yes"})
    assert Bid.objects.count() == 0


def placed(client: Client, floor: Floor, user: User | None = None, bidder: Party | None = None, **changes: str) -> Bid:
    client.force_login(user or floor.dealer.user)
    sent(client, floor.address, floor.form(bidder=bidder) | changes)
    return Bid.objects.latest("pk")


def test_a_bid_is_changed_and_withdrawn_and_each_word_stays(client: Client, floor: Floor) -> None:
    first = placed(client, floor)
    page = client.get(f"/portal/bids/{first.pk}/amend/").content.decode()
    assert 'name="face" value="1,000,000.00"' in page
    assert 'name="price" value="97.5000"' in page
    typed = floor.form(face="1,500,000", price="97.6", key="K-2")
    page = client.post(f"/portal/bids/{first.pk}/amend/", typed).content.decode()
    assert "Send the changed bid" in page
    assert Bid.objects.count() == 1
    sent(client, f"/portal/bids/{first.pk}/amend/", typed)
    second = Bid.objects.latest("pk")
    assert (second.kind, second.replaces, second.face_minor) == ("AMEND", first, 150_000_000)
    page = client.get(f"/portal/bids/{first.pk}/").content.decode()
    assert "replaced or withdrawn" in page
    assert "left to change it" not in page
    assert f"/portal/bids/{second.pk}/" in page
    page = client.post(f"/portal/bids/{first.pk}/amend/", typed | {"key": "K-3"}, follow=True).content.decode()
    assert f"Bid {first.pk} was changed already: bid {second.pk} stands in its place." in page
    page = client.post(f"/portal/bids/{second.pk}/withdraw/", follow=True).content.decode()
    assert f"Bid {second.pk} is withdrawn." in page
    again = client.post(f"/portal/bids/{second.pk}/withdraw/")
    assert again["Location"] == f"/portal/bids/{Bid.objects.latest('pk').pk}/"
    assert list(Bid.objects.order_by("pk").values_list("kind", flat=True)) == ["BID", "AMEND", "WITHDRAW"]
    statuses = [row[-1].text for row in client.get("/portal/bids/").context["bids"].rows]
    assert statuses == ["withdrawal", "replaced or withdrawn", "replaced or withdrawn"]


def test_from_the_close_on_nothing_is_taken_and_what_was_typed_is_kept(client: Client, floor: Floor) -> None:
    first = placed(client, floor)
    floor.at = LAST
    placed(client, floor, key="K-2")
    floor.at = CLOSES
    for address in (floor.address, f"/portal/bids/{first.pk}/amend/"):
        for step in ({}, {"place": "yes"}):
            answer = client.post(address, floor.form(price="97.9", key="K-3") | step)
            page = answer.content.decode()
            assert "took bids until 1 Jul 2026 12:00:00.000 PKT" in page
            assert 'name="price" value="97.9"' in page
    page = client.post(f"/portal/bids/{first.pk}/withdraw/").content.decode()
    assert "took bids until" in page
    assert Bid.objects.count() == 2
    page = client.get(f"/portal/bids/{first.pk}/").content.decode()
    assert "Change this bid" not in page
    page = client.get(f"/portal/offerings/{floor.auction.pk}/").content.decode()
    assert "closed: the decision is awaited" in page
    assert "Place a bid" not in page


def test_bids_of_others_do_not_exist_before_or_after_the_close(client: Client, floor: Floor) -> None:
    theirs = placed(client, floor)
    client.force_login(floor.stranger.user)
    for hour in (SOON, CLOSES + timedelta(hours=1)):
        floor.at = hour
        for tail in ("", "amend/", "withdraw/", "receipt.pdf", "received.json"):
            assert client.get(f"/portal/bids/{theirs.pk}/{tail}").status_code == 404, tail
            assert client.post(f"/portal/bids/{theirs.pk}/{tail}").status_code in {404, 405}, tail
        page = client.get(f"/portal/offerings/{floor.auction.pk}/").content.decode()
        assert "97.5" not in page
        assert theirs.dealer.name not in page
    assert Bid.objects.count() == 1


def test_a_draft_is_unknown_to_the_public(client: Client, floor: Floor) -> None:
    hidden = auctions.draft(floor.people, issuance.series(floor.people))
    client.force_login(floor.dealer.user)
    for tail in ("", "bid/", "result.pdf", "result.csv"):
        assert client.get(f"/portal/offerings/{hidden.pk}/{tail}").status_code == 404
    assert hidden.series.isin not in client.get("/portal/offerings/").content.decode()
    assert client.get(f"/portal/offerings/{floor.auction.pk}/result.pdf").status_code == 404


def test_officers_read_no_bid_in_the_portal(client: Client, floor: Floor) -> None:
    bid = placed(client, floor)
    for role in (Role.DEBT_MAKER, Role.FISCAL_AGENT_OFFICER, Role.AUDITOR, Role.OPERATOR):
        user = person(role)
        PartyMember.objects.create(party=floor.dealer.party, user=user)
        client.force_login(user)
        for path in (f"/portal/bids/{bid.pk}/", floor.address, "/portal/bids/", f"/portal/bids/{bid.pk}/receipt.pdf"):
            assert client.get(path).status_code == 403
            assert client.post(path).status_code == 403


def test_a_result_tells_each_bidder_his_own_and_everybody_the_figures(client: Client, floor: Floor) -> None:
    mine = placed(client, floor)
    theirs = bidders.insert(floor.auction, floor.stranger, face_minor=50_000_000, price="97.1")
    floor.at = CLOSES
    closed = auctions.closed(floor.people, floor.auction)
    auctions.decided(floor.people, closed, {"cut_off": "97.5"})
    address = f"/portal/offerings/{floor.auction.pk}/"
    client.force_login(floor.dealer.user)
    page = client.get(address).content.decode()
    for words in (
        "decided", f"Bid {mine.pk}", "Accepted in full: PKR 1,000,000.00", "at the cut-off",
        f"/portal/purchases/{Allotment.objects.get().pk}/", "Bid-to-cover", "1.50", "Accepted competitively, face",
    ):  # fmt: skip
        assert words in page, words
    assert "97.1" not in page
    assert f"Bid {theirs}" not in page
    client.force_login(floor.stranger.user)
    page = client.get(address).content.decode()
    assert "Your price of 97.1000 was below the cut-off price of 97.5000. Nothing is to be paid." in page
    assert "/portal/purchases/" not in page
    sheet = paper.text(client.get(address + "result.pdf").content)
    assert f"Auction result {floor.auction.series.isin}, auction 1" in sheet
    assert AuctionDecision.objects.get().result_sha256 in sheet
    assert "DEALER-1" not in sheet
    table = client.get(address + "result.csv").content.decode("utf-8-sig")
    assert "Cut-off price per 100,97.5000" in table
    # The buyer's own pages: the letter names the auction, and the price of the state's last sale is its average.
    client.force_login(floor.dealer.user)
    letter = client.get(f"/portal/purchases/{Allotment.objects.get().pk}/allotment-letter.pdf")
    assert f"From auction 1 of {floor.auction.series.isin} you were allotted" in paper.text(letter.content)
    assert last_price(floor.auction.series, on=date(2026, 7, 1)) is None
    price = last_price(floor.auction.series, on=date(2026, 7, 2))
    assert price == LastPrice(Decimal("97.5000"), date(2026, 7, 2), "average of auction 1")


def test_all_bids_rejected_is_said_to_all(client: Client, floor: Floor) -> None:
    placed(client, floor)
    floor.at = CLOSES
    auctions.decided(floor.people, auctions.closed(floor.people, floor.auction), None)
    page = client.get(f"/portal/offerings/{floor.auction.pk}/").content.decode()
    assert "The state sold nothing in this auction" in page
    assert "All bids of this auction were rejected. Nothing is to be paid." in page
    assert "All bids were rejected." in paper.text(
        client.get(f"/portal/offerings/{floor.auction.pk}/result.pdf").content
    )
    assert last_price(floor.auction.series, on=date(2026, 8, 1)) is None
    assert "all bids rejected" in client.get("/portal/offerings/").content.decode()
