"""The result of an auction: exact, without a name, for every role, and for nobody before two have decided."""

from __future__ import annotations

import json

import pytest

from issuance.allotment.models import AuctionDecision
from tests.api.calling import STRANGER, caller
from tests.factories import auction as make
from tests.factories import issuance
from tests.support.people import person
from tokenization.identity.models import Party
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db


def pkr(minor: int) -> dict[str, object]:
    return {"minor": str(minor), "currency": "PKR", "minor_digits": 2}


def test_a_decided_auction_is_published_in_figures_only() -> None:
    people, who = issuance.office(), caller(person(Role.INVESTOR))
    row = make.booked(people)
    before = who.get(f"auctions/{row.pk}/result")
    assert (before.status, before.body["rule"]) == (404, "auction.decided")
    make.decided(people, row, {"cut_off": "97.5"})
    decision = AuctionDecision.objects.get()
    said = who.get(f"auctions/{row.pk}/result")
    assert said.status == 200, said.body
    told = said.body
    # 2 m at 97.6 and twice 1 m at 97.5; 25,000 and 20,000 at the average of them, 97.55.
    expected = {
        "auction": row.pk,
        "isin": row.series.isin,
        "number": 1,
        "status": "ALLOTTED",
        "decided_at": "2026-07-01T07:00:00Z",
        "settlement_date": "2026-07-02",
        "rule": "PK-MTB",
        "bids": 6,
        "allotted": 5,
        "target": pkr(500_000_000),
        "offered": pkr(700_000_000),
        "offered_noncompetitive": pkr(4_500_000),
        "accepted": pkr(400_000_000),
        "accepted_noncompetitive": pkr(4_500_000),
        "realised": pkr(195_200_000 + 2 * 97_500_000 + 2_438_750 + 1_951_000),
        "accrued": pkr(0),
        "cut_off_price": "97.5000",
        "weighted_average_price": "97.5500",
        "bid_to_cover": "1.75",
        "offered_range": {"lowest": "97.4000", "highest": "97.6000"},
        "accepted_range": {"lowest": "97.5000", "highest": "97.6000"},
        "result_sha256": decision.result_sha256,
    }
    assert {name: told[name] for name in expected} == expected
    text = json.dumps(told)
    assert not [party for party in Party.objects.all() if party.reference in text or party.name in text]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
def test_every_role_may_read_it_and_no_stranger(role: Role) -> None:
    people = issuance.office()
    row = make.decided(people, make.booked(people), None)
    said = caller(person(role)).get(f"auctions/{row.pk}/result")
    assert (said.status, said.body["status"], said.body["allotted"]) == (200, "ALL_REJECTED", 0)
    assert said.body["cut_off_price"] is None
    assert STRANGER.get(f"auctions/{row.pk}/result").status == 401
    assert caller(person()).get(f"auctions/{row.pk}/result").status == 403
