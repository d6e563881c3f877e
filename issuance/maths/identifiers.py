"""ISIN check (ISO 6166). Check digits by python-stdnum.

Test data uses the ISO 3166 user-assigned country code XX, which no numbering agency holds, so that a synthetic ISIN
passes every structural check and can never be a real security.
"""

from __future__ import annotations

from stdnum import isin as stdnum_isin
from stdnum.exceptions import ValidationError

SYNTHETIC_PREFIX = "XX"


def isin_valid(text: str) -> bool:
    """Whether `text` is a compact upper-case ISIN with a right check digit (synthetic prefix included)."""
    if len(text) != 12 or text != stdnum_isin.compact(text).upper():
        return False
    if text.startswith(SYNTHETIC_PREFIX):
        return text.isalnum() and text.isascii() and stdnum_isin.calc_check_digit(text[:-1]) == text[-1]
    try:
        stdnum_isin.validate(text)
    except ValidationError:
        return False
    return True


def synthetic_isin(number: int) -> str:
    """A synthetic ISIN, plainly so: XXTEST + five digits + check digit; `number` 0 to 99,999."""
    if not 0 <= number <= 99_999:
        raise ValueError("number: 0 to 99,999")
    stem = f"{SYNTHETIC_PREFIX}TEST{number:05d}"
    return stem + str(stdnum_isin.calc_check_digit(stem))
