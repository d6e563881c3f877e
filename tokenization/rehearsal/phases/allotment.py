"""Offer and allotment at a fixed price, and what headroom says before and after."""

from __future__ import annotations

from collections.abc import Sequence

from issuance.allotment.actions import AllotmentApprove, OfferOpen
from issuance.allotment.lines import AllotmentLine
from issuance.allotment.models import Allotment, Offer
from issuance.allotment.selectors import series_amounts
from issuance.allotment.services import allotments_payload, allotments_propose, offer_close, offer_draft
from issuance.authority.drafts import draft_payload
from issuance.headroom.services import HeadroomExceeded, commitment_take
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.kernel.errors import Problems
from tokenization.rehearsal import plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import MAKER, approved, attempt
from tokenization.rehearsal.people import BUYERS, NEVER_VALID, Investor, person
from tokenization.rehearsal.phases.authority import rollover_series
from tokenization.rehearsal.phases.books import reconciled


def allot() -> Sequence[Check]:
    """The whole programme to forty investors; one unit more is refused; the rollover on maturity day fits."""
    offer = _closed_offer(Series.objects.get(isin=plan.BILL))
    lapsed = refused(
        "a party whose KYC has lapsed cannot be allotted",
        attempt(
            allotments_propose,
            offer=offer,
            lines=[_line(1, NEVER_VALID, 1)],
            actor=person(MAKER),
            now=clock.now(),
        ),
        error=Problems,
    )
    checks = [lapsed] if offer.state == "CLOSED" else []
    lines = [_line(number, investor, plan.units_of(investor)) for number, investor in enumerate(BUYERS, start=1)]
    if offer.state == "CLOSED":
        approved(AllotmentApprove.name, allotments_payload(offer, lines))
    amounts = series_amounts(offer.series, on=offer.settlement_date)
    return [
        *checks,
        check("allotments", len(BUYERS), Allotment.objects.filter(offer=offer).count()),
        check("units allotted", plan.CEILING_UNITS, amounts.allotted.units),
        check("units committed", plan.CEILING_UNITS, amounts.committed.units),
        check("units settled", 0, amounts.settled.units),
        *_full(offer),
        *reconciled("allotted"),
    ]


def _full(offer: Offer) -> list[Check]:
    """At a full ceiling one unit more is refused, and the bill rolled over on its maturity day passes."""
    second = rollover_series()
    one_more = refused(
        "one unit more at a full programme",
        attempt(
            commitment_take,
            series=offer.series,
            units=1,
            settles_on=offer.settlement_date,
            key="one-more",
            actor=person(MAKER),
            now=clock.now(),
        ),
        error=HeadroomExceeded,
    )
    rolled = _closed_offer(second)
    if rolled.state == "CLOSED":
        approved(AllotmentApprove.name, allotments_payload(rolled, [_line(1, BUYERS[0], plan.CEILING_UNITS)]))
    held = series_amounts(second, on=rolled.settlement_date).committed.units
    return [one_more, check("rolled over on maturity day at a full ceiling, units", plan.CEILING_UNITS, held)]


def _line(number: int, investor: Investor, units: int) -> AllotmentLine:
    return AllotmentLine(line=number, party=investor.reference, units=str(units))


def _closed_offer(series: Series) -> Offer:
    """A fixed-price offer on the issue date, opened by two and closed."""
    offer = Offer.objects.filter(series=series).first() or offer_draft(
        series=series,
        yield_pct=plan.YIELD_PCT,
        settlement_date=series.issue_date,
        target_units=plan.CEILING_UNITS,
        actor=person(MAKER),
        now=clock.now(),
    )
    return closed(offer)


def closed(offer: Offer) -> Offer:
    """The offer opened by two and closed, whatever of it was done before."""
    if offer.state == "DRAFT":
        approved(OfferOpen.name, draft_payload(offer))
        offer.refresh_from_db()
    if offer.state == "OPEN":
        offer_close(offer=offer, actor=person(MAKER), now=clock.now())
    return offer
