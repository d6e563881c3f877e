"""Reading the fields of a JSON document strictly: exact numbers only, every refusal names the field and the rule."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal

from issuance.maths.faults import Fault

_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,30})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,24}", re.ASCII)
LONGEST_TEXT = 200


class Inexact(str):
    """A JSON number with a point or an exponent, or NaN or Infinity: kept as written, accepted nowhere."""

    __slots__ = ()


class Members(dict[str, object]):
    """A JSON object; `repeated` is a name it gives twice, if any."""

    repeated: str | None = None


def _members(pairs: list[tuple[str, object]]) -> Members:
    members = Members(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        members.repeated = next(name for name in names if names.count(name) > 1)
    return members


_DECODER = json.JSONDecoder(parse_float=Inexact, parse_constant=Inexact, object_pairs_hook=_members)


def load(text: str, whole: str) -> object:
    """The JSON value of `text`, its inexact numbers kept as text; Fault on `whole` when it is no JSON."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise Fault(whole, "JSON nested less deeply") from None
    except ValueError as error:
        raise Fault(whole, f"valid JSON ({error})"[:LONGEST_TEXT]) from None


def members_of(value: object, whole: str, known: frozenset[str]) -> Members:
    """`value`, called `whole`, as an object with no other names than `known`, none of them twice."""
    if not isinstance(value, Members):
        raise Fault(whole, "a JSON object")
    if value.repeated is not None:
        raise Fault(value.repeated[:LONGEST_TEXT], "given once")
    if not value.keys() <= known:
        unknown = min(value.keys() - known)
        raise Fault(unknown[:LONGEST_TEXT], f"not a known field; known: {', '.join(sorted(known))}")
    return value


def decimal_of(value: object, field: str) -> Decimal:
    """A plain decimal number in a string, or a JSON integer."""
    if type(value) is int:
        value = str(value) if abs(value) < 10**15 else ""
    if isinstance(value, Inexact):
        raise Fault(field, "an exact number: a decimal in a string, not a JSON float")
    if not isinstance(value, str):
        raise Fault(field, 'a decimal number in a string, such as "97.4217"')
    if not _PLAIN.fullmatch(value):
        raise Fault(field, "a plain decimal number: digits and one point; no exponent, sign +, space, NaN or Infinity")
    number = Decimal(value)
    return number if number else Decimal(0)


def whole_of(value: object, field: str) -> int:
    """A whole number of 0 or more: a JSON integer or a string of digits."""
    if type(value) is int and 0 <= value < 10**24:
        return value
    if isinstance(value, str) and not isinstance(value, Inexact) and _WHOLE.fullmatch(value):
        return int(value)
    raise Fault(field, "a whole number of 0 or more, without point or exponent")


def date_of(value: object, field: str) -> date:
    """A date written YYYY-MM-DD."""
    if isinstance(value, str) and not isinstance(value, Inexact) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise Fault(field, f"a date that exists, not {value}") from None
    raise Fault(field, 'a date "YYYY-MM-DD"')


def text_of(value: object, field: str) -> str:
    """A string of 1 to 200 characters."""
    if isinstance(value, str) and not isinstance(value, Inexact) and 0 < len(value) <= LONGEST_TEXT:
        return value
    raise Fault(field, f"a string of 1 to {LONGEST_TEXT} characters")


def truth_of(value: object, field: str) -> bool:
    """true or false."""
    if isinstance(value, bool):
        return value
    raise Fault(field, "true or false")


def at_most_places(value: Decimal, places: int, field: str) -> Decimal:
    """`value` if it has no more decimals than `places`."""
    if value != value.quantize(Decimal(1).scaleb(-places)):
        raise Fault(field, f"at most {places} decimals")
    return value
