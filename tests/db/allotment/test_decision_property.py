"""Hypothesis: whatever is bid and decided, what is written is what was cleared, and no ceiling is passed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from issuance.allotment.models import Allotment, AuctionDecision
from issuance.headroom.models import Commitment
from issuance.headroom.selectors import headroom
from issuance.headroom.services import HeadroomExceeded
from tests.factories import auction as make
from tests.factories import issuance as made

CEILING = 60
prices = st.sampled_from(["97.4000", "97.5000", "97.6000", "97.6001"])
faces = st.integers(1, 8).map(lambda lots: lots * 5_000)
bids = st.lists(st.tuples(faces, prices), min_size=1, max_size=6)
# Beside the priced bids, investors at the cap of 0.5 % of the target.
investors = st.lists(st.just((5_000, None)), max_size=3)
decisions: Any = st.one_of(
    st.none(),
    st.fixed_dictionaries({"cut_off": prices}),
    st.fixed_dictionaries({"amount": st.integers(1, 30).map(lambda lots: lots * 5_000), "pro_rata": st.booleans()}),
)


@pytest.mark.django_db
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(bids, investors, decisions, st.integers(0, CEILING - 1))
def test_what_is_written_is_what_was_cleared(
    book: list[tuple[int, str | None]], others: list[tuple[int, str | None]], accept: Any, taken: int
) -> None:
    """60 units are free at every level but for what is taken before: the sum of the allotments is the result's, and
    where it does not fit, nothing at all is written."""
    people = made.office()
    ceiling = CEILING * made.DENOMINATION
    programme = made.programme(people, made.envelope(people, made.authority(people, ceiling_minor=ceiling)))
    series = made.series(people, programme, ceiling_units=CEILING)
    if taken:
        made.commitment(people, series, taken)
    row = make.booked(people, series, [*book, *others], target_minor=1_000_000 * 100)
    try:
        done = make.decided(people, row, accept, more_than_target_reason="random")
    except HeadroomExceeded:
        row.refresh_from_db()
        assert row.state == "CLOSED"
        assert not AuctionDecision.objects.filter(auction=row).exists()
        assert not Allotment.objects.filter(bid__auction=row).exists()
        assert Commitment.objects.filter(series=series).count() == (1 if taken else 0)
        return
    sheet = json.loads(AuctionDecision.objects.get(auction=row).result)
    written = Allotment.objects.filter(bid__auction=row)
    totals = sheet["totals"]
    assert sum(a.face_minor for a in written) == (totals["accepted"] + totals["accepted_noncompetitive"]) * 100
    assert f"{sum(a.proceeds_minor for a in written) / 100:.2f}" == totals["realised"]
    assert sorted(str(a.bid_id) for a in written) == sorted(item["id"] for item in sheet["allotments"])
    assert done.state == ("ALLOTTED" if sheet["allotments"] else "REJECTED")
    used = headroom(series, on=row.settlement_date)
    assert used.used == taken + sum(a.units for a in written) <= CEILING
