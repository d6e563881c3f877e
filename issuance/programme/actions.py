"""Approval that opens a programme: open programmes together fit their envelope at the day's rate."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.utils import timezone

from issuance.authority import fx
from issuance.authority.drafts import DraftAction, money
from issuance.authority.models import BudgetEnvelope
from issuance.programme.models import Programme, programme_machine
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.states import Machine


class ProgrammeOpen(DraftAction[Programme]):
    name: ClassVar[str] = "issuance.programme.open"
    title: ClassVar[str] = "Open a programme"
    maker_power: ClassVar[Power] = Power.AUTHORITY_DRAFT
    checker_power: ClassVar[Power] = Power.AUTHORITY_APPROVE
    model = Programme
    machine: ClassVar[Machine] = programme_machine
    approved_state: ClassVar[str] = "OPEN"

    def check_row(self, row: Programme, *, now: datetime) -> None:
        envelope = row.envelope
        if envelope.state != "OPEN":
            raise Refused(f"{envelope} is not open.", field="envelope", rule="envelope.open")
        planned, own = planned_minor(envelope, now=now), _in_envelope_currency(row, now=now)
        over = planned + own - envelope.amount_minor
        if over > 0:
            raise Refused(
                f"{row} exceeds the envelope {envelope} by {money(over, envelope.currency)}.",
                field="ceiling_minor",
                rule="programme.envelope",
                next_step="Lower the programme or close another one.",
            )

    def lock(self, row: Programme) -> None:
        """Programmes opened at the same time are serialised by their envelope."""
        lock_rows(Programme.objects.filter(pk=row.pk), BudgetEnvelope.objects.filter(pk=row.envelope_id))

    def preview_rows(self, row: Programme, *, now: datetime) -> tuple[list[tuple[str, str, str]], list[str]]:
        envelope = row.envelope
        before, own = planned_minor(envelope, now=now), _in_envelope_currency(row, now=now)
        return [
            ("Programme ceiling", "-", money(row.ceiling_minor, row.currency)),
            ("Envelope", money(envelope.amount_minor, envelope.currency), "unchanged"),
            ("Planned in envelope", money(before, envelope.currency), money(before + own, envelope.currency)),
        ], []


def planned_minor(envelope: BudgetEnvelope, *, now: datetime) -> int:
    """The ceilings of the envelope's open programmes, in its currency at the day's rate."""
    opened = Programme.objects.filter(envelope=envelope, state="OPEN").select_related("envelope")
    return sum(_in_envelope_currency(row, now=now) for row in opened)


def _in_envelope_currency(row: Programme, *, now: datetime) -> int:
    target = row.envelope.currency
    rate = fx.rate_between(row.currency, target, timezone.localdate(now))
    return fx.convert(row.ceiling_minor, rate, source=row.currency, target=target)
