"""How a state writes the numbers of its people. Another state's is one more record here, and its check in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stdnum.exceptions import InvalidComponent, ValidationError
from stdnum.pk import cnic

from tokenization.identity.models import NationalId
from tokenization.kernel.errors import Refused

Scheme = NationalId.Scheme


@dataclass(frozen=True)
class Writing:
    """`validate` gives the bare digits or raises stdnum's ValidationError; `written` puts them as people write them."""

    shape: str
    parts: str
    validate: Callable[[str], str]
    written: Callable[[str], str]


WRITINGS: dict[str, Writing] = {
    Scheme.CNIC: Writing(
        shape="13 digits, written 12345-1234567-1",
        parts="the first digit is 1 to 7, for the province, and the last 1 to 9",
        validate=cnic.validate,
        written=cnic.format,
    ),
}


def national_number(text: str, scheme: str) -> str:
    """The number as it is written. Refused when it is none, without repeating it: refusals are logged and shown."""
    writing = WRITINGS.get(scheme)
    if writing is None:
        raise Refused("This kind of identity number is not known.", field="scheme", rule="a known kind")
    typed = text.strip()
    try:
        digits = writing.validate(typed)
    except InvalidComponent:
        raise Refused(f"No {scheme} is like this: {writing.parts}.", field="number", rule=scheme) from None
    except ValidationError:
        raise Refused(f"A {scheme} has {writing.shape}.", field="number", rule=scheme) from None
    number = writing.written(digits)
    if typed not in (digits, number):
        raise Refused(f"A {scheme} has {writing.shape}.", field="number", rule=scheme)
    return number
