"""From the mandate to the sale: what the debt office proposes."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

from issuance.allotment.actions import OfferOpen
from issuance.allotment.lines import AllotmentLine
from issuance.allotment.services import allotments_propose, offer_close, offer_draft
from issuance.auction.models import Auction
from issuance.authority.actions import AuthorityEnact, EnvelopeOpen
from issuance.authority.services import authority_draft, envelope_draft
from issuance.bid.services import bids_import
from issuance.calendar.actions import CalendarOverrideApprove
from issuance.programme.actions import ProgrammeOpen
from issuance.programme.services import programme_draft
from issuance.series.actions import SeriesApprove, series_payload
from issuance.series.services import series_draft
from tokenization.backoffice.forms import issue as forms
from tokenization.backoffice.tasks.base import Recorded, Task, drafted
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import LineProblem, Problems


def read_allotments(content: bytes) -> list[AllotmentLine]:
    """Lines of a CSV with the columns party,units. Problems when it is not that; lines are checked later."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problems([LineProblem(0, "", "UTF-8", "the file is not UTF-8 text; save it as CSV UTF-8")]) from None
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or [cell.strip() for cell in rows[0]] != ["party", "units"]:
        raise Problems([LineProblem(1, "", "columns", "the first line must read party,units")])
    wrong = [
        LineProblem(number, "", "columns", f"two values are expected, {len(row)} were found")
        for number, row in enumerate(rows[1:], 2)
        if len(row) != 2
    ]
    if wrong:
        raise Problems(wrong)
    return [AllotmentLine(number, row[0].strip(), row[1].strip()) for number, row in enumerate(rows[1:], 2)]


def _allot(*, offer: Any, file: Any, actor: User, now: datetime) -> Approval:
    lines = read_allotments(file.read())
    if offer.state == "OPEN":
        offer = offer_close(offer=offer, actor=actor, now=now)
    return allotments_propose(offer=offer, lines=lines, actor=actor, now=now)


def _bid_file(*, auction: Auction, file: Any, actor: User, now: datetime) -> Recorded:
    report = bids_import(auction=auction, content=file.read(), name=file.name, actor=actor, now=now)
    void = [f"line {row.line}: {row.message}" for row in report.warnings]
    told = f" Not refused, but the clearing will judge: {' '.join(void[:10])}" if void else ""
    more = f" And {len(void) - 10} more." if len(void) > 10 else ""
    return Recorded(f"Taken in: {len(report.bids):,} bids in {auction}.{told}{more}")


def _tokenise(*, series: Any, actor: User, now: datetime) -> Approval:
    return approval_propose(
        action="custody.tokenisation.SeriesTokenise", payload={"series": series.pk}, actor=actor, now=now
    )


def _calendar(*, calendar: str, day: date, becomes: str, reason: str, actor: User, now: datetime) -> Approval:
    payload = {"calendar": calendar, "day": day.isoformat(), "is_business": becomes == "open", "reason": reason}
    return approval_propose(action=CalendarOverrideApprove.name, payload=payload, actor=actor, now=now)


ISSUE = [
    Task(
        "authority",
        "Mandate",
        "Legal authority",
        "The law that allows to borrow, with its ceiling.",
        Power.AUTHORITY_DRAFT,
        forms.AuthorityForm,
        drafted(authority_draft, AuthorityEnact.name),
    ),
    Task(
        "envelope",
        "Mandate",
        "Budget envelope",
        "The share of an authority for one budget year.",
        Power.AUTHORITY_DRAFT,
        forms.EnvelopeForm,
        drafted(envelope_draft, EnvelopeOpen.name),
    ),
    Task(
        "programme",
        "Mandate",
        "Programme",
        "A plan of issues under an envelope.",
        Power.AUTHORITY_DRAFT,
        forms.ProgrammeForm,
        drafted(programme_draft, ProgrammeOpen.name),
    ),
    Task(
        "series",
        "Issue",
        "Series",
        "One security with its terms; the term sheet is made from them.",
        Power.SERIES_DRAFT,
        forms.SeriesForm,
        drafted(series_draft, SeriesApprove.name, series_payload),
    ),
    Task(
        "tokenise",
        "Issue",
        "Tokenise a series",
        "Creates the security's contract on chain.",
        Power.TOKENISE_DRAFT,
        forms.SeriesChoiceForm,
        _tokenise,
    ),
    Task(
        "calendar",
        "Calendar",
        "Open or close a day",
        "A holiday declared, or a day of business: payment days not yet fixed follow it.",
        Power.CALENDAR_DRAFT,
        forms.CalendarForm,
        _calendar,
    ),
    Task(
        "offer",
        "Sale",
        "Offer at a fixed price",
        "Opens a series for sale.",
        Power.ALLOT_DRAFT,
        forms.OfferForm,
        drafted(offer_draft, OfferOpen.name),
    ),
    Task(
        "allotment",
        "Sale",
        "Allotment",
        "Who gets how many units of an offer, from a file.",
        Power.ALLOT_DRAFT,
        forms.AllotmentForm,
        _allot,
    ),
    Task(
        "bid-file",
        "Sale",
        "Import a bid file",
        "Bids that dealers sent as a file: all of them are taken, or none. Nobody sees them before the close.",
        Power.BID_IMPORT,
        forms.BidFileForm,
        _bid_file,
        "Import",
    ),
]
