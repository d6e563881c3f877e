"""The book is sealed until the close: by every selector, in every record and page, for every role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.sites import all_sites
from django.test import Client

from issuance.auction.models import ENDED, Auction
from issuance.bid.models import Bid
from issuance.bid.selectors import bid_count, book_document, own_bids, standing_bids
from issuance.bid.services import bid_amend, bid_place, bid_withdraw, bids_import
from tests.factories import auction as auctions
from tests.factories import bid as made
from tests.factories import bid_files, issuance
from tests.support.database import ROOT
from tests.support.people import person
from tokenization.files.models import StoredFile
from tokenization.identity.models import AuditEntry
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.kernel.errors import NotAllowed

pytestmark = pytest.mark.django_db
MS = timedelta(milliseconds=1)
# Figures that stand nowhere else, as they might be written on a page.
PRICE, FACE = "97.3719", 1_735_000
SECRETS = re.compile(r"97\.3719|1735000|1,735,000|173500000|173,500,000")


class Floor:
    """Two bids of one dealer, one typed and one from a file, with figures that can be looked for."""

    def __init__(self) -> None:
        self.people = issuance.office()
        self.auction = made.announced(self.people)
        self.dealer = made.side(self.people, reference="PD-ALPHA")
        self.agent = made.fiscal_agent()
        self.bid = bid_place(
            auction=self.auction,
            dealer=self.dealer.party,
            face_minor=FACE * 100,
            price=Decimal(PRICE),
            idempotency_key="k",
            actor=self.dealer.user,
            now=made.SOON,
        )
        content = bid_files.text(f"PD-ALPHA,PD-ALPHA,A-1,C,{FACE},{PRICE},")
        self.report = bids_import(
            auction=self.auction, content=content, name="alpha.csv", actor=self.agent, now=made.SOON
        )


@pytest.fixture
def floor(monkeypatch: pytest.MonkeyPatch) -> Floor:
    monkeypatch.setattr(clock, "now", lambda: made.SOON)
    return Floor()


def sealed(do: Any) -> None:
    with pytest.raises(NotAllowed) as refusal:
        do()
    assert refusal.value.rule == "bid.sealed"
    assert SECRETS.search(str(refusal.value)) is None


def test_no_selector_gives_the_book_before_the_auction_is_closed(floor: Floor) -> None:
    for at in (made.SOON, made.LAST, auctions.CLOSES, auctions.CLOSES + timedelta(days=365)):
        sealed(lambda at=at: standing_bids(floor.auction, at))
    sealed(lambda: book_document(floor.auction))
    assert bid_count(floor.auction) == 2
    pretended = Auction(pk=floor.auction.pk, state="CLOSED", closes_at=made.OPEN, closed_at=made.OPEN)
    sealed(lambda: standing_bids(pretended, auctions.CLOSES))
    sealed(lambda: book_document(pretended))
    closed = auctions.closed(floor.people, floor.auction)
    assert closed.state in ENDED
    sealed(lambda: standing_bids(floor.auction, auctions.CLOSES - MS))
    assert [row.pk for row in standing_bids(floor.auction, auctions.CLOSES)] == [
        floor.bid.pk,
        floor.report.bids[0].pk,
    ]


def test_a_cancelled_auction_stays_sealed(floor: Floor) -> None:
    floor.people.approve(
        "issuance.auction.cancel", {"auction": floor.auction.pk, "state": "ANNOUNCED", "reason": "test"}
    )
    sealed(lambda: standing_bids(floor.auction, auctions.CLOSES + timedelta(days=1)))
    sealed(lambda: book_document(floor.auction))


def test_the_book_is_what_stands(floor: Floor) -> None:
    act = {"actor": floor.dealer.user, "now": made.SOON}
    changed = bid_amend(bid=floor.bid, face_minor=500_000, yield_pct=Decimal("11.50"), idempotency_key="a", **act)
    bid_withdraw(bid=floor.report.bids[0], idempotency_key="w", **act)
    auctions.closed(floor.people, floor.auction)
    document = book_document(floor.auction)
    assert document["bids"] == [
        {
            "id": str(changed.pk),
            "bidder": "PD-ALPHA",
            "face": 5_000,
            "price": None,
            "yield_pct": "11.5",
            "competitive": True,
        }
    ]
    assert (document["rule"], document["target"], "accept" in document) == ("PK-MTB", 5_000_000, False)


def test_a_party_sees_its_own_and_nobody_elses(floor: Floor) -> None:
    other = made.side(floor.people)
    assert own_bids(floor.dealer.party, floor.auction).count() == 2
    assert own_bids(other.party, floor.auction).count() == 0
    assert own_bids(floor.dealer.party, made.announced(floor.people)).count() == 0


def test_bids_have_no_record_in_any_office_and_a_file_shows_no_bytes() -> None:
    assert len(apps.get_models()) > 30
    for site in all_sites:
        assert Bid not in site._registry
        for record in site._registry.values():
            assert Bid not in {inline.model for inline in record.inlines}, record
            if record.model is StoredFile:
                assert "content" in (record.exclude or ())


def test_only_faces_of_the_party_itself_ask_for_its_bids() -> None:
    """`own_bids` believes its caller; everybody else reads the book through the selectors that look at the seal."""
    allowed = {
        r"\bown_bids\b": ("issuance/bid/", "tokenization/portal/", "tokenization/api/", "tokenization/rehearsal/"),
        # The faces' own lists begin with the signed-in party; the rehearsal counts what it has sent.
        r"\bBid\.objects\b|\bbids_sent\b": (
            "issuance/bid/",
            "issuance/allotment/",
            "tokenization/portal/bidding.py",
            "tokenization/portal/views/bids.py",
            "tokenization/api/bids/selectors.py",
            "tokenization/rehearsal/",
        ),
    }
    wrong = [
        (name, pattern)
        for folder in ("tokenization", "issuance", "custody", "contracts")
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and "node_modules" not in path.parts
        for pattern, rooms in allowed.items()
        if not (name := path.relative_to(ROOT).as_posix()).startswith(rooms) and re.search(pattern, path.read_text())
    ]
    assert wrong == []


def addresses(floor: Floor) -> Iterator[str]:
    """Where a word of a bid might come through: logs, files, records of what it names, boards, lists."""
    yield from (
        "/office/",
        "/office/decisions/",
        "/office/programmes/",
        "/office/settlement/",
        "/office/propose/bid-file/",
    )
    yield from ("/assurance/", "/assurance/breaks/", "/portal/", "/api/v1/schema/", "/")
    rows = {
        "identity/auditentry": AuditEntry.objects.order_by("-pk")[:6],
        "files/storedfile": StoredFile.objects.order_by("-pk")[:1],
        "identity/party": [floor.dealer.party],
        "auction/auction": [floor.auction],
        "series/series": [floor.auction.series],
    }
    for folder, found in rows.items():
        yield f"/office/{folder}/"
        yield from (f"/office/{folder}/{row.pk}/change/" for row in found)


@pytest.mark.parametrize("role", list(Role))
def test_no_role_finds_a_figure_of_a_bid_on_a_page(floor: Floor, client: Client, role: Role) -> None:
    assert AuditEntry.objects.filter(action__in=["bid.place", "bids.import"]).count() == 2
    client.force_login(person(role))
    seen = 0
    for address in addresses(floor):
        answer = client.get(address, follow=True)
        found = SECRETS.search(answer.content.decode(errors="replace"))
        assert found is None, (address, found)
        seen += answer.status_code == 200
    assert seen > 0


def test_control_the_figures_would_be_found(floor: Floor) -> None:
    assert all(SECRETS.search(text) for text in (floor.bid.body, bytes(floor.report.file.content).decode()))
