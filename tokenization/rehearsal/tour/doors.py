"""The case `open`: what a visitor finds to do. A bill is on offer at auction, bids are in, and decisions wait.

Everything was made by the services that the faces call; nothing here is told apart from real paper but its names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from custody.reconciliation.mandates.actions import MandateGive
from custody.reconciliation.models import Mandate
from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import TokenContract
from issuance.auction.actions import AuctionAnnounce
from issuance.auction.models import Auction
from issuance.auction.services import auction_draft
from issuance.authority.drafts import draft_payload
from issuance.authority.models import BudgetEnvelope
from issuance.bid.models import Bid, DealerClient
from issuance.bid.services import bid_place, mandate_give
from issuance.calendar.actions import CalendarOverrideApprove
from issuance.maths.calendars import PAKISTAN
from issuance.maths.identifiers import synthetic_isin
from issuance.programme.models import Programme
from issuance.programme.services import programme_draft
from issuance.series.actions import series_payload
from issuance.series.models import Series
from issuance.series.services import series_draft
from tokenization.kernel import clock
from tokenization.rehearsal import chain, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.driver import Phase
from tokenization.rehearsal.market import book
from tokenization.rehearsal.market.people import DEALERS, INVESTORS
from tokenization.rehearsal.office import MAKER, approved, proposed
from tokenization.rehearsal.people import Investor, officers_create, person
from tokenization.rehearsal.phases import authority, contracts
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.investors import party_made, party_of, registered, wallet_made
from tokenization.rehearsal.reserve import attest
from tokenization.rehearsal.reserve.figures import GOLD

ISIN, PROGRAMME = synthetic_isin(31), "REHEARSAL-MTB-OPEN"
# With the bill's and its rollover's USD 2 billion it stays within the year's envelope of PKR 600 billion.
PROGRAMME_MINOR = 300_000_000_00
DENOMINATION_MINOR = 5_000_00
CEILING_UNITS = 10_000_000
TARGET_MINOR = 30_000_000_000_00
TENOR_DAYS, BIDDING_DAYS = 84, 10
BIDDERS = DEALERS[:6]
CLIENTS = INVESTORS[:4]


def programme() -> Sequence[Check]:
    """A programme with room in the same year's envelope, and a bill under it."""
    officers_create()
    row = Programme.objects.filter(reference=PROGRAMME).first() or programme_draft(
        envelope=BudgetEnvelope.objects.get(authority__reference=plan.AUTHORITY),
        reference=PROGRAMME,
        name="Tokenised treasury bills, open to bids",
        currency="USD",
        ceiling_minor=PROGRAMME_MINOR,
        actor=person(MAKER),
        now=clock.now(),
    )
    if row.state == "DRAFT":
        approved("issuance.programme.open", draft_payload(row))
    bill = _bill()
    if bill.state == "DRAFT":
        approved("issuance.series.approve", series_payload(bill))
    return [check("the bill is approved", True, Series.objects.get(isin=ISIN).state in ("APPROVED", "LIVE"))]


def tokenise() -> Sequence[Check]:
    """Its token, deployed by the workers once two have approved it."""
    series = Series.objects.get(isin=ISIN)
    if not TokenContract.objects.filter(series=series).exists():
        approved(SeriesTokenise.name, {"series": series.pk})
    chain.wait_for("the bill's token", lambda: TokenContract.objects.filter(series=series, state="LIVE").exists())
    return reconciled("tokenised")


def onboard() -> Sequence[Check]:
    """Dealers and their clients, with wallets proved by their own keys."""
    until = plan.at(_issue_date() + timedelta(days=3 * 365), 12)
    everybody = [*DEALERS, *CLIENTS]
    for one in everybody:
        party_made(one, (clock.now(), until))
    addresses = registered([wallet_made(one) for one in everybody])
    for address in addresses:
        chain.fund(address)
    for one in CLIENTS:
        dealer, client = party_of(book.dealer_of(one)), party_of(one)
        if not DealerClient.objects.filter(dealer=dealer, client=client).exists():
            mandate_give(dealer=dealer, client=client, actor=person("compliance.officer"), now=clock.now())
    return [check("wallets registered on chain", len(everybody), len(addresses))]


def bidding() -> Sequence[Check]:
    """The auction is open, six dealers have bid, and nobody can read what."""
    auction = _announced()
    chain.move_to(auction.opens_at + timedelta(minutes=30))
    for number, dealer in enumerate(BIDDERS):
        _bid(
            auction,
            dealer,
            dealer,
            (4 + number % 3) * 1_000_000_000_00,
            Decimal("97.4900") - number * Decimal("0.0100"),
        )
    _bid(auction, book.dealer_of(CLIENTS[1]), CLIENTS[1], 50_000_000_00, None)
    return [
        check("the auction takes bids", "ANNOUNCED", Auction.objects.get(series__isin=ISIN).state),
        check("sealed bids", len(BIDDERS) + 1, Bid.objects.filter(auction=auction).count()),
    ]


