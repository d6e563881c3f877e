"""Locks are really taken, in one order, inside a transaction, and never waited for without end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import transaction

from tests.factories.identity import party, person
from tokenization.identity.models import Party, PartyMember, User
from tokenization.kernel.errors import Busy
from tokenization.kernel.locks import LockOrder, advisory_xact_lock, lock_first, lock_rows

Connect = Callable[..., psycopg.Connection[Any]]
TAKE = "SELECT 1 FROM identity_party WHERE id = %s FOR NO KEY UPDATE"


def test_a_second_connection_waits_while_we_hold_and_goes_on_afterwards(connect: Connect) -> None:
    mine, other = party(), connect()
    other.execute("SET lock_timeout = '200ms'")
    with transaction.atomic():
        assert lock_rows(Party.objects.filter(pk=mine.pk)) == [[mine]]
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute(TAKE, [mine.pk])
        # Control: a child row may still be checked against its parent, or every insert would wait for us.
        other.execute("SELECT 1 FROM identity_party WHERE id = %s FOR KEY SHARE", [mine.pk])
    assert other.execute(TAKE, [mine.pk]).fetchone() == (1,)


def test_a_lock_held_elsewhere_is_busy_and_may_be_tried_again(connect: Connect) -> None:
    mine, other = party(), connect()
    other.execute("BEGIN")
    other.execute(TAKE, [mine.pk])
    with pytest.raises(Busy, match="party is being changed") as busy, transaction.atomic():
        lock_rows(Party.objects.filter(pk=mine.pk), timeout_ms=200)
    assert busy.value.retryable
    other.execute("ROLLBACK")
    with transaction.atomic():
        assert lock_rows(Party.objects.filter(pk=mine.pk)) == [[mine]]


@pytest.mark.django_db
def test_outside_a_transaction_no_lock_is_taken() -> None:
    # The test case's own transaction does not count: in production there would be none.
    for call in (
        lambda: lock_rows(Party.objects.all()),
        lambda: lock_first(Party.objects.all()),
        lambda: advisory_xact_lock("x"),
    ):
        with pytest.raises(LockOrder, match="inside transaction.atomic"):
            call()


@pytest.mark.django_db
def test_lists_come_back_as_asked_each_in_order_of_its_key() -> None:
    users = [person("AUDITOR") for _ in range(2)]
    parties = [party() for _ in range(3)]
    with transaction.atomic():
        found = lock_rows(
            User.objects.filter(pk__in=[u.pk for u in users]),
            Party.objects.filter(pk__in=[p.pk for p in parties]).order_by("-pk"),
            PartyMember.objects.none(),
        )
    assert found == [users, parties, []]
    with transaction.atomic():
        assert lock_rows() == []


@transaction.atomic
def in_turn(*querysets: Any) -> None:
    for queryset in querysets:
        lock_rows(queryset)


@pytest.mark.django_db
def test_a_later_call_may_not_go_back() -> None:
    first, second, user = party(), party(), person("AUDITOR")
    rows = Party.objects.filter
    with pytest.raises(LockOrder, match="identity_party"):
        in_turn(rows(pk=second.pk), rows(pk=first.pk))
    with pytest.raises(LockOrder):
        in_turn(User.objects.filter(pk=user.pk), rows(pk=first.pk))
    with transaction.atomic():
        lock_rows(rows(pk=first.pk))
        lock_rows(rows(pk=second.pk))
        lock_rows(User.objects.filter(pk=user.pk))
        assert lock_rows(rows(pk=first.pk)) == [[first]], "what is held may be asked for again"


@pytest.mark.django_db
def test_a_new_transaction_begins_anew() -> None:
    first, second = party(), party()
    for mine in (second, first, second):
        with transaction.atomic():
            assert lock_rows(Party.objects.filter(pk=mine.pk)) == [[mine]]


@pytest.mark.django_db
def test_a_rolled_back_savepoint_forgets_its_locks() -> None:
    first, second = party(), party()
    with transaction.atomic():
        inner = transaction.savepoint()
        lock_rows(Party.objects.filter(pk=second.pk))
        transaction.savepoint_rollback(inner)
        assert lock_rows(Party.objects.filter(pk=first.pk)) == [[first]]


def test_committed_transactions_on_one_connection_do_not_remember_each_other(connect: Connect) -> None:
    first, second = party(), party()
    for mine in (second, first):
        with transaction.atomic():
            assert lock_rows(Party.objects.filter(pk=mine.pk)) == [[mine]]


@pytest.mark.django_db
def test_what_a_transaction_is_about_is_locked_first() -> None:
    mine, other = party(), party()
    with transaction.atomic():
        assert lock_first(Party.objects.filter(pk=other.pk)) == [other]
        assert lock_rows(Party.objects.filter(pk=mine.pk)) == [[mine]]
    with transaction.atomic():
        lock_rows(Party.objects.filter(pk=mine.pk))
        with pytest.raises(LockOrder, match="before every other"):
            lock_first(Party.objects.filter(pk=other.pk))


def test_a_named_lock_is_held_until_the_transaction_ends(connect: Connect) -> None:
    other = connect()
    taken = "SELECT pg_try_advisory_xact_lock(hashtextextended('posting', 0))"
    with transaction.atomic():
        advisory_xact_lock("posting")
        assert other.execute(taken).fetchone() == (False,)
        assert other.execute(taken.replace("posting", "other")).fetchone() == (True,)
    assert other.execute(taken).fetchone() == (True,)
    other.execute("BEGIN")
    other.execute(taken)
    with pytest.raises(Busy, match="posting is at work elsewhere"), transaction.atomic():
        advisory_xact_lock("posting", timeout_ms=200)
