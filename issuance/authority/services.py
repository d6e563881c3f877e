"""Drafting and closing of authorities and envelopes. Putting one in force is an approval (actions.py)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from issuance.authority.fx import check_joined
from issuance.authority.instruments import check_carries
from issuance.authority.models import BudgetEnvelope, LegalAuthority, authority_machine, envelope_machine
from issuance.authority.proposals import draft_save
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.bounds import check_day, check_minor
from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.money import minor_digits
from tokenization.kernel.writing import day


@transaction.atomic
def authority_draft(
    *,
    reference: str,
    title: str,
    law: str,
    instrument: str = "STATUTE",
    kind: str = "BORROWING",
    measure: str = "STOCK",
    basis: str = "FACE",
    currency: str,
    ceiling_minor: int,
    restores_on_redemption: bool = True,
    valid_from: date,
    valid_until: date,
    actor: User,
    now: datetime,
) -> LegalAuthority:
    """Draft a legal authority. Refused with the field when the terms contradict each other, Conflict when the
    reference is taken."""
    require_power(actor, Power.AUTHORITY_DRAFT)
    _positive(ceiling_minor, "ceiling_minor", "The ceiling")
    _ordered(valid_from, valid_until, "valid_from", "valid_until")
    if (measure, restores_on_redemption) in {("GROSS", True), ("NET", False)}:
        raise Refused(
            f"A {measure.lower()} ceiling {'never gives' if restores_on_redemption else 'always gives'} room back.",
            field="restores_on_redemption",
            rule="authority.measure",
        )
    check_carries("AUTHORITY", instrument)
    _check_counts(kind, currency, basis)
    row = LegalAuthority(
        reference=reference,
        title=title,
        law=law,
        instrument=instrument,
        kind=kind,
        measure=measure,
        basis=basis,
        currency=currency,
        ceiling_minor=ceiling_minor,
        restores_on_redemption=restores_on_redemption,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    return draft_save(
        row, action="issuance.authority.enact", verb="authority.draft", key=["reference"], actor=actor, now=now
    )


@transaction.atomic
def envelope_draft(
    *,
    authority: LegalAuthority,
    budget_year: str,
    starts_on: date,
    ends_on: date,
    currency: str,
    amount_minor: int,
    actor: User,
    now: datetime,
) -> BudgetEnvelope:
    """Draft the share of an authority for one budget year. Conflict when that year has its envelope."""
    require_power(actor, Power.AUTHORITY_DRAFT)
    _positive(amount_minor, "amount_minor", "The amount")
    _ordered(starts_on, ends_on, "starts_on", "ends_on")
    check_joined(currency, authority.currency, field="currency")
    row = BudgetEnvelope(
        authority=authority,
        budget_year=budget_year,
        starts_on=starts_on,
        ends_on=ends_on,
        currency=currency,
        amount_minor=amount_minor,
    )
    key = ["authority_id", "budget_year"]
    return draft_save(
        row, action="issuance.authority.open_envelope", verb="envelope.draft", key=key, actor=actor, now=now
    )


@transaction.atomic
def authority_close(*, authority: LegalAuthority, reason: str, actor: User, now: datetime) -> LegalAuthority:
    """No new paper under this authority; what is outstanding is serviced to the end."""
    require_power(actor, Power.AUTHORITY_APPROVE)
    audit.move(authority_machine, authority, "CLOSED", actor=actor, now=now, reason=reason)
    return authority


@transaction.atomic
def envelope_close(*, envelope: BudgetEnvelope, reason: str, actor: User, now: datetime) -> BudgetEnvelope:
    """No new paper under this envelope; what is outstanding is serviced to the end."""
    require_power(actor, Power.AUTHORITY_APPROVE)
    audit.move(envelope_machine, envelope, "CLOSED", actor=actor, now=now, reason=reason)
    return envelope


def _check_counts(kind: str, currency: str, basis: str) -> None:
    """One borrows money; one disposes of a commodity or pledges it, and counts how much of it."""
    minor_digits(currency)
    if (kind == "BORROWING") == (currency in MEASURES):
        words = f"A {kind.lower()} is in a {'currency' if kind == 'BORROWING' else 'measure of a commodity'}"
        step = f"Use one of {', '.join(sorted(MEASURES))}." if currency not in MEASURES else "Use PKR, for example."
        raise Refused(f"{words}, not in {currency}.", field="currency", rule="authority.kind_counts", next_step=step)
    if currency in MEASURES and basis != "FACE":
        raise Refused(
            "A commodity is counted by quantity, not by proceeds.", field="basis", rule="authority.kind_counts"
        )


def _positive(amount: int, field: str, what: str) -> None:
    check_minor(amount, field=field)
    if amount <= 0:
        raise Refused(f"{what} must be above 0.", field=field, rule="amount.positive")


def _ordered(start: date, end: date, first: str, last: str) -> None:
    check_day(start, field=first)
    check_day(end, field=last)
    if end < start:
        raise Refused(
            f"The last day, {day(end)}, lies before the first, {day(start)}.", field=last, rule="dates.ordered"
        )
