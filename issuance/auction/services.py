"""Drafting an auction and closing it. Announcing and cancelling are approvals (actions.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, Min

from issuance.auction.models import Auction, auction_machine
from issuance.auction.rules import check_auction
from issuance.auction.selectors import auctions_due
from issuance.authority.proposals import draft_save, given_up
from issuance.series.models import Series
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, powers_of, require_power
from tokenization.kernel.errors import Busy, Conflict, NotAllowed, Refused
from tokenization.kernel.locks import lock_rows

ANNOUNCE = "issuance.auction.announce"
MAY_CLOSE = frozenset({Power.AUCTION_DRAFT, Power.AUCTION_APPROVE, Power.AUCTION_READ})


@transaction.atomic
def auction_draft(
    *,
    series: Series,
    rule: str,
    target_minor: int,
    opens_at: datetime,
    closes_at: datetime,
    settlement_date: date,
    direct_categories: Sequence[str] = (Party.Category.PRIMARY_DEALER,),
    actor: User,
    now: datetime,
) -> Auction:
    """Draft the next auction of a series; its number follows from those before, a draft that nobody asks for any more
    gives its own back. Refused with field and rule."""
    require_power(actor, Power.AUCTION_DRAFT)
    lock_rows(Auction.objects.filter(series=series, state="DRAFT"), Series.objects.filter(pk=series.pk))
    row = Auction(
        series=series,
        number=_next_number(series),
        rule=rule,
        target_minor=target_minor,
        opens_at=opens_at,
        closes_at=closes_at,
        settlement_date=settlement_date,
        direct_categories=sorted(set(map(str, direct_categories))),
    )
    check_auction(row)
    return draft_save(row, action=ANNOUNCE, verb="auction.draft", key=["series_id", "number"], actor=actor, now=now)


def _next_number(series: Series) -> int:
    """That of the first draft whose proposal was given up, so that the public counts without gaps; else one more."""
    free = Auction.objects.filter(series=series, state="DRAFT", pk__in=given_up(ANNOUNCE)).aggregate(
        first=Min("number")
    )["first"]
    last = Auction.objects.filter(series=series).aggregate(last=Max("number"))["last"]
    return int(free or (last or 0) + 1)


@transaction.atomic
def auction_close(*, auction: Auction, actor: User, now: datetime) -> Auction:
    """No further bids; the book opens. Refused before its time, whoever asks; closing again returns it as it is.

    The bell calls this, and any officer who may see auctions. The row lock waits for a bid that is being written.
    """
    if actor.pk != system_user().pk and not powers_of(actor) & MAY_CLOSE:
        raise NotAllowed(f"{actor.username} may not close an auction.", rule=Power.AUCTION_READ.value)
    row: Auction
    [[row]] = lock_rows(Auction.objects.filter(pk=auction.pk))
    if row.state in {"DRAFT", "CANCELLED"}:
        raise Conflict(f"{row} is {row.state.lower()}: there is nothing to close.", field="state", rule="auction.open")
    if now < row.closes_at:
        raise Refused(
            f"{row} takes bids until {row.closes_at.isoformat(timespec='milliseconds')}.",
            field="closes_at",
            rule="auction.closes_at",
            next_step="Nobody can close it earlier; wait, or propose to cancel it.",
        )
    if row.state == "ANNOUNCED":
        audit.move(auction_machine, row, "CLOSED", actor=actor, now=now, closed_at=now)
    return row


def auctions_close(*, now: datetime) -> list[Auction]:
    """Close every auction whose time is over, each in a transaction of its own; one that is busy waits for the next
    bell."""
    closed = []
    for row in auctions_due(now):
        try:
            closed.append(auction_close(auction=row, actor=system_user(), now=now))
        except Busy:
            continue
    return closed
