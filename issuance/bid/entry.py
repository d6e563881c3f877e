"""The steps that every bid goes through, one by one or ten thousand at once."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from issuance.auction.models import Auction
from issuance.auction.selectors import is_open
from issuance.bid.models import KEY_LONGEST, REFERENCE_LONGEST, Bid
from issuance.bid.rules import Quote, plain
from tokenization.identity.models import Party, User
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows

FILE_KEY = "file:"
_REFERENCE = re.compile(rf"([A-Za-z0-9][A-Za-z0-9 ._/-]{{0,{REFERENCE_LONGEST - 1}}})?", re.ASCII)


def auction_locked(auction: Auction) -> Auction:
    """The auction as it is now; a close waits until this transaction has ended."""
    lock_rows(Auction.objects.filter(pk=auction.pk))
    return Auction.objects.select_related("series").get(pk=auction.pk)


def check_open(auction: Auction, now: datetime) -> None:
    """Refused before the opening, from the close on to the millisecond, and when no bids are taken at all."""
    if is_open(auction, now):
        return
    at = now.isoformat(timespec="milliseconds")
    if auction.state == "ANNOUNCED" and now < auction.opens_at:
        opens = auction.opens_at.isoformat(timespec="milliseconds")
        raise Refused(f"{auction} takes bids from {opens}; it is {at}.", field="auction", rule="bid.before_opening")
    if now >= auction.closes_at and auction.state not in {"DRAFT", "CANCELLED"}:
        closes = auction.closes_at.isoformat(timespec="milliseconds")
        raise Refused(f"{auction} took bids until {closes}; it is {at}.", field="auction", rule="bid.after_close")
    raise Refused(f"{auction} is {auction.state.lower()}: it takes no bids.", field="auction", rule="bid.auction_open")


def check_words(reference: str, key: str) -> None:
    """Refused when the dealer's reference or the idempotency key is not plain text of its length."""
    if not _REFERENCE.fullmatch(reference):
        raise Refused(
            f"A reference has at most {REFERENCE_LONGEST} letters, digits, spaces and . _ / -",
            field="reference",
            rule="bid.reference",
        )
    if not 0 < len(key) <= KEY_LONGEST or not key.isprintable() or key.startswith(FILE_KEY):
        raise Refused(
            f"An idempotency key has 1 to {KEY_LONGEST} printable characters and does not begin with {FILE_KEY}",
            field="idempotency_key",
            rule="bid.idempotency_key",
        )


@dataclass(frozen=True, slots=True)
class Word:
    """What a bidder says of one bid."""

    auction: Auction
    dealer: Party
    bidder: Party
    quote: Quote
    reference: str
    kind: str = Bid.Kind.BID.value
    replaces: Bid | None = None

    def request(self) -> dict[str, Any]:
        """The same as plain values: what is hashed, and compared when a key comes again."""
        return {
            "auction": self.auction.pk,
            "isin": self.auction.series.isin,
            "number": self.auction.number,
            "kind": self.kind,
            "replaces": self.replaces.pk if self.replaces else None,
            "dealer": self.dealer.reference,
            "bidder": self.bidder.reference,
            "competitive": self.quote.competitive,
            "face_minor": self.quote.face_minor,
            "price": plain(self.quote.price),
            "yield_pct": plain(self.quote.yield_pct),
            "reference": self.reference,
        }


def bid_made(word: Word, *, key: str, source: str, actor: User, now: datetime, **more: Any) -> Bid:
    """An unsaved row with its body: the request, the instant, and a salt that keeps the hash from being guessed."""
    body = canonical_json({**word.request(), "received_at": now, "salt": secrets.token_hex(32)})
    return Bid(
        auction=word.auction,
        kind=word.kind,
        replaces=word.replaces,
        dealer=word.dealer,
        bidder=word.bidder,
        competitive=word.quote.competitive,
        face_minor=word.quote.face_minor,
        price=word.quote.price,
        yield_pct=word.quote.yield_pct,
        reference=word.reference,
        idempotency_key=key,
        body=body,
        body_hash=sha256_hex(body),
        received_at=now,
        source=source,
        placed_by=actor,
        **more,
    )


def bid_known(word: Word, key: str) -> Bid | None:
    """The bid that this key gave before; Conflict when it stands for another request."""
    rows = Bid.objects.select_related("auction__series", "dealer", "bidder")
    row = rows.filter(dealer=word.dealer, idempotency_key=key).first()
    if row is None:
        return None
    asked = {name: value for name, value in json.loads(row.body).items() if name not in {"salt", "received_at"}}
    if asked != word.request():
        raise Conflict(
            "This idempotency key was used for another request.",
            field="idempotency_key",
            rule="bid.idempotency_key",
            next_step="Send each new request with a new key.",
        )
    return row
