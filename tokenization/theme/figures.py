"""How figures are written for people: exact, grouped by thousands, with their unit and zone."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from tokenization.kernel.money import Money

# Characters that make a spreadsheet run a cell instead of showing it (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
EMPTY = "–"
_HEX = re.compile(r"0x[0-9a-fA-F]{40,}")
_LONG_NUMBER = re.compile(r"(?<![\w.:/-])(\d{5,}|\d{4,}(?= (?:units|still)\b))(?![\w:/-]|\.\d)")
_ISO_DAY = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])")

TONES = {
    "good": "APPROVED IN_FORCE LIVE ALLOTTED SETTLED DELIVERED DONE FINAL PAID CLOSED REGISTERED REFUNDED",
    "wait": "PENDING DRAFT QUEUED NUMBERED SIGNED BROADCAST MINED SENT PLANNED DUE HELD "
    "AWAITING_CASH CASH_CONFIRMED IMMOBILISED ISSUING",
    "warn": "SUSPENSE UNDELIVERABLE LAPSED WITHDRAWN RELEASED CANCELLED",
    "bad": "REJECTED REVERTED STUCK REFUSED SUSPENDED BROKEN",
}
_TONE_OF = {state: tone for tone, states in TONES.items() for state in states.split()}


def units(value: int | Decimal | None) -> str:
    """1234567 -> 1,234,567; a Decimal keeps every digit it has."""
    return EMPTY if value is None else f"{value:,}"


def money(minor: int | None, currency: str) -> str:
    """Minor units -> 'PKR 1,234.56'."""
    return EMPTY if minor is None else Money(int(minor), currency).format()


def when(value: datetime | None) -> str:
    """An instant with the zone it is shown in: 21 Nov 2026 14:05:09 PKT."""
    if value is None:
        return EMPTY
    return timezone.localtime(value).strftime("%-d %b %Y %H:%M:%S %Z")


def day(value: date | None) -> str:
    return EMPTY if value is None else value.strftime("%-d %b %Y")


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


def cell_text(value: Any) -> str:
    """A cell for CSV that no spreadsheet runs: figures stay figures, what else starts like a formula is quoted."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return str(value)
    text = "" if value is None else value.isoformat() if isinstance(value, (date, datetime)) else str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
