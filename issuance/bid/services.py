"""Placing, amending and withdrawing a bid. Files: imports.py. Mandates: mandates.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from issuance.auction.models import Auction
from issuance.bid.admission import Admission, require_side
from issuance.bid.entry import Word, auction_locked, bid_known, bid_made, check_open, check_words
from issuance.bid.imports import ImportReport, bids_import
from issuance.bid.mandates import mandate_end, mandate_give
from issuance.bid.models import Bid
from issuance.bid.rules import BidRules, Quote
from tokenization.identity import audit
from tokenization.identity.models import Party, User
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import advisory_xact_lock

__all__ = [
    "ImportReport",
    "bid_amend",
    "bid_place",
    "bid_withdraw",
    "bids_import",
    "mandate_end",
    "mandate_give",
]
VERBS = {"BID": "bid.place", "AMEND": "bid.amend", "WITHDRAW": "bid.withdraw"}


@transaction.atomic
def bid_place(
    *,
    auction: Auction,
    dealer: Party,
    bidder: Party | None = None,
    competitive: bool = True,
    face_minor: int,
    price: Decimal | None = None,
    yield_pct: Decimal | None = None,
    reference: str = "",
    idempotency_key: str,
    source: str = "PORTAL",
    actor: User,
    now: datetime,
) -> Bid:
    """Take a bid of `bidder` (the dealer itself unless said) sent by `dealer`; `receipts.receipt_of` is its receipt.

    The same key with the same request gives the first bid, also after the close; with another it is a Conflict. Refused
    with field and rule: too early or late, off the tick, below the minimum, no multiple, price and yield that disagree,
    no valid KYC, dealer not admitted, no mandate. The caps of non-competitive bids are not refused here: see receipt.
    """
    quote = Quote(face_minor, competitive, price, yield_pct)
    word = Word(auction, dealer, bidder or dealer, quote, reference)
    return _enter(word, key=idempotency_key, source=source, actor=actor, now=now)


@transaction.atomic
def bid_amend(
    *,
    bid: Bid,
    competitive: bool | None = None,
    face_minor: int,
    price: Decimal | None = None,
    yield_pct: Decimal | None = None,
    idempotency_key: str,
    source: str = "PORTAL",
    actor: User,
    now: datetime,
) -> Bid:
    """Put a new bid in the place of a standing one; what is not given is not kept from the old one, but its kind.

    Conflict when it was amended or withdrawn already. Otherwise as bid_place.
    """
    quote = Quote(face_minor, bid.competitive if competitive is None else competitive, price, yield_pct)
    word = Word(bid.auction, bid.dealer, bid.bidder, quote, bid.reference, "AMEND", bid)
    return _enter(word, key=idempotency_key, source=source, actor=actor, now=now)


@transaction.atomic
def bid_withdraw(*, bid: Bid, idempotency_key: str, source: str = "PORTAL", actor: User, now: datetime) -> Bid:
    """Take a standing bid back before the close; KYC and mandate need not be valid any more."""
    word = Word(bid.auction, bid.dealer, bid.bidder, Quote(0, bid.competitive), bid.reference, "WITHDRAW", bid)
    return _enter(word, key=idempotency_key, source=source, actor=actor, now=now)


def _enter(word: Word, *, key: str, source: str, actor: User, now: datetime) -> Bid:
    require_side(actor, word.dealer, word.bidder)
    check_words(word.reference, key)
    if source not in {"PORTAL", "API"}:
        raise Refused(f"{source!r} is not where a single bid comes from.", field="source", rule="bid.source")
    advisory_xact_lock(f"bid key {word.dealer.pk} {sha256_hex(key)}")
    word = replace(word, auction=auction_locked(word.auction))
    if found := bid_known(word, key):
        return found
    check_open(word.auction, now)
    _check_standing(word)
    if word.kind != "WITHDRAW":
        BidRules(word.auction).check(word.quote)
        Admission(word.auction, [word.dealer, word.bidder], now).check(word.dealer, word.bidder)
    row = bid_made(word, key=key, source=source, actor=actor, now=now)
    row.save(force_insert=True)
    # The hash alone: price and face are sealed until the close from those who read the audit log, too.
    body = {"auction": str(row.auction), "hash": row.body_hash, "source": row.source}
    audit.record(actor=actor, action=VERBS[row.kind], subject=f"bid.bid:{row.pk}", body=body, now=now)
    return row


def _check_standing(word: Word) -> None:
    if word.replaces is None:
        same = Bid.objects.filter(auction=word.auction, dealer=word.dealer, reference=word.reference, kind=Bid.Kind.BID)
        if word.reference and same.exists():
            raise Conflict(
                f"The reference {word.reference} stands on another bid of this dealer.",
                field="reference",
                rule="bid.reference_once",
                next_step="Amend that bid, or give this one a reference of its own.",
            )
        return
    if word.replaces.kind == Bid.Kind.WITHDRAW:
        raise Refused("This bid is withdrawn.", field="bid", rule="bid.withdrawn", next_step="Place a new one.")
    if Bid.objects.filter(replaces=word.replaces).exists():
        raise Conflict(
            f"Bid {word.replaces.pk} was amended or withdrawn already.",
            field="bid",
            rule="bid.one_successor",
            next_step="Load it again and change what stands now.",
        )
