"""Three auctions: a bill with more taken than announced, a bond with a tie shared, and one in which all is rejected."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management import call_command

from issuance.allotment.decisions.clearing import Accept
from issuance.allotment.decisions.effect import decision_preview
from issuance.allotment.decisions.services import decision_propose
from issuance.allotment.models import Allotment, AuctionDecision
from issuance.auction.actions import AuctionAnnounce
from issuance.auction.models import Auction
from issuance.auction.services import auction_draft
from issuance.authority.drafts import draft_payload
from issuance.bid.models import Bid, DealerClient
from issuance.bid.selectors import standing_bids
from issuance.bid.services import bid_amend, bid_place, bid_withdraw, bids_import, mandate_give
from issuance.headroom.selectors import headroom
from issuance.series.models import Series
from tokenization.identity.models import Approval
from tokenization.kernel import clock
from tokenization.kernel.errors import Conflict, NotAllowed, Problems, Refused
from tokenization.rehearsal import chain, plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.market import book, figures
from tokenization.rehearsal.market.people import DEALERS, INVESTORS
from tokenization.rehearsal.office import MAKER, approve, approved, attempt
from tokenization.rehearsal.people import Investor, person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.investors import party_of

OPENS, CLOSES = (9, 0), (11, 0)
REASON = "Demand at or above the cut-off is within the year's borrowing plan; the next auction is reduced by as much."


def bill() -> Sequence[Check]:
    """Bids by file and from the portal; sealed until 11:00; the cut-off moved until the committee is content."""
    _mandates()
    auction = announced(figures.BILL, figures.BILL_TARGET, figures.auction_day())
    chain.move_to(plan.at(figures.auction_day(), 9, 30))
    checks = [*_bids_of_the_bill(auction), *_sealed(auction)]
    chain.move_to(plan.at(figures.auction_day(), *CLOSES))
    auction = _closed(auction)
    checks.append(_too_late(auction))
    wide = decision_preview(auction, {"cut_off": "97.4300"}, now=clock.now()).cleared.result
    near = decision_preview(auction, {"cut_off": "97.4800"}, now=clock.now()).cleared.result
    silent = refused(
        "more than the announced target needs a reason",
        lambda: _decide(auction, {"cut_off": "97.4500"}, ""),
        error=Refused,
    )
    if auction_of(figures.BILL).state == "CLOSED":
        checks.append(silent)
        approve(_decide(auction, {"cut_off": "97.4500"}, REASON))
    decision = AuctionDecision.objects.get(auction=auction)
    result = json.loads(decision.result)
    voided = {row["id"] for row in result["voided"]}
    void = Bid.objects.filter(pk__in=voided).values_list("bidder__reference", flat=True)
    return [
        *checks,
        check("a lower cut-off takes more", True, wide.accepted > near.accepted),
        check(
            "void non-competitive bids", sorted([book.TWICE.reference] * 2 + [book.OVER_CAP.reference]), sorted(void)
        ),
        check("taken above the target, with the reason", REASON, decision.more_than_target_reason),
        *_as_cleared(auction, decision),
        *reconciled("bill auction"),
    ]


def bond() -> Sequence[Check]:
    """A workbook of bids; an amount decided, so that the tie at the cut-off is shared."""
    auction = announced(figures.BOND, figures.BOND_TARGET, figures.auction_day(), opens=(12, 0), closes=(13, 0))
    chain.move_to(plan.at(figures.auction_day(), 12, 10))
    if not Bid.objects.filter(auction=auction).exists():
        _imported(auction, book.as_xlsx(book.bond_lines()), "bond-bids.xlsx")
    chain.move_to(plan.at(figures.auction_day(), 13))
    auction = _closed(auction)
    if auction_of(figures.BOND).state == "CLOSED":
        approve(_decide(auction, {"amount": figures.BOND_COMPETITIVE}, ""))
    decision = AuctionDecision.objects.get(auction=auction)
    ties = Allotment.objects.filter(bid__auction=auction, bid__reference="TIE").order_by("pk")
    shares = {row.face_minor for row in ties}
    return [
        check("bids at the cut-off that share", 4, ties.count()),
        check(
            "each gets the same, and less than he bid",
            True,
            len(shares) == 1 and max(shares) < 5 * figures.BILLION * 100,
        ),
        *_as_cleared(auction, decision),
        *reconciled("bond auction"),
    ]


def rejected() -> Sequence[Check]:
    """A reopening of the bond: every bid is too low, and rejecting all is a result like any other."""
    auction = announced(
        figures.BOND, figures.BOND_TARGET, figures.auction_day(), opens=(14, 0), closes=(15, 0), number=2
    )
    chain.move_to(plan.at(figures.auction_day(), 14, 10))
    before = headroom(auction.series, on=auction.settlement_date)
    if not Bid.objects.filter(auction=auction).exists():
        _imported(auction, book.as_csv(book.poor_lines()), "poor-bids.csv")
    chain.move_to(plan.at(figures.auction_day(), 15))
    auction = _closed(auction)
    auction.refresh_from_db()
    if auction.state == "CLOSED":
        approve(_decide(auction, None, ""))
    auction.refresh_from_db()
    return [
        check("all bids rejected", "REJECTED", auction.state),
        check("nothing allotted", 0, Allotment.objects.filter(bid__auction=auction).count()),
        check("headroom as before", before.free, headroom(auction.series, on=auction.settlement_date).free),
    ]


def auction_of(isin: str, number: int = 1) -> Auction:
    return Auction.objects.select_related("series").get(series__isin=isin, number=number)


def announced(
    isin: str,
    target: int,
    day: date,
    *,
    opens: tuple[int, int] = OPENS,
    closes: tuple[int, int] = CLOSES,
    number: int = 1,
) -> Auction:
    series = Series.objects.get(isin=isin)
    row = Auction.objects.filter(series=series, number=number).first() or auction_draft(
        series=series,
        rule=series.convention,
        target_minor=target * 100,
        opens_at=plan.at(day, *opens),
        closes_at=plan.at(day, *closes),
        settlement_date=figures.bill_issue(),
        actor=person(MAKER),
        now=clock.now(),
    )
    if row.state == "DRAFT":
        approved(AuctionAnnounce.name, draft_payload(row))
    return auction_of(isin, number)


def _mandates() -> None:
    for one in INVESTORS:
        dealer, client = party_of(book.dealer_of(one)), party_of(one)
        if not DealerClient.objects.filter(dealer=dealer, client=client).exists():
            mandate_give(dealer=dealer, client=client, actor=person("compliance.officer"), now=clock.now())


def _bids_of_the_bill(auction: Auction) -> list[Check]:
    if Bid.objects.filter(auction=auction).exists():
        return []
    lines = book.bill_lines()
    faulty = book.as_csv([*lines, book.Line(DEALERS[0], DEALERS[0], "OFF", 7_000, Decimal("97.5"))])
    bad = refused(
        "a file with one bad line is refused whole", lambda: _imported(auction, faulty, "bad.csv"), error=Problems
    )
    _imported(auction, book.as_csv(lines), "bill-bids.csv")
    again = refused(
        "the same file twice",
        lambda: _imported(auction, book.as_csv(lines), "bill-bids.csv"),
        error=(Refused, Conflict),
    )
    _from_the_portal(auction)
    return [
        bad,
        again,
        check("bids in the file", len(lines), Bid.objects.filter(auction=auction, source="FILE").count()),
        check("rows from the portal", 5, Bid.objects.filter(auction=auction, source="PORTAL").count()),
    ]


def _from_the_portal(auction: Auction) -> None:
    """One dealer amends, another withdraws, and an investor bids through his dealer."""
    first, second, client = DEALERS[0], DEALERS[1], INVESTORS[1]
    placed = _place(auction, first, first, face=2 * figures.BILLION, price="97.4000")
    bid_amend(
        bid=placed,
        face_minor=3 * figures.BILLION * 100,
        price=Decimal("97.5100"),
        idempotency_key="amend-1",
        actor=person(first.username),
        now=clock.now(),
    )
    gone = _place(auction, second, second, face=figures.BILLION, price="97.5000")
    bid_withdraw(bid=gone, idempotency_key="withdraw-1", actor=person(second.username), now=clock.now())
    _place(auction, book.dealer_of(client), client, face=50 * figures.MILLION, price="97.5200")


def _place(auction: Auction, dealer: Investor, bidder: Investor, *, face: int, price: str) -> Bid:
    return bid_place(
        auction=auction,
        dealer=party_of(dealer),
        bidder=party_of(bidder),
        face_minor=face * 100,
        price=Decimal(price),
        idempotency_key=f"portal-{bidder.reference}",
        actor=person(bidder.username),
        now=clock.now(),
    )


def _imported(auction: Auction, content: bytes, name: str) -> Any:
    return bids_import(auction=auction, content=content, name=name, actor=person("fiscal.officer"), now=clock.now())


def _sealed(auction: Auction) -> list[Check]:
    if auction_of(auction.series.isin, auction.number).state != "ANNOUNCED":
        return []
    return [
        refused(
            "nobody reads the book before the close",
            attempt(standing_bids, auction=auction, at=clock.now()),
            error=NotAllowed,
        )
    ]


def _closed(auction: Auction) -> Auction:
    chain.wait_for("the bell to close the auction", lambda: Auction.objects.get(pk=auction.pk).state != "ANNOUNCED")
    return auction_of(auction.series.isin, auction.number)


def _too_late(auction: Auction) -> Check:
    late = attempt(_place, auction=auction, dealer=DEALERS[2], bidder=DEALERS[2], face=figures.BILLION, price="97.6000")
    return refused("a bid after the close", late, error=(Refused, Conflict))


def _decide(auction: Auction, accept: Accept, reason: str) -> Approval:
    pending = Approval.objects.filter(action="issuance.allotment.allot_auction", state="PENDING").first()
    return pending or decision_propose(
        auction=auction, accept=accept, more_than_target_reason=reason, actor=person(MAKER), now=clock.now()
    )


def _as_cleared(auction: Auction, decision: AuctionDecision) -> list[Check]:
    """Anybody with the document gets the same result, and what was allotted is that."""
    again = _cleared_alone(decision.document)
    rows = Allotment.objects.filter(bid__auction=auction)
    face = {str(row.bid_id): row.face_minor // 100 for row in rows}
    wanted = {str(line["id"]): int(line["face"]) for line in again["allotments"]}
    return [
        check("`manage.py clear_auction` gives the stored result", True, json.loads(decision.result) == again),
        check("allotted is that result, bid by bid", True, wanted == face),
        check("auction allotted", "ALLOTTED", auction_of(auction.series.isin, auction.number).state),
    ]


def _cleared_alone(document: str) -> Any:
    """What an outsider gets who has nothing but the document."""
    out = io.StringIO()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(document)
        file.flush()
        call_command("clear_auction", file.name, stdout=out)
    return json.loads(out.getvalue())
