"""Between check and sending: what was checked is what is sent, once; what looks like a slip is asked again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from issuance.bid.models import Bid
from issuance.bid.receipts import receipt_of
from tests.factories import auction as auctions
from tests.factories import bid as bidders
from tests.web.test_bidding import CLOSES, Floor, floor, placed, sent

pytestmark = pytest.mark.django_db
__all__ = ["floor"]
CHANGED = "Nothing was sent: this is not the bid that you checked last."


@pytest.mark.parametrize(
    "change",
    [
        {"face": "1,500,000"}, {"price": "97.6"}, {"price": "", "yield_pct": "11.5"}, {"reference": "OTHER"},
        {"competitive": "no", "price": "", "face": "25,000"}, {"key": "K-9"}, {"checked": "forged"}, {"checked": ""},
    ],
)  # fmt: skip
def test_values_changed_after_the_check_lead_back_to_it(client: Client, floor: Floor, change: dict[str, str]) -> None:
    client.force_login(floor.dealer.user)
    answer = sent(client, floor.address, floor.form(), **change)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert CHANGED in page
    assert "Please check" in page
    assert Bid.objects.count() == 0
    # What stands there now is a check of its own.
    typed = floor.form() | {name: value for name, value in change.items() if name != "checked"}
    client.post(floor.address, typed | {"place": "yes", "checked": answer.context["check"].seal})
    assert Bid.objects.count() == 1


def test_a_key_that_no_form_ever_had_is_refused_in_words(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    page = client.post(floor.address, floor.form(key="\x00") | {"place": "yes"})
    assert page.status_code == 200
    assert "Nothing was sent. Please mend:" in page.content.decode()
    assert Bid.objects.count() == 0


def test_the_check_of_one_user_or_side_is_not_that_of_another(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    typed = floor.form(bidder=floor.client.party)
    seal = client.post(floor.address, typed).context["check"].seal
    client.force_login(floor.client.user)
    assert CHANGED in client.post(floor.address, typed | {"place": "yes", "checked": seal}).content.decode()
    client.force_login(floor.dealer.user)
    own = floor.form() | {"place": "yes", "checked": seal}
    assert CHANGED in client.post(floor.address, own).content.decode()
    assert Bid.objects.count() == 0


def test_a_changed_bid_too_is_sent_as_it_was_checked(client: Client, floor: Floor) -> None:
    first = placed(client, floor)
    address = f"/portal/bids/{first.pk}/amend/"
    page = sent(client, address, floor.form(price="97.6", key="K-2"), price="9.76").content.decode()
    assert CHANGED in page
    assert Bid.objects.count() == 1
    sent(client, address, floor.form(price="97.6", key="K-2"))
    assert Bid.objects.latest("pk").price == Decimal("97.6")


def test_the_same_form_sent_again_leads_to_the_bid_it_made(client: Client, floor: Floor) -> None:
    bid = placed(client, floor)
    again = client.post(floor.address, floor.form() | {"place": "yes"}, follow=True)
    assert again.redirect_chain == [(f"/portal/bids/{bid.pk}/", 302)]
    assert f"This bid was already received as bid {bid.pk}. Nothing new was sent." in again.content.decode()
    for step in ({}, {"place": "yes"}):
        page = client.post(floor.address, floor.form(face="2,000,000") | step).content.decode()
        assert f'This bid was already received as <a href="/portal/bids/{bid.pk}/">bid {bid.pk}</a>.' in page
        assert "Nothing was sent now." in page
        assert f'<a href="/portal/bids/{bid.pk}/amend/">change that bid</a>' in page
        assert "dempotency" not in page
    assert Bid.objects.count() == 1


def test_the_same_change_sent_again_leads_to_it_though_the_bid_it_replaced_is_gone(
    client: Client, floor: Floor
) -> None:
    first = placed(client, floor)
    address = f"/portal/bids/{first.pk}/amend/"
    sent(client, address, floor.form(price="97.6", key="K-2"))
    second = Bid.objects.latest("pk")
    again = client.post(address, floor.form(price="97.6", key="K-2") | {"place": "yes"})
    assert again["Location"] == f"/portal/bids/{second.pk}/"
    assert Bid.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"face": "10,000,000"},
            "PKR 10,000,000.00 is 2.00 times the announced target of PKR 5,000,000.00. "
            "The state may take more than its target, and all of this bid: you must then pay PKR 9,750,000.00.",
        ),
        (
            # (100/9.75 - 1) x 365/84 = 40.2213 a year.
            {"price": "9.75"},
            "Its yield of 4,022.1306 % a year lies above what is usual here, 3 to 35 % "
            "(from 2015 to 2025 the policy rate of the State Bank of Pakistan lay between 5.75 and 22 %). "
            "It ranks behind all usual bids and most likely buys nothing.",
        ),
        (
            {"price": "", "yield_pct": "1.15"},
            "It ranks before all usual bids: you pay its own price, PKR 997,360.00.",
        ),
        (
            {"competitive": "no", "price": "", "face": "30,000"},
            "Without a price one bidder gets at most PKR 25,000.00. Above that the bid is void: it buys nothing.",
        ),
    ],
)
def test_what_may_be_a_slip_is_sent_only_by_who_was_told_and_means_it(
    client: Client, floor: Floor, change: dict[str, str], words: str
) -> None:
    client.force_login(floor.dealer.user)
    typed = floor.form() | change
    page = client.post(floor.address, typed).content.decode()
    assert words in page
    assert "Do you mean this?" in page
    answer = sent(client, floor.address, typed)
    assert "Nothing was sent: say at the end that you mean it, or change the bid." in answer.content.decode()
    assert Bid.objects.count() == 0
    sent(client, floor.address, typed, understood="yes")
    assert Bid.objects.count() == 1


def test_what_no_person_was_asked_about_is_told_on_the_receipt(floor: Floor) -> None:
    """A file and a program send in one step: the same words are the warnings of the receipt."""
    big = bidders.insert(floor.auction, floor.dealer, face_minor=1_000_000_000, price="9.75")
    usual = bidders.insert(floor.auction, floor.dealer, face_minor=1_000_000, price="97.5")
    size, rate = receipt_of(Bid.objects.get(pk=big)).warnings
    assert size == (
        "PKR 10,000,000.00 is 2.00 times the announced target of PKR 5,000,000.00. "
        "The state may take more than its target, and all of this bid."
    )
    assert rate.startswith("Its yield of 4,022.1306 % a year lies above what is usual here, 3 to 35 %")
    assert receipt_of(Bid.objects.get(pk=usual)).warnings == ()


def test_a_usual_bid_is_asked_once(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    for change in ({"face": "5,000,000"}, {"competitive": "no", "price": "", "face": "25,000"}):
        assert "Do you mean this?" not in client.post(floor.address, floor.form() | change).content.decode()


def test_a_second_bid_without_a_price_is_told_that_it_voids_both(client: Client, floor: Floor) -> None:
    small = {"competitive": "no", "price": "", "face": "5,000"}
    first = placed(client, floor, competitive="no", price="", face="5,000")
    again = floor.form(key="K-2") | small
    words = "2 bids without a price would stand for this bidder, and one is allowed: all of them would be void"
    assert words in client.post(floor.address, again).content.decode()
    # Changing the one that stands is no second one.
    changed = client.post(f"/portal/bids/{first.pk}/amend/", floor.form(key="K-3") | small | {"face": "10,000"})
    assert changed.context["check"].doubts == []
    assert Bid.objects.count() == 1


def test_a_doubt_that_arises_after_the_check_asks_again(client: Client, floor: Floor) -> None:
    client.force_login(floor.dealer.user)
    small = {"competitive": "no", "price": "", "face": "5,000"}
    seal = client.post(floor.address, floor.form() | small).context["check"].seal
    placed(client, floor, competitive="no", price="", face="5,000", key="K-2")
    late = client.post(floor.address, floor.form() | small | {"place": "yes", "checked": seal})
    assert CHANGED in late.content.decode()
    assert Bid.objects.count() == 1


def test_a_withdrawn_or_changed_bid_opens_no_form(client: Client, floor: Floor) -> None:
    first = placed(client, floor)
    sent(client, f"/portal/bids/{first.pk}/amend/", floor.form(price="97.6", key="K-2"))
    second = Bid.objects.latest("pk")
    for tail in ("amend", "withdraw"):
        answer = client.get(f"/portal/bids/{first.pk}/{tail}/", follow=True)
        assert answer.redirect_chain == [(f"/portal/bids/{second.pk}/", 302)]
        words = f"Bid {first.pk} was changed already: bid {second.pk} stands in its place."
        assert words in answer.content.decode()
    client.post(f"/portal/bids/{second.pk}/withdraw/")
    word = Bid.objects.latest("pk")
    for row in (second, word):
        for tail in ("amend", "withdraw"):
            answer = client.get(f"/portal/bids/{row.pk}/{tail}/", follow=True)
            assert answer.redirect_chain == [(f"/portal/bids/{word.pk}/", 302)]
            assert f"Bid {second.pk} is withdrawn." in answer.content.decode()
    assert Bid.objects.count() == 3


def test_after_the_close_no_page_promises_what_is_over(client: Client, floor: Floor) -> None:
    bid = placed(client, floor)
    assert "left to change it" in client.get(f"/portal/bids/{bid.pk}/").content.decode()
    floor.at = CLOSES
    page = client.get(f"/portal/bids/{bid.pk}/withdraw/").content.decode()
    assert "You can place a new one" not in page
    assert "Bidding ended at 1 Jul 2026 12:00:00 PKT. The bid below stands and can no longer be withdrawn." in page
    assert "Withdraw the bid</button>" not in page
    page = client.get(f"/portal/bids/{bid.pk}/").content.decode()
    assert "left to change it" not in page
    assert "awaits the decision" in page


def test_a_list_says_what_became_of_each_bid(client: Client, floor: Floor) -> None:
    won = placed(client, floor)
    lost = placed(client, floor, price="97.4", key="K-2")
    bidders.insert(floor.auction, floor.dealer, face_minor=3_000_000, price=None, competitive=False)
    statuses = [row[-1].text for row in client.get("/portal/bids/").context["bids"].rows]
    assert statuses == ["stands"] * 3
    floor.at = CLOSES
    closed = auctions.closed(floor.people, floor.auction)
    assert {row[-1].text for row in client.get("/portal/bids/").context["bids"].rows} == {"awaits the decision"}
    auctions.decided(floor.people, closed, {"cut_off": "97.5"})
    cells = [row[-1] for row in client.get("/portal/bids/").context["bids"].rows]
    assert [(cell.text, cell.tone) for cell in cells] == [
        ("void: asks for 30,000, above the bidder's cap of 25,000", "bad"),
        ("lost", "warn"),
        ("won PKR 1,000,000.00 at 97.5000", "good"),
    ]
    page = client.get(f"/portal/bids/{won.pk}/").content.decode()
    assert "Accepted in full: PKR 1,000,000.00" in page
    assert "What to pay, where and until when" in page
    page = client.get(f"/portal/bids/{lost.pk}/").content.decode()
    assert "Your price of 97.4000 was below the cut-off price of 97.5000." in page
    assert "left to change it" not in page


def test_a_rejected_auction_stands_beside_its_bids(client: Client, floor: Floor) -> None:
    placed(client, floor)
    floor.at = CLOSES
    auctions.decided(floor.people, auctions.closed(floor.people, floor.auction), None)
    (cell,) = [row[-1] for row in client.get("/portal/bids/").context["bids"].rows]
    assert (cell.text, cell.tone) == ("all bids rejected", "warn")


def test_a_dealer_is_told_what_his_client_changed_by_himself(client: Client, floor: Floor) -> None:
    first = placed(client, floor, bidder=floor.client.party)
    client.force_login(floor.client.user)
    again = floor.form(bidder=floor.client.party, price="97.4", key="K-2")
    sent(client, f"/portal/bids/{first.pk}/amend/", again)
    second = Bid.objects.latest("pk")
    words = f"Your client {floor.client.party.name} changed bid {first.pk} by himself, at 1 Jul 2026 10:05:00 PKT"
    assert words not in client.get("/portal/bids/").content.decode()
    client.force_login(floor.dealer.user)
    for path in ("/portal/bids/", f"/portal/offerings/{floor.auction.pk}/"):
        page = client.get(path).content.decode()
        assert words in page
        assert f"placed by {floor.client.user.username}" in page
        assert f"/portal/bids/{second.pk}/" in page
        rows = client.get(path).context["bids"].rows
        assert [row[-2].text for row in rows] == [floor.client.user.username, floor.dealer.user.username]
    client.force_login(floor.stranger.user)
    assert "by himself" not in client.get("/portal/bids/").content.decode()
    floor.at = CLOSES
    client.force_login(floor.dealer.user)
    assert "by himself" not in client.get("/portal/bids/").content.decode()
