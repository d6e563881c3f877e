"""Offers at a fixed price, allotments under them, and the moves of an allotment that custody asks for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet

from issuance.allotment.lines import AllotmentLine, read_lines
from issuance.allotment.models import Allotment, Offer, allotment_machine, offer_machine
from issuance.allotment.rules import check_offer
from issuance.authority.drafts import draft_payload, terms_of
from issuance.headroom.services import commitment_release
from issuance.series.models import Series
from issuance.series.selectors import series_quote
from tokenization.identity import audit
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Problems, Refused


@transaction.atomic
def offer_draft(
    *,
    series: Series,
    price: Decimal | None = None,
    yield_pct: Decimal | None = None,
    settlement_date: date,
    target_units: int,
    actor: User,
    now: datetime,
) -> Offer:
    """Draft a fixed-price offer from a price per 100, a yield in percent, or both (which must agree); of a
    reserve-backed series from the price of one unit.

    Refused with the field when price and yield disagree, or the date is no settlement date of the series.
    """
    require_power(actor, Power.ALLOT_DRAFT)
    if price is None and yield_pct is None:
        raise Refused("Give a price, a yield, or both.", field="price", rule="offer.price")
    if not series.is_reserve and (price is None or yield_pct is None):
        quote = series_quote(series, settlement=settlement_date, price=price, yield_pct=yield_pct)
        price, yield_pct = quote.price, quote.yield_pct
    if price is None:
        raise Refused("Give the price of one unit: there is no yield.", field="price", rule="offer.unit_price")
    row = Offer(
        series=series, price=price, yield_pct=yield_pct, settlement_date=settlement_date, target_units=target_units
    )
    check_offer(row)
    row.save()
    row.refresh_from_db()
    audit.record(actor=actor, action="offer.draft", subject=str(row), body=terms_of(row), now=now)
    return row


@transaction.atomic
def offer_close(*, offer: Offer, actor: User, now: datetime) -> Offer:
    """No further subscriptions; the allotment can be proposed."""
    require_power(actor, Power.ALLOT_DRAFT)
    audit.move(offer_machine, offer, "CLOSED", actor=actor, now=now)
    return offer


@transaction.atomic
def offer_reject(*, offer: Offer, reason: str, actor: User, now: datetime) -> Offer:
    """Nothing is sold: a result like any other."""
    require_power(actor, Power.ALLOT_APPROVE)
    audit.move(offer_machine, offer, "REJECTED", actor=actor, now=now, reason=reason)
    return offer


def allotments_payload(offer: Offer, lines: Sequence[AllotmentLine]) -> dict[str, object]:
    """The payload of AllotmentApprove: the offer's terms as the maker saw them, and the lines in order."""
    rows = [{"line": row.line, "party": row.party, "units": row.units} for row in lines]
    return {"offer": draft_payload(offer), "lines": rows}


@transaction.atomic
def allotments_propose(*, offer: Offer, lines: Sequence[AllotmentLine], actor: User, now: datetime) -> Approval:
    """Propose the allotment of a closed offer, whole or not at all.

    Problems (line, field, rule, words) for an unknown party, a KYC that is not valid, units that are not a positive
    whole number, a party twice, or the first line that passes a ceiling.
    """
    require_power(actor, Power.ALLOT_DRAFT)
    _, problems = read_lines(offer, lines, now=now)
    if problems:
        raise Problems(problems)
    payload = allotments_payload(offer, lines)
    return approval_propose(action="issuance.allotment.allot", payload=payload, actor=actor, now=now)


@transaction.atomic
def allotment_mark_paid(*, allotment: Allotment, actor: User, now: datetime) -> Allotment:
    """The exact amount has been received; headroom stays taken."""
    audit.move(allotment_machine, allotment, "PAID", actor=actor, now=now)
    return allotment


@transaction.atomic
def allotment_mark_unpaid(*, allotment: Allotment, reason: str, actor: User, now: datetime) -> Allotment:
    """What had been typed as its payment did not come: it waits for its money again, headroom stays taken."""
    if not reason.strip():
        raise Refused("Say why.", field="reason", rule="allotment.reason")
    audit.move(allotment_machine, allotment, "ALLOTTED", actor=actor, now=now, reason=reason)
    return allotment


@transaction.atomic
def allotments_mark_paid(*, allotments: QuerySet[Allotment], actor: User, now: datetime) -> int:
    """`allotment_mark_paid` for a whole file of the bank; returns how many were ALLOTTED and are PAID now."""
    return audit.move_many(allotment_machine, allotments, "PAID", old="ALLOTTED", actor=actor, now=now)


@transaction.atomic
def allotment_mark_settled(*, allotment: Allotment, actor: User, now: datetime) -> Allotment:
    """The units are delivered, for good; headroom stays taken until the series matures."""
    audit.move(allotment_machine, allotment, "SETTLED", actor=actor, now=now)
    return allotment


@transaction.atomic
def allotment_lapse(*, allotment: Allotment, reason: str, actor: User, now: datetime) -> Allotment:
    """Not paid by its deadline: the headroom returns. Refused once paid."""
    return _give_up(allotment, "LAPSED", reason=reason, actor=actor, now=now)


@transaction.atomic
def allotment_withdraw(*, allotment: Allotment, reason: str, actor: User, now: datetime) -> Allotment:
    """Cannot be delivered: the headroom returns. Refused once settled.

    Custody calls this when the registry has withdrawn the units, so that nothing can be minted on them any more.
    """
    return _give_up(allotment, "WITHDRAWN", reason=reason, actor=actor, now=now)


def _give_up(allotment: Allotment, to: str, *, reason: str, actor: User, now: datetime) -> Allotment:
    if not reason.strip():
        raise Refused("Say why.", field="reason", rule="allotment.reason")
    audit.move(allotment_machine, allotment, to, actor=actor, now=now, reason=reason)
    commitment_release(key=allotment.commitment.key, reason=reason, actor=actor, now=now)
    return allotment
