"""Metal or oil for units: what was asked for and approved is burned, ordered, released. In this order only."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction

from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.reserves.models import (
    ItemState,
    PhysicalRedemption,
    ReleaseOrder,
    redemption_machine,
)
from custody.reserves.services.ask import locked
from custody.reserves.services.encumber import encumbrance_raise
from custody.reserves.services.moves import items_move
from custody.reserves.services.order import order_of
from custody.tokenisation.models import TokenContract
from tokenization.files.services import file_store
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.turns import Turns

State = PhysicalRedemption.State


@transaction.atomic
def redemption_released(
    *, redemption: PhysicalRedemption, vault_reference: str, actor: User, now: datetime
) -> PhysicalRedemption:
    """The vault confirmed that it handed the ordered items out; they are nobody's backing any more, for ever.

    Refused before the order; the same confirmation again returns what is there. The registrar extinguishes besides.
    """
    require_power(actor, Power.REGISTRY_RELEASE)
    row = locked(redemption)
    if row.state == State.RELEASED and row.vault_reference == vault_reference.strip():
        return row
    if not vault_reference.strip() or len(vault_reference) > 64:
        raise Refused("Give the vault's reference, 1 to 64 characters.", field="vault_reference", rule="length")
    redemption_machine.move(row, State.RELEASED, vault_reference=vault_reference.strip(), released_at=now)
    _move_items(row, ItemState.RELEASED.value, f"released under {vault_reference.strip()}", actor, now)
    body = {"reference": vault_reference.strip()}
    audit.record(actor=actor, action="redemption.release", subject=f"redemption:{row.pk}", body=body, now=now)
    return row


def redemptions_advance(*, now: datetime) -> int:
    """Burn what two approved, order the release of what is burned, give up what was refused. Safe to repeat.

    One that cannot go on stops no other: the first error is raised when all have had their turn.
    """
    rows, turns = PhysicalRedemption.objects.order_by("pk").values_list("pk", flat=True), Turns()
    turns.each(rows.filter(state=State.APPROVED), partial(_burn, now=now))
    turns.each(rows.filter(state=State.BURNING), partial(_follow, now=now))
    return turns.end()


@transaction.atomic
def _burn(pk: int, now: datetime) -> int:
    """Held against the attestation first, so that a final burn never makes room: the chain burns after the raise.

    A burn that fails leaves the figure too high, never too low; the examiner's next word corrects it.
    """
    rows, _, _ = lock_rows(
        PhysicalRedemption.objects.filter(pk=pk, state=State.APPROVED),
        Instruction.objects.filter(physical_redemption=pk),
        TokenContract.objects.filter(physical_redemptions=pk),
    )
    for row in rows:
        held = encumbrance_raise(
            token=row.token,
            added_minor=_fine(row),
            basis="OPERATIONAL",
            reason=f"redemption {row.pk}",
            actor=system_user(),
            now=now,
        )
        instructions_send(instructions=[row.instruction], now=now, after=[held.intent] if held else [])
        redemption_machine.move(row, State.BURNING, encumbrance=held)
    return len(rows)


@transaction.atomic
def _follow(pk: int, now: datetime) -> int:
    (rows,) = lock_rows(PhysicalRedemption.objects.filter(pk=pk, state=State.BURNING))
    for row in rows:
        instruction = Instruction.objects.get(pk=row.instruction_id)
        if instruction.state == Instruction.State.DONE:
            _order(row, now)
        elif instruction.state in (Instruction.State.REJECTED, Instruction.State.CANCELLED):
            _given_up(row, instruction.reason, now)
        else:
            return 0
    return len(rows)


def _given_up(row: PhysicalRedemption, reason: str, now: datetime) -> None:
    """The items are free to ask for again. What is held for them stays held: only an examiner's word lowers it."""
    redemption_machine.move(row, State.FAILED, reason=reason)
    row.items.update(live=False)
    body = {"reason": reason, "held_until_next_attestation_minor": _fine(row) if row.encumbrance_id else 0}
    audit.record(actor=system_user(), action="redemption.fail", subject=f"redemption:{row.pk}", body=body, now=now)


def _fine(row: PhysicalRedemption) -> int:
    return sum(row.items.values_list("fine_minor", flat=True))


def _order(row: PhysicalRedemption, now: datetime) -> None:
    """Burned and final: the order, the items' state and what they no longer back change together."""
    actor = system_user()
    redemption_machine.move(row, State.BURNED)
    name = f"release-order-{row.pk}.json"
    stored = file_store(name=name, content=order_of(row, now), media_type="application/json", actor=actor, now=now)
    ReleaseOrder.objects.create(redemption=row, file=stored, ordered_at=now)
    _move_items(row, ItemState.RELEASE_ORDERED.value, f"release order {row.pk}", actor, now)
    redemption_machine.move(row, State.RELEASE_ORDERED)
    body = {"order": stored.sha256, "fine_minor": _fine(row)}
    audit.record(actor=actor, action="redemption.order", subject=f"redemption:{row.pk}", body=body, now=now)


def _move_items(row: PhysicalRedemption, to: str, reason: str, actor: User, now: datetime) -> None:
    items = [asked.item for asked in row.items.select_related("item")]
    items_move(items=items, to=to, token=row.token, redemption=row, reason=reason, actor=actor, now=now)
