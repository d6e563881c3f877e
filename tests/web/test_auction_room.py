"""The officers' auction room: sealed before the close, the book with or without names after it, and the decision."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from issuance.allotment.decisions.clearing import cleared, steps
from issuance.allotment.models import Allotment, AuctionDecision
from issuance.auction.models import Auction
from tests.factories import auction as make
from tests.factories import issuance as made
from tests.support.people import person
from tokenization.backoffice.pages.curve import demand_curve
from tokenization.identity.models import Approval, Party
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db
WITHOUT_BOOK = (Role.REGISTRAR_OFFICER, Role.TREASURY_OFFICER, Role.COMPLIANCE_OFFICER, Role.OPERATOR)


@pytest.fixture
def people() -> made.Office:
    return made.office()


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("tokenization.kernel.clock.now", lambda: now)


def room(client: Client, row: Auction, query: str = "") -> str:
    answer = client.get(f"/office/auctions/{row.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def bidders(row: Auction) -> list[str]:
    return list(Party.objects.filter(bids__auction=row).values_list("reference", flat=True))


def test_before_the_close_the_room_counts_bids_and_shows_none(
    client: Client, people: made.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make.announced(people)
    make.placed(row, make.dealer(people), 2 * make.MILLION, "97.6123")
    at(monkeypatch, make.CLOSES - timedelta(hours=1, seconds=5))
    for role in (Role.DEBT_MAKER, Role.FISCAL_AGENT_OFFICER):
        client.force_login(person(role))
        page = room(client, row)
        assert ">1 h 0 min 5 s</b>" in page
        assert "<b>1</b> <span>standing bids; sealed until the close" in page
        assert 'data-countdown="2026-07-01T12:00:00+05:00"' in page
        assert "97.6123" not in page
        assert not [name for name in bidders(row) if name in page]
    client.force_login(person(Role.REGISTRAR_OFFICER))
    assert "standing bids" not in room(client, row)


def test_a_decision_tried_before_the_close_shows_nothing(
    client: Client, people: made.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make.announced(people)
    make.placed(row, make.dealer(people), 2 * make.MILLION, "97.6123")
    at(monkeypatch, make.CLOSES)
    client.force_login(person(Role.DEBT_MAKER))
    page = room(client, row, "?cut_off=1")
    assert "97.6123" not in page
    assert "Effect of this decision" not in page
    answer = client.post(f"/office/auctions/{row.pk}/propose/", {"cut_off": "1"}, follow=True)
    assert "is announced, not closed" in answer.content.decode()
    assert Approval.objects.filter(state="PENDING").count() == 0


def test_any_officer_of_the_auction_closes_it_once_its_time_is_over(
    client: Client, people: made.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = make.announced(people)
    at(monkeypatch, make.CLOSES)
    client.force_login(person(Role.REGISTRAR_OFFICER))
    assert "Close it now" not in room(client, row)
    assert client.post(f"/office/auctions/{row.pk}/close/").status_code == 403
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    at(monkeypatch, make.CLOSES - timedelta(milliseconds=1))
    answer = client.post(f"/office/auctions/{row.pk}/close/", follow=True)
    assert "takes bids until" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "ANNOUNCED"
    at(monkeypatch, make.CLOSES)
    assert "Close it now" in room(client, row)
    client.post(f"/office/auctions/{row.pk}/close/")
    row.refresh_from_db()
    assert row.state == "CLOSED"


def test_the_fiscal_agent_sees_the_book_without_names_and_the_debt_office_with_them(
    client: Client, people: made.Office
) -> None:
    row = make.booked(people)
    names = bidders(row)
    for role in (Role.DEBT_MAKER, Role.DEBT_CHECKER):
        client.force_login(person(role))
        page = room(client, row)
        assert [name for name in names if f">{name}</td>" not in page] == []
    for role in (Role.FISCAL_AGENT_OFFICER, Role.FISCAL_AGENT_CHECKER):
        client.force_login(person(role))
        page = room(client, row, "?cut_off=97.5")
        assert [name for name in names if name in page] == []
        assert ">97.4000</a>" in page
        assert "<b>PKR 7 m</b> <span>offered with a price" in page
        assert "<b>PKR 0.045 m</b>" in page
        assert "<b>1.40</b>" in page
        assert "Propose this decision" not in page
    for role in WITHOUT_BOOK:
        client.force_login(person(role))
        page = room(client, row, "?cut_off=97.5")
        assert "Book by level" not in page
        assert "97.4000" not in page


def test_the_cut_off_is_moved_and_its_effect_shown_without_a_script(client: Client, people: made.Office) -> None:
    row = make.booked(people)
    client.force_login(person(Role.DEBT_MAKER))
    page = room(client, row, "?cut_off=97.5")
    assert "PKR 4,000,000.00" in page
    assert "PKR 3,945,897.50" in page
    assert page.count(">accepted</span>") == 2
    assert f'value="{cleared(row, {"cut_off": "97.5"}).result_sha256}"' in page
    assert "more than announced" not in page
    page = room(client, row, "?cut_off=97.4")
    assert "Why PKR 2,045,000.00 more than announced is taken" in page
    assert page.count(">accepted</span>") == 3
    page = room(client, row, "?reject=on")
    assert "All bids are rejected." in page
    for query, words in (
        ("?cut_off=97.40001", "at most 4 decimals"),
        ("?cut_off=x", "Enter a number."),
        ("?pro_rata=on&cut_off=97.5", "Give the amount"),
        ("?cut_off=", "Give a cut-off, an amount, or both."),
    ):
        page = room(client, row, query)
        assert words in page, query
        assert "Propose this decision" not in page
    assert AuctionDecision.objects.count() == 0


def test_that_shares_are_rounded_is_said_before_and_after_an_amount_is_tried(
    client: Client, people: made.Office
) -> None:
    row = make.booked(people)
    client.force_login(person(Role.DEBT_MAKER))
    rule = "Shares at the cut-off are rounded to the nearest multiple of 50,000,000; bids of at most 50,000,000 are"
    assert rule in room(client, row)
    page = room(client, row, "?amount=5000000&pro_rata=on")
    assert "This takes PKR 2,000,000.00 more than the amount that was typed: shares are rounded" in page
    assert "than the amount that was typed" not in room(client, row, "?amount=4000000&pro_rata=on")


def test_what_does_not_fit_under_a_ceiling_cannot_be_proposed(client: Client, people: made.Office) -> None:
    row = make.booked(people, made.series(people, ceiling_units=3_000))
    client.force_login(person(Role.DEBT_MAKER))
    page = room(client, row, "?cut_off=97.5")
    assert "would be passed by 1,045 units" in page
    assert "Propose this decision" not in page


def test_a_decision_is_proposed_approved_and_its_result_read(client: Client, people: made.Office) -> None:
    row = make.booked(people)
    names = bidders(row)
    tried: dict[str, Any] = {"cut_off": "97.4", "seen": cleared(row, {"cut_off": "97.4"}).result_sha256}
    for role in (Role.DEBT_CHECKER, Role.FISCAL_AGENT_OFFICER, Role.REGISTRAR_OFFICER):
        client.force_login(person(role))
        assert client.post(f"/office/auctions/{row.pk}/propose/", tried).status_code == 403
    client.force_login(person(Role.DEBT_MAKER))
    answer = client.post(f"/office/auctions/{row.pk}/propose/", tried, follow=True)
    assert "Say why more than the target is taken." in answer.content.decode()
    answer = client.post(f"/office/auctions/{row.pk}/propose/", tried | {"cut_off": "97.5"}, follow=True)
    assert "The result is not the one that you looked at." in answer.content.decode()
    assert Approval.objects.filter(state="PENDING").count() == 0
    client.post(f"/office/auctions/{row.pk}/propose/", tried | {"more_than_target_reason": "Needed."})
    proposal = Approval.objects.get(state="PENDING")
    assert f"/office/decisions/{proposal.pk}/" in room(client, row)
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    page = client.get(f"/office/decisions/{proposal.pk}/").content.decode()
    assert [name for name in names if name in page] == []
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get(f"/office/decisions/{proposal.pk}/")
    client.post(f"/office/decisions/{proposal.pk}/approve/", {"seen": page.context["seen"]})
    row.refresh_from_db()
    assert (row.state, Allotment.objects.count()) == ("ALLOTTED", 6)

    page = client.get(f"/office/auctions/{row.pk}/result/").content.decode()
    for words in ("PKR 6,867,868.57", "97.4857", "11.2073 %", "Needed.", "97.4000 to 97.6000"):
        assert words in page
    answer = client.get(f"/office/auctions/{row.pk}/result/csv/")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0][3:] == ["Offered, face", "Price bid", "Yield bid, %", "Outcome", "Gets, face", "At price",
                            "At yield, %", "Pays", "Of it accrued interest", "Why"]  # fmt: skip
    assert [line[6:11] for line in lines[1:3]] == [
        ["in full", "2000000", "97.6000", "10.6850", "1952000.00"],
        ["in full", "1000000", "97.5000", "11.1416", "975000.00"],
    ]
    assert len(lines) == 7
    assert client.get(f"/office/auctions/{row.pk}/result/pdf/").content.startswith(b"%PDF")


def test_the_result_names_nobody_to_the_fiscal_agent_and_shows_others_the_sheet_alone(
    client: Client, people: made.Office
) -> None:
    row = make.decided(people, make.booked(people), {"cut_off": "97.5"})
    names = bidders(row)
    client.force_login(person(Role.FISCAL_AGENT_CHECKER))
    for path in ("", "csv/"):
        page = client.get(f"/office/auctions/{row.pk}/result/{path}").content.decode()
        assert "97.6000" in page
        assert [name for name in names if name in page] == []
    client.force_login(person(Role.REGISTRAR_OFFICER))
    page = client.get(f"/office/auctions/{row.pk}/result/").content.decode()
    assert "PKR 3,945,897.50" in page.replace("PKR 3945897.50", "PKR 3,945,897.50")
    assert "Who got what</h2>" not in page
    assert client.get(f"/office/auctions/{row.pk}/result/csv/").status_code == 403
    undecided = make.booked(people)
    for path in ("", "csv/", "pdf/"):
        assert client.get(f"/office/auctions/{undecided.pk}/result/{path}").status_code == 404


def test_an_auction_is_drafted_and_announced_from_its_form(
    client: Client, people: made.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = made.series(people)
    at(monkeypatch, made.NOW)
    form = {
        "series": series.pk,
        "rule": "PK-MTB",
        "target": "5000000",
        "opens_at": "2026-07-01T10:00:00",
        "closes_at": "2026-07-01T12:00:00",
        "settlement_date": "",
        "direct_categories": ["PRIMARY_DEALER", "BANK"],
    }
    client.force_login(person(Role.DEBT_CHECKER))
    assert client.post("/office/propose/auction/", form).status_code == 404
    client.force_login(person(Role.DEBT_MAKER))
    wrong = client.post("/office/propose/auction/", form | {"target": "5000000.01"})
    assert "The target is a multiple of 5,000 of face" in wrong.content.decode()
    assert Auction.objects.count() == 0
    client.post("/office/propose/auction/", form)
    row = Auction.objects.get()
    assert (row.opens_at, row.closes_at, row.settlement_date, row.target_minor) == (
        make.OPENS, make.CLOSES, made.ISSUE, make.TARGET,
    )  # fmt: skip
    proposal = Approval.objects.get(state="PENDING")
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get(f"/office/decisions/{proposal.pk}/")
    client.post(f"/office/decisions/{proposal.pk}/approve/", {"seen": page.context["seen"]})
    row.refresh_from_db()
    assert row.state == "ANNOUNCED"
    client.force_login(person(Role.DEBT_MAKER))
    client.post("/office/propose/auction-cancel/", {"auction": row.pk, "reason": "Postponed."})
    assert Approval.objects.get(state="PENDING").action == "issuance.auction.cancel"
    assert str(row) in client.get("/office/auctions/").content.decode()


def test_the_curve_says_in_words_what_it_draws(people: made.Office) -> None:
    row = make.booked(people)
    curve = demand_curve(steps(row), target=5_000_000, accepted=4_000_000)
    assert curve is not None
    assert curve.words == (
        "4 bids with a price for 7,000,000 of face, from 97.6000 to 97.4000; the target is reached at 97.4000."
    )
    # 7 m over 300 units of width from 46: 2 m ends at 131.7, 4 m at 217.4; 0.2 of price over 170 units of height.
    assert curve.line == "M46 12.0 V12.0 H131.7 V97.0 H217.4 V182.0 H346.0"
    assert curve.taken == "M46 12.0 V12.0 H131.7 V97.0 H217.4 V182 H46 Z"
    assert (curve.target.at, curve.target.words) == ("260.3", "target 5 m")
    assert curve.cut_off is not None
    assert (curve.cut_off.at, curve.cut_off.words) == ("97.0", "cut-off 97.5000")
    assert demand_curve([], target=1) is None
    alone = demand_curve(steps(row)[:1], target=5_000_000)
    assert alone is not None
    assert (alone.line, alone.taken, alone.cut_off) == ("M46 97.0 V97.0 H166.0", "", None)


def test_an_outlier_leaves_the_drawing_its_scale_and_is_named(people: made.Office) -> None:
    """A bid of 2,000 times the target at a tenth of the price: the others and the target stay where they were."""
    row = make.announced(people)
    for price in ("97.6", "97.5", "97.4", "97.3"):
        make.placed(row, make.dealer(people), 2 * make.MILLION, price)
    make.placed(row, make.dealer(people), 10_000 * make.MILLION, "9.75")
    found = steps(make.closed(people, row))
    curve = demand_curve(found, target=5 * make.MILLION)
    assert curve is not None
    assert (curve.highest.words, curve.lowest.words, curve.end) == ("97.6000", "97.3000", "15 m")
    # 5 of 15 million, a third of 300 from the axis at 46; the stair ends at the drawing's edge, at its floor.
    assert curve.target.at == "146.0"
    assert curve.line.startswith("M46 12.0 V12.0 H86.0 V68.7 H126.0")
    assert curve.line.endswith("V182.0 H346.0")
    assert curve.beyond == (
        "Outside of the drawing: 1 bid at 9.7500, drawn at the edge; demand beyond 15,000,000 of face, "
        "up to 10,008,000,000."
    )
    usual = demand_curve(found[:4], target=5 * make.MILLION)
    assert usual is not None
    assert (usual.end, usual.beyond, usual.lowest.words) == ("8 m", "", "97.3000")


def test_void_bids_without_a_price_are_explained_before_and_after_the_decision(
    client: Client, people: made.Office
) -> None:
    """The cap of the factory's auction is 25,000: one bid is above it."""
    row = make.booked(people, book=[(2 * make.MILLION, "97.5"), (25_000, None), (40_000, None)])
    client.force_login(person(Role.DEBT_MAKER))
    page = room(client, row)
    assert "<b>PKR 0.065 m</b>" in page
    assert "of it void, whatever is decided: PKR 0.04 m in 1 bid" in page
    assert "non-competitive, void: asks for 40,000, above the bidder&#x27;s cap of 25,000" in page
    make.decided(people, row, {"cut_off": "97.5"})
    page = client.get(f"/office/auctions/{row.pk}/result/").content.decode()
    assert "PKR 25,000.00" in page
    assert "PKR 40,000.00 in 1 bid, above the cap of a bidder or not his only one" in page
    fund = Party.objects.filter(bids__auction=row, bids__competitive=False).distinct()
    assert fund.count() == 2


def test_the_book_shows_a_yield_as_it_was_bid_and_who_placed_it(client: Client, people: made.Office) -> None:
    """11.2000 is a price of 97.4872, whose yield is 11.2002."""
    row = make.announced(people)
    bid = make.placed(row, make.dealer(people), make.MILLION, yield_pct=Decimal("11.2000"))
    make.placed(row, make.dealer(people), make.MILLION, "97.6")
    row = make.closed(people, row)
    client.force_login(person(Role.DEBT_MAKER))
    page = room(client, row)
    assert "11.2000" in page
    assert "11.2002" not in page
    assert f">{bid.placed_by.username}</td>" in page
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    assert bid.placed_by.username not in room(client, row)
