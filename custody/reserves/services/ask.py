"""Asking for metal or oil: by the holder himself, or by an officer who writes it down for him; and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from custody.instructions.services import instruction_cancel, instruction_create
from custody.reserves.models import ItemState, PhysicalRedemption, RedemptionItem, VaultItem, redemption_machine
from custody.reserves.selectors import long_stop_passed
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import wallet_owner
from tokenization.identity import audit, kyc
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, has_power
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
    instruction = instruction_create(
        token=token,
        kind="REDEEM",
        wallet=wallet,
        units=units,
        source_key=f"reserves:redeem:{wallet.pk}:{_cause(rows)}",
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


def _cause(rows: Sequence[VaultItem]) -> str:
    """Which items it is, and how often the first of them was asked for: one cause, one number."""
    times = RedemptionItem.objects.filter(item=rows[0]).count() + 1
    chosen = sha256_hex("+".join(str(row.pk) for row in rows))[2:18]
    return f"{chosen}:{times}"


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
                f"The wallet does not hold {asked.units:,} units that are free.",
                field="wallet",
                rule="held, neither in dispute nor asked for already",
                next_step="Choose fewer items, or another wallet.",
            ) from error
        if "redemption_item_asked_once" in str(error):
            raise _promised("One of these items") from error
        raise


def _promised(item: str) -> Conflict:
    words = f"{item} is asked for already."
    return Conflict(words, field="items", rule="asked for once", next_step="Choose another.")


@transaction.atomic
def redemption_cancel(*, redemption: PhysicalRedemption, reason: str, actor: User, now: datetime) -> PhysicalRedemption:
    """Take back what was asked for and not approved yet; its items can be asked for again."""
    row = locked(redemption)
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


def _chosen(items: Sequence[VaultItem]) -> list[VaultItem]:
    wanted = {item.pk for item in items}
    rows = list(VaultItem.objects.filter(pk__in=wanted).select_related("vault").order_by("pk"))
    if not wanted or len(rows) != len(items):
        raise Refused("Choose existing items, each once.", field="items", rule="existing, each once")
    for row in rows:
        if row.state != ItemState.ALLOCATED:
            raise Refused(f"{row.key} is {row.get_state_display()}.", field="items", rule="behind the token")
    live = RedemptionItem.objects.filter(item__in=rows, live=True).select_related("item").first()
    if live is not None:
        raise _promised(live.item.key)
    if len({(row.token_id, row.vault_id) for row in rows}) != 1:
        raise Refused("Choose items of one vault behind one token.", field="items", rule="one vault, one token")
    return rows


def _check_long_stop(token: TokenContract, now: datetime) -> None:
    series = token.series
    if long_stop_passed(token, now):
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


def locked(redemption: PhysicalRedemption) -> PhysicalRedemption:
    (rows,) = lock_rows(PhysicalRedemption.objects.filter(pk=redemption.pk))
    found: PhysicalRedemption = rows[0]
    return found
