from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tokenization.kernel import clock
from tokenization.kernel.errors import (
    Busy,
    Conflict,
    LineProblem,
    NotAllowed,
    PlatformError,
    Problems,
    Refused,
    Unavailable,
)
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import GuardSql, OwnerGuardSql, _enclosed


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 22, 30, tzinfo=timezone(timedelta(hours=1)))


class NaiveClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1)  # noqa: DTZ001


HERE = "tests.unit.kernel.test_errors_clock_states"


def test_an_error_reads_as_a_sentence_with_the_next_step() -> None:
    error = Refused("The ISIN is wrong.", field="isin", rule="ISO 6166", next_step="Check its last digit.")
    assert str(error) == "The ISIN is wrong. Check its last digit."
    assert (error.field, error.rule, error.message) == ("isin", "ISO 6166", "The ISIN is wrong.")
    assert str(Refused("Plain.")) == "Plain."


@pytest.mark.parametrize(
    ("kind", "retryable"),
    [(Refused, False), (Conflict, False), (NotAllowed, False), (Problems, False), (Busy, True), (Unavailable, True)],
)
def test_what_may_be_tried_again(kind: type[PlatformError], retryable: bool) -> None:
    assert issubclass(kind, PlatformError)
    assert kind.retryable is retryable


def test_problems_name_line_field_and_rule() -> None:
    error = Problems(
        [LineProblem(3, "isin", "ISO 6166", "wrong check digit"), LineProblem(0, "", "encoding", "not UTF-8")]
    )
    assert str(error) == (
        "Nothing was imported: line 3, isin: wrong check digit (ISO 6166); file: not UTF-8 (encoding). "
        "Correct the file and send it again whole."
    )
    assert [problem.line for problem in error.problems] == [3, 0]


def test_many_problems_are_counted_after_the_first_twenty() -> None:
    error = Problems(LineProblem(line, "units", "positive", "negative") for line in range(1, 31))
    assert len(error.problems) == 30
    assert "line 20," in str(error)
    assert "line 21," not in str(error)
    assert "and 10 more" in str(error)


def test_the_clock_of_the_settings_is_asked_and_answers_in_utc(settings: object) -> None:
    settings.CLOCK = f"{HERE}.FixedClock"  # type: ignore[attr-defined]
    assert clock.now() == datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    assert clock.today("Asia/Karachi") == date(2026, 3, 2)
    assert clock.today("Europe/London") == date(2026, 3, 1)


def test_a_clock_without_a_zone_is_a_fault(settings: object) -> None:
    settings.CLOCK = f"{HERE}.NaiveClock"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="without a zone"):
        clock.now()


def test_the_wall_clock_is_the_machine_s() -> None:
    before = datetime.now(UTC)
    assert before <= clock.WallClock().now() <= datetime.now(UTC)


def test_a_machine_knows_its_states_from_its_transitions() -> None:
    machine = Machine(transitions={"DRAFT": {"OPEN", "DROPPED"}, "OPEN": {"CLOSED"}})
    assert machine.states == ["CLOSED", "DRAFT", "DROPPED", "OPEN"]
    assert machine.allows("DRAFT", "OPEN")
    assert not machine.allows("OPEN", "DRAFT")
    assert not machine.allows("NOWHERE", "DRAFT")
    assert [state for state in machine.states if machine.is_final(state)] == ["CLOSED", "DROPPED"]
    assert machine.choices()[1] == ("DRAFT", "Draft")


@pytest.mark.parametrize(
    ("text", "whole"), [("(a)", True), ("((a) OR b)", True), ("(a) OR b", False), ("(a) OR (b)", False), ("a", False)]
)
def test_a_condition_is_bracketed_as_a_whole_or_not(text: str, whole: bool) -> None:
    assert _enclosed(text) is whole


@pytest.mark.parametrize("kind", [GuardSql, OwnerGuardSql])
def test_no_session_variable_switches_a_guard_off(kind: type[GuardSql]) -> None:
    text = str(kind(pgid="g", func="RETURN NEW;", table="t", when="BEFORE", operation="INSERT"))
    assert "should_ignore" not in text
    assert ("SECURITY DEFINER SET search_path = public, pg_temp" in text) is (kind is OwnerGuardSql)
