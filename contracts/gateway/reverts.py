"""Why a contract refused, in a sentence an officer understands. The sentences are data: `sentences.py`."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_abi.exceptions import DecodingError

from contracts.gateway.abi import custom_errors, decode_arguments, named
from contracts.gateway.codec import decode
from contracts.gateway.roles import ChainRole
from contracts.gateway.sentences import SENTENCES

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")
_PANICS = {
    0x01: "an assertion failed",
    0x11: "a number grew too large or fell below zero",
    0x12: "a division by zero",
    0x21: "a value outside its list",
    0x32: "an index outside a list",
    0x41: "too much memory asked for",
}
_LAST_TIME = 253_402_300_799  # 31 December 9999, the last that a datetime holds
OPAQUE = ("country", "category")
_NO_NAMES: Mapping[str, str] = {}


def explain(data: bytes, fallback: str = "", *, names: Mapping[str, str] = _NO_NAMES) -> str:
    """The reason in words. `fallback` is the node's own text, used when the data says nothing.

    `names` gives addresses (lower case) the names the reader knows, a series' ISIN or whose wallet it is, and opaque
    codes their meaning ("country:4711", "category:17").
    """
    head, rest = data[:4], data[4:]
    try:
        if head == _ERROR_STRING:
            return f"The contract refuses: {decode(['string'], rest)[0]}."
        if head == _PANIC:
            code = decode(["uint256"], rest)[0]
            return f"The contract stopped: {_PANICS.get(code, f'panic code {code}')}."
        known = custom_errors().get(head)
        if known:
            _, entry = known
            return sentence(str(entry["name"]), named(entry["inputs"], decode_arguments(entry, rest)), names=names)
    except (DecodingError, OverflowError):
        pass
    if head:
        return f"The contract refuses with an error that no artifact of ours declares (0x{head.hex()})."
    return f"The contract refuses without a reason{f' ({fallback})' if fallback else ''}."


def error_name(data: bytes) -> str:
    """The name of the custom error, empty if it is none of ours."""
    known = custom_errors().get(data[:4])
    return str(known[1]["name"]) if known else ""


def sentence(name: str, args: Mapping[str, Any], *, names: Mapping[str, str] = _NO_NAMES) -> str:
    """The error's sentence with its arguments; one that has no sentence is spelled out."""
    if name in SENTENCES:
        return _Words(names).vformat(SENTENCES[name], (), args)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    details = ", ".join(f"{_spaced(k)} {v}" for k, v in args.items() if k)
    return f"The contract refuses: {words}{f' ({details})' if details else ''}."


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower().strip("_")


@dataclass
class _Words(string.Formatter):
    """Fills the braces: `{requested-room:kind}` is a difference, the kind says how a number is read."""

    names: Mapping[str, str]

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        more, minus, less = str(key).partition("-")
        return int(kwargs[more]) - int(kwargs[less]) if minus else kwargs[more]

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return self.names.get(value.lower(), value)
        if isinstance(value, bool) or not isinstance(value, int):
            return "0x" + value.hex() if isinstance(value, bytes) else str(value)
        if format_spec in OPAQUE:
            return self.names.get(f"{format_spec}:{value}", f"{format_spec} code {value}")
        return READINGS[format_spec](value)


def when(seconds: int) -> str:
    """A time on chain as a date: everybody sees the same one."""
    if not seconds:
        return "no time at all"
    if seconds > _LAST_TIME:
        return "the end of time"
    return f"{datetime.fromtimestamp(seconds, UTC):%d %B %Y %H:%M:%S} UTC"


def span(seconds: int) -> str:
    """A duration in its largest whole unit."""
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            count = seconds // size
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    return f"{seconds:,} seconds"


READINGS: dict[str, Callable[[int], str]] = {
    "": lambda value: f"{value:,}",
    "plain": str,
    "when": when,
    "span": span,
    "role": lambda value: ChainRole(value).name if value in ChainRole._value2member_map_ else str(value),
    "bps": lambda value: f"{value // 100:,}.{value % 100:02d} %",
    # Faces are kept in millionths of a minor unit.
    "micro": lambda value: f"{value // 10**6:,}" + (f".{value % 10**6:06d}".rstrip("0") if value % 10**6 else ""),
}
