"""Whatever the chain says, entries balance, positions are their sums, and undue units are never lost."""

from __future__ import annotations

from copy import copy
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custody.register import selectors
from custody.register.disputes import split
from custody.register.models import Dispute, DisputeEntry, Entry
from tests.factories.ledger import Books, address

WALLETS = [address(number) for number in (0xA, 0xB, 0xC)]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["mint", "move", "burn", "forced"]), st.integers(0, 2), st.integers(0, 2), st.integers(0, 20)
    ),
    max_size=12,
)


@pytest.fixture
def empty(db: Any) -> Books:
    """Built once: an office, a series and a token cost more than a history."""
    return Books()


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS, limit=st.integers(1, 30))
def test_every_history_balances(empty: Books, steps: list[tuple[str, int, int, int]], limit: int) -> None:
    # A savepoint and no atomic block: that would be one transaction to kernel.locks, and a history has many.
    mark = transaction.savepoint()
    try:
        live(copy(empty), steps, limit)
    finally:
        transaction.savepoint_rollback(mark)


def live(books: Books, steps: list[tuple[str, int, int, int]], limit: int) -> None:
    books.logs = []
    held = dict.fromkeys(WALLETS, 0)
    undue = dict.fromkeys(WALLETS, 0)
    for kind, first, second, wish in steps:
        sender, receiver = WALLETS[first], WALLETS[second]
        units = wish if kind == "mint" else min(wish, held[sender])
        bad = min(units, undue[sender])
        if kind == "mint":
            books.mint(receiver, units)
            held[receiver], undue[receiver] = held[receiver] + units, undue[receiver] + units
        elif kind == "burn":
            books.burn(sender, units)
            held[sender], undue[sender] = held[sender] - units, undue[sender] - bad
        else:
            books.transfer(sender, receiver, units) if kind == "move" else books.caused(
                "TransferForced", 0, sender, receiver, units
            )
            held[sender], undue[sender] = held[sender] - units, undue[sender] - bad
            held[receiver], undue[receiver] = held[receiver] + units, undue[receiver] + bad
    books.mine()
    while books.post(limit).logs:
        pass
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert sum(selectors.accounts_as_of(books.token, books.number).values()) == 0
    assert selectors.positions_as_of(books.token, books.number) == {w: u for w, u in held.items() if u}
    assert selectors.disputed_positions(books.token, books.number) == {w: u for w, u in undue.items() if u}
    assert selectors.rebuild_check(books.token) == []
    for dispute in Dispute.objects.filter(token=books.token):
        left = sum(DisputeEntry.objects.filter(dispute=dispute).values_list("units", flat=True))
        assert left == dispute.remaining
        assert (dispute.state == "OPEN") == (left > 0)
    assert Entry.objects.filter(token=books.token).values("log").distinct().count() == len(steps)


@given(held=st.lists(st.integers(0, 50), max_size=6), units=st.integers(0, 400))
def test_a_split_takes_the_oldest_and_no_more_than_there_is(held: list[int], units: int) -> None:
    taken = split(list(enumerate(held)), units)
    assert sum(part for _, part in taken) == min(units, sum(held))
    assert [pk for pk, _ in taken] == sorted(pk for pk, _ in taken)
    assert all(0 < part <= held[pk] for pk, part in taken)
    untouched = [pk for pk, amount in enumerate(held) if amount and pk not in dict(taken)]
    assert all(pk > max(dict(taken), default=-1) for pk in untouched)
