"""Pulling redemptions forward: record, burn, close. Payments are people's own steps and are only looked at here."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.registries.models import RegistryConfirmation
from custody.servicing.models import Entitlement, Payment, RedemptionEvent, redemption_machine
from custody.servicing.services.record import redemption_record
from issuance.series.services import series_close, series_mark_matured
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.kernel.errors import PlatformError
from tokenization.kernel.locks import lock_rows


def redemption_advance(*, now: datetime) -> int:
    """Take every step that is due on every redemption; returns how many were taken. Safe to repeat and to interrupt.

    A redemption that cannot go on stops no other: the first error is raised when all have had their turn.
    """
    taken, errors = 0, []
    for event in RedemptionEvent.objects.exclude(state="CLOSED").select_related("token__series").order_by("pk"):
        try:
            taken += _step(event, now)
        except PlatformError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return taken


def _step(event: RedemptionEvent, now: datetime) -> int:
    if event.state == RedemptionEvent.State.OPEN:
        return redemption_record(event=event, now=now)
    if event.state == RedemptionEvent.State.APPROVED:
        return _burn(event, now) + _close(event, now)
    return 0


def _burn(event: RedemptionEvent, now: datetime) -> int:
    """Send the approved burns at or after the record instant, paid or not."""
    burns = list(Instruction.objects.filter(entitlement__event=event, state=Instruction.State.APPROVED))
    if burns:
        instructions_send(instructions=burns, now=now)
    return len(burns)


@transaction.atomic
def _close(event: RedemptionEvent, now: datetime) -> int:
    """Closed once it is funded, every holder is paid and every burned unit is extinguished at the registry."""
    lock_rows(RedemptionEvent.objects.filter(pk=event.pk))
    event.refresh_from_db()
    if event.state != RedemptionEvent.State.APPROVED or _unfinished(event):
        return 0
    series, actor = event.token.series, system_user()
    audit.move(redemption_machine, event, "CLOSED", actor=actor, now=now)
    if series.state == "LIVE":
        series_mark_matured(series=series, actor=actor, now=now)
    series_close(series=series, reason="redeemed in full", actor=actor, now=now)
    return 1


def _unfinished(event: RedemptionEvent) -> bool:
    burned = RegistryConfirmation.objects.filter(
        instruction__entitlement__event=event, kind=RegistryConfirmation.Kind.EXTINGUISH
    ).count()
    wanted = Entitlement.objects.filter(event=event, burn_instruction__isnull=False).count()
    due = Payment.objects.filter(entitlement__event=event, state=Payment.State.DUE).exists()
    unfunded = bool(event.total_minor) and event.funding_entry_id is None
    return unfunded or due or burned != wanted
