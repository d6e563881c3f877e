"""How pages write what the records say: figures as everywhere (kernel.writing), states, hashes and sentences."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from tokenization.kernel.writing import EMPTY as EMPTY
from tokenization.kernel.writing import day as day
from tokenization.kernel.writing import money as money
from tokenization.kernel.writing import percent as percent
from tokenization.kernel.writing import price as price
from tokenization.kernel.writing import units as units
from tokenization.kernel.writing import when as when

_HEX = re.compile(r"0x[0-9a-fA-F]{40,}")
_LONG_NUMBER = re.compile(r"(?<![\w.:/-])(\d{5,}|\d{4,}(?= (?:units|still)\b))(?![\w:/-]|\.\d)")
_ISO_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")

_ISO_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00")

TONES = {
    "good": "APPROVED IN_FORCE LIVE ALLOTTED SETTLED DELIVERED DONE FINAL PAID CLOSED REGISTERED REFUNDED",
    "wait": "PREPARED RECORDED PENDING DRAFT QUEUED NUMBERED SIGNED BROADCAST MINED SENT PLANNED DUE HELD "
    "AWAITING_CASH CASH_CONFIRMED IMMOBILISED ISSUING",
    "warn": "RESERVED SUSPENSE UNDELIVERABLE LAPSED WITHDRAWN RELEASED CANCELLED",
    "bad": "REJECTED REVERTED STUCK REFUSED SUSPENDED BROKEN",
}
_TONE_OF = {state: tone for tone, states in TONES.items() for state in states.split()}


def words(state: Any) -> str:
    """AWAITING_CASH -> 'awaiting cash'."""
    return EMPTY if state in (None, "") else str(state).replace("_", " ").lower()


def short(value: str | None) -> str:
    """A hash or address by its two ends; the whole value stands in the page's title or detail."""
    if not value:
        return EMPTY
    return value if len(value) <= 16 else f"{value[:8]}…{value[-6:]}"


def hashed(value: str | None) -> SafeString | str:
    """A hash or address by its two ends, whole in its title; an account that is none is said in words."""
    if not value or not _HEX.match(value):
        return words(value)
    return format_html('<code title="{}">{}</code>', value, short(value))


def shortened(text: Any) -> str:
    """The text with every hash and address in it by its two ends."""
    return _HEX.sub(lambda found: short(found[0]), str(text))


def plain(text: Any) -> str:
    """A sentence of the records for people: long numbers grouped, days as people write them, kind:name as words."""
    said = re.sub(r"^([a-z_]+):(?=[^\s:]+$)", r"\1 ", str(text))
    said = _ISO_DAY.sub(lambda found: day(date.fromisoformat(found[0])), said)
    return _LONG_NUMBER.sub(lambda found: units(int(found[0])), said)


def instants(text: Any) -> str:
    """A sentence with its instants in the zone of these pages, to the millisecond: 1 Jul 2026 12:00:00.000 PKT."""

    def shown(found: re.Match[str]) -> str:
        at = timezone.localtime(datetime.fromisoformat(found[0]))
        return f"{at:%-d %b %Y %H:%M:%S}.{at.microsecond // 1000:03d} {at:%Z}"

    return _ISO_INSTANT.sub(shown, str(text))


def prose(text: Any) -> SafeString | str:
    """As `plain`, with every hash and address by its two ends."""
    if text in (None, ""):
        return EMPTY
    parts, end, told = [], 0, str(text)
    for found in _HEX.finditer(told):
        parts += [conditional_escape(plain(told[end : found.start()])), hashed(found[0])]
        end = found.end()
    return mark_safe("".join([*parts, conditional_escape(plain(told[end:]))]))  # noqa: S308 every part is escaped above


def tone(state: Any) -> str:
    """The colour family of a state; plain when a state carries no judgement."""
    return _TONE_OF.get(str(state), "plain")
