"""JSON Lines in, JSON Lines out: one answer for every line, in order, whatever the line holds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from issuance.maths.faults import Fault
from issuance.maths.fields import LONGEST_TEXT, Inexact, Members, load
from issuance.maths.quotes.answer import answer
from issuance.maths.quotes.request import request_of

LONGEST_LINE = 65_536
_ID = re.compile(r'"id"\s*:\s*("(?:[^"\\\x00-\x1f]|\\["\\/bfnrt])*"|-?(?:0|[1-9][0-9]{0,30})(?![0-9.eE]))')
_ENCODER = json.JSONEncoder(separators=(", ", ": "))


def answer_lines(lines: Iterable[bytes]) -> Iterator[str]:
    """One JSON object per line of input, without line end; never raises for what a line holds."""
    return (answer_line(line) for line in lines)


def answer_line(line: bytes) -> str:
    """`{"id", figures...}`, or `{"id", "error": {"field", "rule"}}`; the field `line` means all of it."""
    try:
        text = _text(line)
    except Fault as fault:
        return _refused(None, fault)
    try:
        value = load(text, "line")
    except Fault as fault:
        return _refused(_torn_id(text), fault)
    if not isinstance(value, Members):
        return _refused(None, Fault("line", "a JSON object"))
    known = value.get("id")
    try:
        return _ENCODER.encode({"id": _id_of(known), **answer(request_of(value))})
    except Fault as fault:
        return _refused(known, fault)


def _refused(known: object, fault: Fault) -> str:
    error = {"field": fault.field, "rule": fault.rule}
    return _ENCODER.encode({"id": known if _is_id(known) else None, "error": error})


def _text(line: bytes) -> str:
    if len(line) > LONGEST_LINE:
        raise Fault("line", f"a line of at most {LONGEST_LINE} bytes")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("line", "UTF-8 text") from None
    if not text.strip():
        raise Fault("line", "a JSON object, not an empty line")
    return text


def _torn_id(text: str) -> object:
    """The id of a line that may turn out not to be JSON."""
    found = _ID.search(text)
    return json.loads(found[1]) if found else None


def _is_id(value: object) -> bool:
    if isinstance(value, str) and not isinstance(value, Inexact):
        return 0 < len(value) <= LONGEST_TEXT
    return type(value) is int and abs(value) < 10**30


def _id_of(value: object) -> object:
    if not _is_id(value):
        raise Fault("id", f"a string of 1 to {LONGEST_TEXT} characters, or a whole number")
    return value
