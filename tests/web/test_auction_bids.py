"""Who gets what, bid by bid: for the maker who tries, the checker who decides, and whoever reads the result."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from issuance.allotment.decisions import clearing
from issuance.allotment.decisions.clearing import cleared
from issuance.allotment.decisions.outcomes import outcomes
from issuance.allotment.decisions.services import decision_propose
from issuance.auction.models import Auction
from tests.db.allotment.test_outcomes import bid, texts
from tests.factories import auction as make
from tests.factories import issuance as made
from tests.support.people import person
from tokenization.backoffice.pages.auction_outcome import outcome_table
from tokenization.identity.models import Approval, Party
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db
# 97.6 for 2 m and 97.5 for 1 m are taken, 97.4 is not; without a price one stands, one is above the cap of 25,000.
BOOK = [(2 * make.MILLION, "97.6"), (make.MILLION, "97.5"), (3 * make.MILLION, "97.4"), (25_000, None), (40_000, None)]
YIELDS = {"rule": "US-NOTE", "target": 1_000, "settlement": None, "maturity": None}
LINES = [
    ["competitive", "2000000", "97.6000", "10.6850", "in full", "2000000", "97.6000", "10.6850", "1952000.00", "0.00",
     "at its own price"],
    ["competitive", "1000000", "97.5000", "11.1416", "in full", "1000000", "97.5000", "11.1416", "975000.00", "0.00",
     "at its own price"],
    ["competitive", "3000000", "97.4000", "11.5992", "nothing", "0", "", "", "0.00", "0.00",
     "below the cut-off price of 97.5000"],
    ["non-competitive", "25000", "", "", "in full", "25000", "97.5667", "10.8370", "24391.68", "0.00",
     "at the weighted average price"],
    ["non-competitive", "40000", "", "", "void", "0", "", "", "0.00", "0.00",
     "asks for 40000, above the bidder's cap of 25000"],
]  # fmt: skip


@pytest.fixture
def people() -> made.Office:
    return made.office()


@pytest.fixture
def row(people: made.Office) -> Auction:
    return make.booked(people, book=BOOK)


def file(client: Client, path: str) -> list[list[str]]:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def shown(page: Any) -> list[list[str]]:
    """The cells of the table of the page, as the browser would sort and export them."""
    found = page.context.get("outcomes") or page.context.get("rows") or page.context["chosen"].outcomes
    return [[cell.text for cell in line] for line in found.rows]


def proposed(people: made.Office, row: Auction) -> Approval:
    return decision_propose(auction=row, accept={"cut_off": "97.5"}, actor=people.maker, now=row.closes_at)


def test_maker_checker_and_reader_of_the_result_see_the_same_lines(
    client: Client, people: made.Office, row: Auction
) -> None:
    bids = list(row.bids.order_by("pk").select_related("bidder"))
    whole = [[str(bid.pk), bid.bidder.reference, *line] for bid, line in zip(bids, LINES, strict=True)]
    client.force_login(person(Role.DEBT_MAKER))
    page = client.get(f"/office/auctions/{row.pk}/?cut_off=97.5")
    tried = shown(page)
    assert f'href="/office/auctions/{row.pk}/bids/csv/?cut_off=97.5"' in page.content.decode()
    assert tried[0] == [
        whole[0][0], whole[0][1], "2,000,000", "97.6000", "in full", "2,000,000", "97.6000", "1,952,000.00",
        "at its own price",
    ]  # fmt: skip
    assert tried[3][3:] == [
        "non-competitive", "in full", "25,000", "97.5667", "24,391.68", "at the weighted average price",
    ]  # fmt: skip
    assert tried[4][-1] == "asks for 40,000, above the bidder's cap of 25,000"
    assert file(client, f"/office/auctions/{row.pk}/bids/csv/?cut_off=97.5")[1:] == whole
    proposal = proposed(people, row)
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get(f"/office/decisions/{proposal.pk}/")
    assert shown(page) == tried
    assert f'href="/office/decisions/{proposal.pk}/bids/csv/"' in page.content.decode()
    assert file(client, f"/office/decisions/{proposal.pk}/bids/csv/")[1:] == whole
    client.post(f"/office/decisions/{proposal.pk}/approve/", {"seen": page.context["seen"]})
    assert shown(client.get(f"/office/auctions/{row.pk}/result/")) == tried
    assert shown(client.get(f"/office/decisions/{proposal.pk}/")) == tried
    for path in (f"/office/auctions/{row.pk}/result/csv/", f"/office/decisions/{proposal.pk}/bids/csv/"):
        assert file(client, path)[1:] == whole


def test_the_fiscal_agent_reads_no_name_and_who_may_not_see_the_book_nothing(
    client: Client, people: made.Office, row: Auction
) -> None:
    names = list(Party.objects.filter(bids__auction=row).values_list("reference", flat=True))
    proposal = proposed(people, row)
    paths = [f"/office/auctions/{row.pk}/bids/csv/?cut_off=97.5", f"/office/decisions/{proposal.pk}/bids/csv/"]
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    for path in (*paths, f"/office/decisions/{proposal.pk}/", f"/office/auctions/{row.pk}/?cut_off=97.5"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "below the cut-off price of 97.5000" in answer.content.decode()
        assert [name for name in names if name in answer.content.decode()] == []
    assert [line[1:] for line in file(client, paths[0])[1:]] == LINES
    for role in (Role.REGISTRAR_OFFICER, Role.TREASURY_OFFICER, Role.COMPLIANCE_OFFICER, Role.OPERATOR):
        client.force_login(person(role))
        assert [client.get(path).status_code for path in paths] == [403, 403]
        page = client.get(f"/office/decisions/{proposal.pk}/")
        assert (page.context["outcomes"], "below the cut-off" in page.content.decode()) == (None, False)
        assert "Who gets what" not in page.content.decode()


def test_there_is_no_file_of_what_is_no_decision(client: Client, people: made.Office, row: Auction) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    for query in ("", "?cut_off=x", "?pro_rata=on&cut_off=97.5", "?amount=1&cut_off=97.4"):
        assert client.get(f"/office/auctions/{row.pk}/bids/csv/{query}").status_code == 404, query
    assert [line[6] for line in file(client, f"/office/auctions/{row.pk}/bids/csv/?reject=on")[1:]] == [
        "nothing", "nothing", "nothing", "nothing", "void",
    ]  # fmt: skip
    other = made.authority(people)
    announce = Approval.objects.exclude(action="issuance.allotment.allot_auction").first()
    assert other is not None
    assert announce is not None
    assert client.get(f"/office/decisions/{announce.pk}/bids/csv/").status_code == 404
    assert client.get(f"/office/decisions/{announce.pk}/").context["outcomes"] is None
    unclosed = make.announced(people)
    assert client.get(f"/office/auctions/{unclosed.pk}/bids/csv/?cut_off=97.5").status_code == 404
    make.decided(people, row, {"cut_off": "97.5"})
    assert client.get(f"/office/auctions/{row.pk}/bids/csv/?cut_off=97.5").status_code == 404


def test_a_book_that_clears_otherwise_by_now_is_not_shown_as_the_proposed_one(
    client: Client, people: made.Office, row: Auction, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = proposed(people, row)
    book = clearing.book_document
    monkeypatch.setattr(clearing, "book_document", lambda auction: book(auction) | {"multiple": 2_500})
    assert cleared(row, {"cut_off": "97.5"}).document_sha256 != json.loads(proposal.payload)["document_sha256"]
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get(f"/office/decisions/{proposal.pk}/")
    assert page.context["outcomes"] is None
    assert "gives another result than the one proposed" in page.content.decode()
    assert client.get(f"/office/decisions/{proposal.pk}/bids/csv/").status_code == 404


def test_the_cover_figures_say_what_is_divided_by_what(client: Client, people: made.Office, row: Auction) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    page = client.get(f"/office/auctions/{row.pk}/?cut_off=97.5").content.decode()
    assert "<b>1.20</b> <span>times the target: PKR 6 m offered with a price / PKR 5 m announced." in page
    assert "2.00: competitive face offered / competitive face accepted" in page
    whole = (
        "PKR 5,000,000.00 target = PKR 3,000,000.00 competitive + PKR 25,000.00 non-competitive"
        " + PKR 1,975,000.00 not taken"
    )
    residual = "PKR 2,000,000.00: target less competitive; non-competitive comes beside it (PK-MTB)"
    assert whole in page
    assert residual in page
    make.decided(people, row, {"cut_off": "97.5"})
    page = client.get(f"/office/auctions/{row.pk}/result/").content.decode()
    for words in (whole, residual, "2.00: competitive face offered / competitive face accepted"):
        assert words in page


def test_a_bond_shows_its_accrued_interest_and_an_auction_in_yields_its_yields(
    client: Client, people: made.Office
) -> None:
    found = outcomes(*texts([bid(1, 600, yield_pct="5.1"), bid(2, 200)], {"cut_off": "5.2"}, **YIELDS))
    auction = Auction(rule="US-NOTE")
    shown_in = outcome_table(auction, found, names=False)
    assert [column.title for column in shown_in.columns] == [
        "Bid", "Offered, face", "Yield bid, %", "Outcome", "Gets, face", "At yield, %", "Pays", "Why",
    ]  # fmt: skip
    bond = outcome_table(Auction(rule="PK-PIB"), [replace(found[0], accrued=Decimal("1.25"))], names=True)
    assert [column.title for column in bond.columns][-3:] == ["Pays", "Of it accrued interest", "Why"]
