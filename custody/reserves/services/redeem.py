"""Metal or oil for units: asked for by the holder, approved by two, burned, ordered, released. In this order only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from custody.instructions.models import Instruction
from custody.instructions.services import instruction_cancel, instruction_create, instructions_send
from custody.reserves.models import (
    ItemState,
    PhysicalRedemption,
    RedemptionItem,
    ReleaseOrder,
    VaultItem,
    redemption_machine,
)
from custody.reserves.services.encumber import encumbrance_raise
from custody.reserves.services.moves import items_move
from custody.reserves.services.order import order_of
from custody.reserves.services.turns import each
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import wallet_owner
from issuance.series.rules import zone
from tokenization.files.services import file_store
from tokenization.identity import audit, kyc
from tokenization.identity.actors import system_user
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, has_power, require_power
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Conflict, NotAllowed, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.units import whole_units

State = PhysicalRedemption.State
# From the request on: two have to approve it, and the holder may move his units meanwhile.
TRIED_FOR = timedelta(days=14)


@transaction.atomic
def redemption_request(
    *, wallet: Wallet, items: Sequence[VaultItem], collector: str, actor: User, now: datetime
) -> PhysicalRedemption:
    """The holder wants these items for exactly their quantity in units of his wallet; an officer may write it down.

    All of one vault and one token. `collector` is who fetches them. Refused for an item that is not behind the token,
    a wallet that holds too little, a holder without a valid KYC, or after the long-stop date; Conflict for an item that
    somebody has asked for.
    """
    party = _holder(wallet, actor, now)
    if not kyc.is_valid(party, now):
        raise Refused(
            f"The KYC of {party.name} is not valid today.",
            field="wallet",
            rule="valid KYC",
            next_step="Renew it first: what is delivered leaves the platform for good.",
        )
    if not collector.strip() or len(collector) > 200:
        raise Refused("Say who collects, in at most 200 characters.", field="collector", rule="named")
    rows = _chosen(items)
    token = TokenContract.objects.select_related("series").get(pk=rows[0].token_id or 0)
    _check_long_stop(token, now)
    units = whole_units(sum(row.fine_minor for row in rows), token.series.denomination_minor)
    # Which of these items it is, and how often the first of them was asked for: one cause, one number.
    times = RedemptionItem.objects.filter(item=rows[0]).count() + 1
    chosen = sha256_hex("+".join(str(row.pk) for row in rows))[2:18]
    instruction = instruction_create(
        token=token,
        kind="REDEEM",
        wallet=wallet,
        units=units,
        source_key=f"reserves:redeem:{wallet.pk}:{chosen}:{times}",
        deadline=now + TRIED_FOR,
        actor=actor,
        now=now,
    )
    asked = PhysicalRedemption(
        token=token,
        wallet=wallet,
        party=party,
        vault=rows[0].vault,
        units=units,
        collector=collector.strip(),
        instruction=instruction,
        requested_by=actor,
        requested_at=now,
    )
    _write(asked, rows)
    body = {"items": [row.key for row in rows], "units": units, "wallet": wallet.address, "number": instruction.number}
    audit.record(actor=actor, action="redemption.request", subject=f"redemption:{asked.pk}", body=body, now=now)
    return asked


def _write(asked: PhysicalRedemption, rows: Sequence[VaultItem]) -> None:
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
            RedemptionItem.objects.bulk_create(
                RedemptionItem(redemption=asked, item=row, fine_minor=row.fine_minor) for row in rows
            )
    except IntegrityError as error:
        if "physical_redemption_is_held" in str(error):
            raise Refused(
                f"The wallet does not hold {asked.units:,} units.", field="wallet", rule="held in the register"
            ) from error
        if "redemption_item_asked_once" in str(error):
            raise Conflict(
                "One of these items is asked for already.",
                field="items",
                rule="asked for once",
                next_step="Choose another.",
            ) from error
        raise


@transaction.atomic
def redemption_cancel(*, redemption: PhysicalRedemption, reason: str, actor: User, now: datetime) -> PhysicalRedemption:
    """Take back what was asked for and not approved yet; its items can be asked for again."""
    row = _locked(redemption)
    _require_side(row.party, actor)
    if not reason.strip():
        raise Refused("Say why.", field="reason", rule="a reason")
    redemption_machine.move(row, State.CANCELLED, reason=reason.strip())
    row.items.update(live=False)
    instruction_cancel(instruction=row.instruction, reason=reason, actor=actor, now=now)
    audit.record(
        actor=actor, action="redemption.cancel", subject=f"redemption:{row.pk}", body={"reason": reason}, now=now
    )
    return row


@transaction.atomic
def redemption_released(
    *, redemption: PhysicalRedemption, vault_reference: str, actor: User, now: datetime
) -> PhysicalRedemption:
    """The vault confirmed that it handed the ordered items out; they are nobody's backing any more, for ever.

    Refused before the order; the same confirmation again returns what is there. The registrar extinguishes besides.
    """
    require_power(actor, Power.REGISTRY_RELEASE)
    row = _locked(redemption)
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
    rows = PhysicalRedemption.objects.order_by("pk").values_list("pk", flat=True)
    return each([(_burn, rows.filter(state=State.APPROVED)), (_follow, rows.filter(state=State.BURNING))], now)


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


def _chosen(items: Sequence[VaultItem]) -> list[VaultItem]:
    wanted = {item.pk for item in items}
    rows = list(VaultItem.objects.filter(pk__in=wanted).select_related("vault").order_by("pk"))
    if not wanted or len(rows) != len(items):
        raise Refused("Choose existing items, each once.", field="items", rule="existing, each once")
    for row in rows:
        if row.state != ItemState.ALLOCATED:
            raise Refused(f"{row.key} is {row.get_state_display()}.", field="items", rule="behind the token")
    if len({(row.token_id, row.vault_id) for row in rows}) != 1:
        raise Refused("Choose items of one vault behind one token.", field="items", rule="one vault, one token")
    return rows


def _check_long_stop(token: TokenContract, now: datetime) -> None:
    series = token.series
    if now.astimezone(zone(series)).date() > series.maturity_date:
        raise Refused(
            f"Items of {series.short_name} could be asked for up to {series.maturity_date:%d %B %Y}.",
            field="items",
            rule="up to the long-stop date",
            next_step="Units that are left are redeemed as the terms of the series say.",
        )


def _holder(wallet: Wallet, actor: User, now: datetime) -> Party:
    party = wallet_owner(wallet.address, now)
    if party is None:
        raise Refused("Nobody holds this wallet.", field="wallet", rule="a holder")
    _require_side(party, actor)
    return party


def _require_side(party: Party, actor: User) -> None:
    if not party.members.filter(user=actor).exists() and not has_power(actor, Power.REDEEM_DRAFT):
        raise NotAllowed("Only the holder, or an officer for him, may do this.", rule="the holder's own")


def _locked(redemption: PhysicalRedemption) -> PhysicalRedemption:
    (rows,) = lock_rows(PhysicalRedemption.objects.filter(pk=redemption.pk))
    found: PhysicalRedemption = rows[0]
    return found