def waiting() -> Sequence[Check]:
    """One decision is left to the second officer: a holiday that the registrar's officer has proposed."""
    day = PAKISTAN.following(_issue_date() + timedelta(days=30))
    payload = {
        "calendar": PAKISTAN.name,
        "day": day.isoformat(),
        "is_business": False,
        "reason": "Moon sighting (synthetic)",
    }
    waits = proposed(CalendarOverrideApprove.name, payload, maker="registrar.officer")
    return [check("waits for the registrar's second officer", "PENDING", waits.state)]


def attested() -> Sequence[Check]:
    """If the reserve has been lived here, its attestations are of today."""
    lived = TokenContract.objects.filter(series__isin=GOLD.isin, state="LIVE").exists()
    return attest.renewed() if lived else []


def mandated() -> Sequence[Check]:
    """The supervisor sees one line, for a year: the gold where it has been lived here, else the open bills."""
    supervisor = person("supervisor")
    if not Mandate.objects.filter(supervisor=supervisor).exists():
        gold = Series.objects.filter(isin=GOLD.isin, token_contract__isnull=False).first()
        bills = None if gold else Programme.objects.get(reference=PROGRAMME)
        payload = {
            "supervisor": supervisor.pk,
            "scope": "SERIES" if gold else "PROGRAMME",
            "series": gold.pk if gold else None,
            "programme": bills.pk if bills else None,
            "first_day": plan.today().isoformat(),
            "last_day": (plan.today() + timedelta(days=365)).isoformat(),
        }
        approved(MandateGive.name, payload, maker="compliance.officer", checker="compliance.checker")
    return [check("mandates of the supervisor", 1, Mandate.objects.filter(supervisor=supervisor).count())]


PHASES: list[tuple[str, Phase]] = [
    ("Authority, envelope, programme", authority.enact),
    ("A programme with room, a bill under it", programme),
    ("Contracts deployed and wired", contracts.deploy),
    ("Token of the bill", tokenise),
    ("Dealers, clients and wallets", onboard),
    ("An auction open to bids", bidding),
    ("A decision that waits", waiting),
    ("Reserves attested anew", attested),
    ("A supervisor's mandate", mandated),
]


def _bill() -> Series:
    issue = _issue_date()
    return Series.objects.filter(isin=ISIN).first() or series_draft(
        programme=Programme.objects.get(reference=PROGRAMME),
        isin=ISIN,
        name="Rehearsal bill, open to bids (synthetic)",
        short_name=f"MTB {TENOR_DAYS}D {issue:%d%b%y}".upper(),
        currency="PKR",
        denomination_minor=DENOMINATION_MINOR,
        issue_date=issue,
        maturity_date=issue + timedelta(days=TENOR_DAYS),
        ceiling_units=CEILING_UNITS,
        legal_record="TOKEN_REGISTER",
        legal_instrument="Rehearsal securities rules (synthetic)",
        actor=person(MAKER),
        now=clock.now(),
    )


def _issue_date() -> date:
    """A business day after the days of bidding; fixed once the series is drafted."""
    drafted = Series.objects.filter(isin=ISIN).values_list("issue_date", flat=True).first()
    if drafted:
        return drafted
    day = PAKISTAN.following(plan.today() + timedelta(days=BIDDING_DAYS))
    while not PAKISTAN.is_business(day + timedelta(days=TENOR_DAYS)):
        day = PAKISTAN.settlement(day)
    return day


def _announced() -> Auction:
    series = Series.objects.get(isin=ISIN)
    last = PAKISTAN.preceding(_issue_date() - timedelta(days=1))
    row = Auction.objects.filter(series=series).first() or auction_draft(
        series=series,
        rule=series.convention,
        target_minor=TARGET_MINOR,
        opens_at=plan.at(PAKISTAN.following(plan.today() + timedelta(days=1)), 9),
        closes_at=plan.at(last, 11),
        settlement_date=series.issue_date,
        actor=person(MAKER),
        now=clock.now(),
    )
    if row.state == "DRAFT":
        approved(AuctionAnnounce.name, draft_payload(row))
    return Auction.objects.get(series=series)


def _bid(auction: Auction, dealer: Investor, bidder: Investor, face_minor: int, price: Decimal | None) -> Bid:
    return bid_place(
        auction=auction,
        dealer=party_of(dealer),
        bidder=party_of(bidder),
        competitive=price is not None,
        face_minor=face_minor,
        price=price,
        idempotency_key=f"open-{bidder.reference}",
        actor=person(bidder.username),
        now=clock.now(),
    )
