from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenization.kernel.errors import Refused
from tokenization.kernel.units import face_minor, format_units, whole_units


def test_face_is_units_times_denomination() -> None:
    assert face_minor(250, 500_000) == 125_000_000
    assert face_minor(0, 500_000) == 0


@given(st.integers(0, 10**15), st.integers(1, 10**12))
def test_units_of_the_face_are_the_units(units: int, denomination: int) -> None:
    assert whole_units(face_minor(units, denomination), denomination) == units


def test_a_face_between_two_units_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        whole_units(500_001, 500_000)
    assert refusal.value.rule == "multiple of the denomination"


@pytest.mark.parametrize(("units", "denomination"), [(-1, 1), (1, 0), (1, -5)])
def test_negative_quantities_are_refused(units: int, denomination: int) -> None:
    with pytest.raises(Refused):
        face_minor(units, denomination)
    with pytest.raises(Refused):
        whole_units(units, denomination)


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_only_integers_are_units(value: Any) -> None:
    for call in (lambda: face_minor(value, 1), lambda: whole_units(1, value), lambda: format_units(value)):
        with pytest.raises(Refused, match="not a whole number"):
            call()


def test_format_groups_thousands() -> None:
    assert format_units(1_250_000) == "1,250,000"
