"""What was checked is what is sent: the values that a person was shown, sealed so that no others pass as checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.signing import Signer
from django.utils.crypto import constant_time_compare

from issuance.bid.doubts import doubts_of, without_price
from issuance.bid.rules import plain
from tokenization.identity.models import User
from tokenization.kernel.canonical import canonical_json
from tokenization.portal.forms import BidForm
from tokenization.portal.summary import Summary, summary

_BID = "portal.bid.checked"


def seal_of(kind: str, shown: Mapping[str, Any]) -> str:
    """Stands for exactly what was shown; `kind` parts the seal of one form from that of another."""
    return Signer(salt=kind).signature(canonical_json(shown))


def sealed(said: str, seal: str) -> bool:
    """Whether what came back with the form is the seal of what would be sent."""
    return constant_time_compare(said, seal)


@dataclass(frozen=True)
class Check:
    """What is read back. `doubts` ask for a second confirmation; `seal` stands for exactly this bid of this user."""

    summary: Summary
    doubts: Sequence[str]
    seal: str


def check_of(form: BidForm, user: User) -> Check:
    """The form is valid. A doubt that arose since the bid was shown breaks its seal as a changed figure does."""
    quote, side, said = form.quote, form.chosen, summary(form.auction, form.quote)
    others = without_price(form.auction, side.dealer, side.bidder, instead_of=form.bid)
    doubts = doubts_of(form.rules, quote, cost_minor=said.most_minor, others=others)
    shown = {
        "user": user.pk,
        "auction": form.auction.pk,
        "replaces": form.bid.pk if form.bid else None,
        "side": side.value,
        "competitive": quote.competitive,
        "face_minor": quote.face_minor,
        "price": plain(quote.price),
        "yield_pct": plain(quote.yield_pct),
        "reference": form.cleaned_data.get("reference", ""),
        "key": form.cleaned_data["key"],
        "doubts": doubts,
    }
    return Check(said, doubts, seal_of(_BID, shown))
