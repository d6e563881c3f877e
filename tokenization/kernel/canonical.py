"""One text for one value, so that a hash of it can be compared by people, Postgres and Python alike."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from tokenization.kernel.errors import Refused


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise Refused("A time without a zone cannot be written down.", rule="aware times only")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return _plain(value.value)
        case None | bool() | str() | int():
            return value
        case Decimal() if value.is_finite():
            return format(value, "f")
        case datetime():
            return _instant(value)
        case date():
            return value.isoformat()
        case dict() if all(isinstance(key, str) for key in value):
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    raise Refused(f"{type(value).__name__} {value!r} cannot be written down exactly.", rule="canonical JSON, no floats")


def canonical_json(value: Any) -> str:
    """Sorted keys, no spaces, Decimal and date as strings, times in UTC; floats and unknown types are refused."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_hex(content: str | bytes) -> str:
    """ "0x" and 64 lower-case digits; text is hashed as UTF-8."""
    return "0x" + hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()
