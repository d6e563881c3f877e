"""The letters with which sample houses show that a break is over: what two attach when they close it.

Plain text, plainly a sample: made-up houses and persons; quantities, numbers and hashes are those of the records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from textwrap import fill

from django.utils import timezone

from custody.reconciliation.callers import caller_of
from custody.reconciliation.models import Break
from custody.reconciliation.words import figure
from custody.register.models import Dispute
from tokenization.assurance.repairs import repairs_of
from tokenization.kernel.writing import day, units

Kind = Break.Kind
MARK = "SAMPLE. Made by the rehearsal: house, person and signature are made up; the figures are those of the records."
WIDTH = 96


@dataclass(frozen=True)
class Sender:
    """A made-up house, who signs for it, and how it numbers its letters."""

    house: str
    person: str
    series: str


DEPOSITORY = Sender("Sample Central Depository", "Sana Sample, head of registry operations", "CSD-L")
VAULT = Sender("Sample Bullion Vault", "Viqar Sample, vault manager", "SBV-L")
DEBT_OFFICE = Sender("Debt office (sample)", "Danish Sample, incident officer", "DMO-I")
SENDERS = {Kind.REGISTRY_STATEMENT_MISMATCH: DEPOSITORY, Kind.RESERVE_ITEM: VAULT}


def letter_of(found: Break, at: datetime) -> str:
    """Who writes, under which number and day, about what quantity, what had happened and what was done."""
    sender = SENDERS.get(Kind(found.kind), DEBT_OFFICE)
    quantity = figure(abs(int(found.units)), found.unit, found.token, cash=found.is_cash)
    title = "Incident report" if sender is DEBT_OFFICE else "Letter"
    head = [
        MARK,
        "",
        sender.house,
        f"{title} {sender.series}-{found.pk:04d}",
        day(timezone.localdate(at)),
        "",
        "To: debt office and registrar, for the closing of a break by two",
        f"Break: {found.pk}, {found.get_kind_display()}",
        f"Security: {found.token.name}, {found.token.code}",
        f"Quantity: {quantity}",
        "",
    ]
    told = [fill(words, WIDTH) for words in _told(found, quantity)]
    return "\n".join([*head, "\n\n".join(told), "", f"Signed: {sender.person}, {sender.house}", ""])


def letter_name(found: Break) -> str:
    sender = SENDERS.get(Kind(found.kind), DEBT_OFFICE)
    return f"{sender.series}-{found.pk:04d}-sample.txt"


def _told(found: Break, quantity: str) -> Iterator[str]:
    repairs = {label: words for label, words, _ in repairs_of(found)}
    if found.kind == Kind.REGISTRY_STATEMENT_MISMATCH:
        yield (
            f"Our statement left out {quantity} of what we hold blocked for this security: a blocking was booked out "
            "by mistake after the day's work and booked in again. Nothing left the account; no holder is concerned."
        )
        corrected = repairs.get("Corrected statement", "that follows")
        yield f"Our statement {corrected} shows the whole quantity again and stands in its place."
    elif found.kind == Kind.RESERVE_ITEM:
        item = found.key.removeprefix(f"{found.kind}:")
        opened = day(timezone.localdate(found.opened_by.at))
        yield (
            f"Our list left out the item {item} ({quantity}) by a clerk's mistake. On {opened} "
            "and today two of us saw it in its place and read brand, serial and weight; it never left the vault."
        )
        corrected = repairs.get("Corrected list", "next list")
        yield f"Our {corrected} names it again and stands in place of the earlier one."
    else:
        yield from _incident(found, repairs)


def _incident(found: Break, repairs: dict[str, str]) -> Iterator[str]:
    yield found.story
    told = caller_of(found)
    if told is not None:
        yield f"Sent by {told[1].sender}, a key of no house, to {told[1].to}, which a role granted by mistake let mint."
    dispute = Dispute.objects.filter(log=found.log_id).first()
    left = dispute.remaining if dispute is not None else 0
    removed = repairs.get("Repaired by", "a numbered burn")
    yield f"Removed by {removed}, approved by two persons. Still in dispute: {units(left)} units."
    yield "The role is taken from the key, with the notice that its revocation needs."
