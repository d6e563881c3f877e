"""Units: what one token counts. Face = units x denomination, exactly; debt tokens have no decimals."""

from __future__ import annotations

from tokenization.kernel.errors import Refused


def _whole(value: int, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(f"{value!r} is not a whole number.", field=field, rule="integers only")
    return value


def face_minor(units: int, denomination_minor: int) -> int:
    """Face amount in minor units."""
    if _whole(units, "units") < 0 or _whole(denomination_minor, "denomination") <= 0:
        raise Refused(
            "Units are not negative and a denomination is above zero.", field="units", rule="positive quantities"
        )
    return units * denomination_minor


def whole_units(face: int, denomination_minor: int) -> int:
    """Units in a face amount (minor units); refused unless the face is a whole multiple of the denomination."""
    if _whole(face, "face") < 0 or _whole(denomination_minor, "denomination") <= 0:
        raise Refused(
            "A face is not negative and a denomination is above zero.", field="face", rule="positive quantities"
        )
    units, rest = divmod(face, denomination_minor)
    if rest:
        raise Refused(
            "The face amount is not a whole number of units.", field="face", rule="multiple of the denomination"
        )
    return units


def format_units(units: int) -> str:
    """With thousands separators: "1,250,000"."""
    return f"{_whole(units, 'units'):,}"
