"""Approvals that put an authority in force and open its envelopes."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db.models import Sum
from django.utils import timezone

from issuance.authority import fx
from issuance.authority.drafts import DraftAction, money
from issuance.authority.models import BudgetEnvelope, LegalAuthority, authority_machine, envelope_machine
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.states import Machine


class AuthorityEnact(DraftAction[LegalAuthority]):
    name: ClassVar[str] = "issuance.authority.enact"
    title: ClassVar[str] = "Put a legal authority in force"
    maker_power: ClassVar[Power] = Power.AUTHORITY_DRAFT
    checker_power: ClassVar[Power] = Power.AUTHORITY_APPROVE
    model = LegalAuthority
    machine: ClassVar[Machine] = authority_machine
    approved_state: ClassVar[str] = "IN_FORCE"

    def check_row(self, row: LegalAuthority, *, now: datetime) -> None:
        if row.valid_until < timezone.localdate(now):
            raise Refused(f"{row} ended on {row.valid_until}.", field="valid_until", rule="authority.valid")

    def preview_rows(self, row: LegalAuthority, *, now: datetime) -> tuple[list[tuple[str, str, str]], list[str]]:
        ceiling = money(row.ceiling_minor, row.currency)
        measured = f"{row.get_measure_display()}, {row.get_basis_display()}"
        return [("Ceiling", "-", ceiling), ("Measured as", "-", measured), ("Law", "-", row.law)], []


class EnvelopeOpen(DraftAction[BudgetEnvelope]):
    name: ClassVar[str] = "issuance.authority.open_envelope"
    title: ClassVar[str] = "Open a budget envelope"
    maker_power: ClassVar[Power] = Power.AUTHORITY_DRAFT
    checker_power: ClassVar[Power] = Power.AUTHORITY_APPROVE
    model = BudgetEnvelope
    machine: ClassVar[Machine] = envelope_machine
    approved_state: ClassVar[str] = "OPEN"

    def check_row(self, row: BudgetEnvelope, *, now: datetime) -> None:
        authority = row.authority
        if authority.state != "IN_FORCE":
            raise Refused(f"{authority} is not in force.", field="authority", rule="authority.in_force")
        if row.starts_on < authority.valid_from or row.ends_on > authority.valid_until:
            raise Refused(f"{row} lies outside {authority}.", field="starts_on", rule="envelope.within_authority")
        amount = _in_authority_currency(row, now=now)
        over = amount - authority.ceiling_minor
        if over > 0:
            raise Refused(
                f"{row} exceeds its authority by {money(over, authority.currency)}.",
                field="amount_minor",
                rule="envelope.ceiling",
                next_step="Lower the envelope or obtain a higher authority.",
            )

    def preview_rows(self, row: BudgetEnvelope, *, now: datetime) -> tuple[list[tuple[str, str, str]], list[str]]:
        opened = BudgetEnvelope.objects.filter(authority=row.authority, state="OPEN", currency=row.currency)
        before = opened.aggregate(total=Sum("amount_minor"))["total"] or 0
        rows = [
            ("Authority ceiling", money(row.authority.ceiling_minor, row.authority.currency), "unchanged"),
            ("Open envelopes", money(before, row.currency), money(before + row.amount_minor, row.currency)),
        ]
        return rows, []


def _in_authority_currency(row: BudgetEnvelope, *, now: datetime) -> int:
    rate = fx.rate_between(row.currency, row.authority.currency, timezone.localdate(now))
    return fx.convert(row.amount_minor, rate, source=row.currency, target=row.authority.currency)
