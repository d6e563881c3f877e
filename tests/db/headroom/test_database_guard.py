"""The ceilings hold in the database itself: raw SQL, no service, as the application's own role."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from issuance.headroom.models import Commitment
from issuance.headroom.services import commitment_take
from tests.factories import issuance as made
from tokenization.local.postgres import OWNER

FULL = 10_000
COLUMNS = (
    "key", "series_id", "units", "face_minor", "proceeds_minor", "settles_on", "frees_on", "programme_minor",
    "envelope_minor", "authority_minor", "programme_rate_id", "envelope_rate_id", "authority_rate_id", "taken_at",
    "state", "release_reason",
)  # fmt: skip
INSERT = f"INSERT INTO headroom_commitment ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"


def row_of(series, units, key, **changes):
    face = units * made.DENOMINATION
    values = {
        "key": key,
        "series_id": series.pk,
        "units": units,
        "face_minor": face,
        "proceeds_minor": face,
        "settles_on": series.issue_date,
        "frees_on": series.maturity_date,
        "programme_minor": face,
        "envelope_minor": face,
        "authority_minor": face,
        "taken_at": made.NOW,
        "state": "HELD",
        "release_reason": "",
    } | changes
    return [values.get(column) for column in COLUMNS]


def insert(series, units, key, **changes):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, row_of(series, units, key, **changes))


@pytest.mark.django_db
def test_raw_sql_past_a_ceiling_is_refused():
    series = made.series(made.office())
    insert(series, FULL, "raw, full")
    with pytest.raises(
        IntegrityError, match="commitment_ceilings_hold: series ceiling 10000 passed by 1 on 2026-07-02"
    ):
        insert(series, 1, "raw, one more")
    assert list(Commitment.objects.values_list("key", "units")) == [("raw, full", FULL)]


@pytest.mark.django_db
@pytest.mark.parametrize("level", ["programme", "envelope", "authority"])
def test_raw_sql_is_refused_at_each_level_by_amount(level):
    people = made.office()
    small, large = 100 * made.DENOMINATION, 200 * made.DENOMINATION
    authority = made.authority(people, ceiling_minor=small if level == "authority" else large)
    envelope = made.envelope(people, authority, amount_minor=large if level == "programme" else small)
    programme = made.programme(people, envelope, ceiling_minor=small)
    insert(made.series(people, programme, ceiling_units=100), 100, "full")
    other = made.series(people, programme, ceiling_units=100)
    with pytest.raises(IntegrityError, match=r"commitment_ceilings_hold: \w+ ceiling 10000000 passed by 100000 on"):
        insert(other, 1, "more")
    assert Commitment.objects.count() == 1


@pytest.mark.django_db
def test_raw_sql_rolls_over_on_the_maturity_day_and_not_before():
    people = made.office()
    programme = made.programme(people)
    old = made.series(people, programme)
    insert(old, FULL, "old")
    early = made.series(people, programme, issue_date=old.maturity_date - timedelta(days=1))
    with pytest.raises(IntegrityError, match="programme ceiling 1000000000 passed by 1000000000 on 2026-09-23"):
        insert(early, FULL, "early")
    insert(made.series(people, programme, issue_date=old.maturity_date), FULL, "on the day")
    assert sorted(Commitment.objects.values_list("key", flat=True)) == ["old", "on the day"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"face_minor": 1},
        {"programme_minor": 1},
        {"envelope_minor": 1},
        {"authority_minor": 1},
        {"frees_on": made.MATURITY - timedelta(days=1)},
        {"settles_on": made.ISSUE - timedelta(days=1)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_raw_sql_cannot_weigh_less_than_the_terms_say(changes):
    series = made.series(made.office())
    with pytest.raises(IntegrityError, match="commitment_follows_terms: light"):
        insert(series, 10, "light", **changes)
    assert Commitment.objects.count() == 0


@pytest.mark.django_db
def test_raw_sql_under_a_draft_series_is_refused():
    people = made.office()
    programme = made.programme(people)
    draft = made.series_draft(**made.series_terms(programme), actor=people.maker, now=people.now)
    with pytest.raises(IntegrityError, match="commitment_follows_terms"):
        insert(draft, 1, "draft")


@pytest.mark.django_db
def test_a_commitment_is_released_once_and_never_edited_or_deleted():
    series = made.series(made.office())
    insert(series, 10, "kept")
    row = Commitment.objects.filter(key="kept")
    release = {"state": "RELEASED", "released_at": made.NOW, "release_reason": "raw"}
    for change in ({"units": 9}, {**release, "units": 9}, {"settles_on": date(2026, 7, 3)}, {"release_reason": "x"}):
        with pytest.raises(IntegrityError, match="commitment_released_once"), transaction.atomic():
            row.update(**change)
    row.update(**release)
    with pytest.raises(IntegrityError, match="commitment_released_once"), transaction.atomic():
        row.update(state="HELD", released_at=None, release_reason="")
    for statement in ("DELETE FROM headroom_commitment", "TRUNCATE headroom_commitment CASCADE"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert list(row.values_list("units", "state")) == [(10, "RELEASED")]


def test_control_the_trigger_is_what_refuses(postgres, fresh_db):
    """The same statement passes once the owner has switched this one trigger off, and is refused with it on."""
    series = made.series(made.office())
    insert(series, FULL, "full")
    with pytest.raises(IntegrityError, match="commitment_ceilings_hold"):
        insert(series, 1, "one more")
    with postgres.postgres.connect(fresh_db, OWNER) as owner:
        [name] = owner.execute(
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_commitment_ceilings_hold%'"
        ).fetchone()
        owner.execute(f"ALTER TABLE headroom_commitment DISABLE TRIGGER {name}")
    insert(series, 1, "one more")
    assert sum(Commitment.objects.values_list("units", flat=True)) == FULL + 1


def _race(address, work):
    """Run `work(connection)` in two sessions of their own: both insert before either commits. Errors, by session."""
    outcomes: dict[int, str] = {}

    def session(number):
        with psycopg.connect(address) as own:
            try:
                work(own, number)
                own.commit()
                outcomes[number] = "committed"
            except psycopg.Error as error:
                outcomes[number] = str(error)

    threads = [threading.Thread(target=session, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_two_concurrent_raw_inserts_cannot_both_pass(postgres, fresh_db):
    people = made.office()
    programme = made.programme(people)
    pair = {1: made.series(people, programme), 2: made.series(people, programme)}

    def work(own, number):
        own.execute(INSERT, row_of(pair[number], FULL // 2 + 1, f"raw {number}"))

    outcomes = _race(postgres.url(fresh_db), work)

    assert sorted(outcome == "committed" for outcome in outcomes.values()) == [False, True]
    assert any("commitment_ceilings_hold: programme ceiling" in outcome for outcome in outcomes.values())
    assert Commitment.objects.count() == 1


def test_two_concurrent_takes_cannot_both_pass(fresh_db):
    """Two connections, two services, more together than the ceiling: the second waits, looks again, and is refused."""
    people = made.office()
    programme = made.programme(people)
    pair = [made.series(people, programme), made.series(people, programme)]
    holding, proceed, outcomes = threading.Event(), threading.Event(), {}

    def first():
        with transaction.atomic():
            commitment_take(
                series=pair[0], units=6_000, settles_on=made.ISSUE, key="first", actor=people.maker, now=people.now
            )
            holding.set()
            assert proceed.wait(30)
        connection.close()

    def second():
        try:
            commitment_take(
                series=pair[1], units=6_000, settles_on=made.ISSUE, key="second", actor=people.maker, now=people.now
            )
            outcomes["second"] = None
        except Exception as error:  # noqa: BLE001  (the assertion below names it)
            outcomes["second"] = error
        finally:
            connection.close()

    one, two = threading.Thread(target=first), threading.Thread(target=second)
    one.start()
    assert holding.wait(30)
    two.start()
    # The second really waits for the first one's rows before it decides.
    _until(lambda: _waiting_sessions() == 1)
    assert "second" not in outcomes
    proceed.set()
    one.join(30)
    two.join(30)

    assert type(outcomes["second"]).__name__ == "HeadroomExceeded"
    assert outcomes["second"].excess == 2_000 * made.DENOMINATION
    assert list(Commitment.objects.values_list("key", "units")) == [("first", 6_000)]


def _waiting_sessions():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE NOT l.granted AND a.datname = current_database()"
        )
        return cursor.fetchone()[0]


def _until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)
