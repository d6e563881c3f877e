"""How pages write what the records say: figures as everywhere (kernel.writing), states, hashes and sentences."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from tokenization.kernel import writing
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.writing import EMPTY as EMPTY
from tokenization.theme.grouping import regrouped
from tokenization.theme.told import told

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


def units(value: int | Decimal | None) -> str:
    """1234567 -> 1,234,567, or 12,34,567 for whoever reads in lakh and crore."""
    return regrouped(writing.units(value))


def money(minor: int | None, currency: str) -> str:
    """Minor units -> 'PKR 1,234.56'; a commodity in its measure."""
    said = regrouped(writing.money(minor, currency))
    return told(said) if currency in MEASURES else said


def percent(value: Decimal | None) -> str:
    return regrouped(writing.percent(value))


def price(value: Decimal | None) -> str:
    return regrouped(writing.price(value))


def day(value: date | None) -> str:
    """2 Jul 2026, the month in the page's language."""
    return EMPTY if value is None else f"{value.day} {gettext(f'{value:%b}')} {value.year}"


def when(value: datetime | None) -> str:
    """An instant with the zone it is shown in: 21 Nov 2026 14:05:09 PKT."""
    if value is None:
        return EMPTY
    at = timezone.localtime(value)
    return f"{day(at)} {at:%H:%M:%S %Z}"


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
        return f"{day(at)} {at:%H:%M:%S}.{at.microsecond // 1000:03d} {at:%Z}"

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
