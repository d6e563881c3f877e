"""The sample people of the rehearsal: natural persons have a CNIC that is plainly nobody's, one each."""

from __future__ import annotations

from tokenization.identity.national_ids.schemes import national_number
from tokenization.rehearsal.market.people import DEALERS, INVESTORS
from tokenization.rehearsal.people import BUYERS, NEVER_VALID, Investor
from tokenization.rehearsal.reserve.figures import BUYERS as SAVERS

EVERYBODY: list[Investor] = [*BUYERS, NEVER_VALID, *INVESTORS, *DEALERS, *SAVERS]


def test_every_sample_number_is_well_formed_of_no_place_and_of_one_person() -> None:
    persons = [one for one in EVERYBODY if one.kind == "PERSON"]
    numbers = [one.cnic for one in persons]
    assert len(numbers) == len(set(numbers)) > 12
    assert [national_number(number, "CNIC") for number in numbers] == numbers
    assert {number[:5] for number in numbers} == {"10000"}
    assert {one.cnic for one in EVERYBODY if one.kind != "PERSON"} == {""}
