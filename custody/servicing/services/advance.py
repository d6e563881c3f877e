"""Pulling events forward: open, record, prepare, burn, close. Money is people's own steps and only looked at here."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.registries.models import RegistryConfirmation
from custody.servicing.chain.recover import tokens_kept_back
from custody.servicing.chain.send import agent_is_done, chain_pay
from custody.servicing.models import Entitlement, Payment, ServicingEvent, servicing_machine
from custody.servicing.selectors import recoverables
from custody.servicing.services.prepare import prepare
from custody.servicing.services.record import event_record
from custody.servicing.services.schedule import events_open_due
from issuance.series.services import series_close, series_mark_matured
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.turns import Turns

State = ServicingEvent.State


def servicing_advance(*, now: datetime) -> int:
    """Take every step that is due on every event; returns how many were taken. Safe to repeat and to interrupt.

    An event that cannot go on stops no other: the first error is raised when all have had their turn.
    """
    turns, opened = Turns(), events_open_due(now=now)
    events = ServicingEvent.objects.exclude(state="CLOSED").select_related("token__series")
    turns.each(events.order_by("pk"), partial(_step, now=now))
    turns.each((row.event for row in recoverables()), partial(tokens_kept_back, now=now))
    return opened + turns.end()


def _step(event: ServicingEvent, *, now: datetime) -> int:
    if event.state == State.OPEN:
        return event_record(event=event, now=now)
    prepared = _prepare(event, now) if event.state == State.RECORDED else 0
    return prepared + _burn(event, now) + chain_pay(event=event, now=now) + _close(event, now)


def _prepare(event: ServicingEvent, now: datetime) -> int:
    """Once; anew is for people, who see what changes."""
    if not event.net_minor or Payment.objects.filter(entitlement__event=event).exists():
        return 0
    prepare(event=event, actor=system_user(), now=now)
    return 1


def _burn(event: ServicingEvent, now: datetime) -> int:
    """Send the approved burns at or after the record instant, paid or not."""
    if event.burn_approval_id is None:
        return 0
    burns = list(Instruction.objects.filter(entitlement__event=event, state=Instruction.State.APPROVED))
    if burns:
        instructions_send(instructions=burns, now=now)
    return len(burns)


@transaction.atomic
def _close(event: ServicingEvent, now: datetime) -> int:
    """Closed once nothing is due to anybody and every burned unit is extinguished at the registry.

    What is unclaimed or in suspense waits in accounts of its own. The series ends with its redemption.
    """
    lock_rows(ServicingEvent.objects.filter(pk=event.pk))
    event.refresh_from_db()
    if event.state not in (State.RECORDED, State.RELEASED) or _unfinished(event):
        return 0
    series, actor = event.token.series, system_user()
    audit.move(servicing_machine, event, "CLOSED", actor=actor, now=now)
    if event.kind == ServicingEvent.Kind.REDEMPTION:
        if series.state == "LIVE":
            series_mark_matured(series=series, actor=actor, now=now)
        series_close(series=series, reason="redeemed in full", actor=actor, now=now)
    return 1


def _unfinished(event: ServicingEvent) -> bool:
    if event.state == State.RECORDED and event.total_minor:
        return True
    if Payment.objects.filter(entitlement__event=event, state__in=["PREPARED", "DUE"]).exists():
        return True
    if event.rail == ServicingEvent.Rail.TOKEN and not agent_is_done(event):
        return True
    if event.kind == ServicingEvent.Kind.COUPON:
        return False
    wanted = Entitlement.objects.filter(event=event, burn_instruction__isnull=False).count()
    burned = RegistryConfirmation.objects.filter(
        instruction__entitlement__event=event, kind=RegistryConfirmation.Kind.EXTINGUISH
    ).count()
    coupons = ServicingEvent.objects.filter(~Q(state="CLOSED"), token=event.token, kind="COUPON")
    return burned != wanted or coupons.exists()
