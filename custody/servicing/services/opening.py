"""Opening a redemption and writing down, once, who is due what as of the record block."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.indexer.models import Block
from custody.instructions.models import Instruction
from custody.instructions.services import instruction_create
from custody.register.models import RegisterCursor
from custody.register.selectors import positions_as_of, undisputed_positions
from custody.servicing.models import Entitlement, RedemptionEvent, redemption_machine
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import wallet_owner
from custody.tokenisation.services import wallet_known
from custody.tokenisation.services.tokens import record_instant
from issuance.maths.calendars import calendar
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def redemption_open(*, token: TokenContract, actor: User, now: datetime) -> RedemptionEvent:
    """Open the redemption of a token; its record instant is the beginning of the maturity day. Once per token."""
    require_power(actor, Power.REDEEM_DRAFT)
    (locked,) = lock_rows(TokenContract.objects.filter(pk=token.pk))
    row = locked[0]
    found = RedemptionEvent.objects.filter(token=row).first()
    if found:
        return found
    if row.state != TokenContract.State.LIVE:
        raise Refused(f"The token is {row.state}.", field="token", rule="live")
    series = row.series
    event = RedemptionEvent.objects.create(
        token=row,
        record_at=record_instant(series),
        payment_date=calendar(series.calendar).following(series.maturity_date),
    )
    body = {"isin": series.isin, "record_at": event.record_at, "payment_date": event.payment_date}
    audit.record(actor=actor, action="redemption.open", subject=f"redemption:{event.pk}", body=body, now=now)
    return event


def record_block(event: RedemptionEvent) -> Block | None:
    """The last final block stamped at or before the record instant; None until a later block is final too."""
    later = Block.objects.filter(final=True, timestamp__gt=event.record_at).exists()
    if not later:
        return None
    return Block.objects.filter(final=True, timestamp__lte=event.record_at).order_by("-number").first()


@transaction.atomic
def redemption_record(*, event: RedemptionEvent, now: datetime) -> bool:
    """Name the record block and write entitlements and burn drafts, once the register has read that far.

    Units x denomination is due for undisputed units; what disputed units would earn is set aside for suspense and
    nothing of them is burned here.
    """
    ((row,), _) = lock_rows(
        RedemptionEvent.objects.filter(pk=event.pk), TokenContract.objects.filter(pk=event.token_id)
    )
    block = record_block(row)
    cursor = RegisterCursor.objects.first()
    if row.state != RedemptionEvent.State.OPEN or block is None or cursor is None or cursor.block_number < block.number:
        return False
    total = _entitlements(row, block, now)
    redemption_machine.move(
        row, "RECORDED", record_block_number=block.number, record_block_hash=block.hash, total_minor=total
    )
    body = {"block": block.number, "hash": block.hash, "total_minor": total}
    audit.record(actor=system_user(), action="redemption.record", subject=f"redemption:{row.pk}", body=body, now=now)
    return True


def _entitlements(event: RedemptionEvent, block: Block, now: datetime) -> int:
    token = event.token
    face = token.series.denomination_minor
    due = undisputed_positions(token, block.number)
    total = 0
    for address, units in sorted(positions_as_of(token, block.number).items()):
        if units <= 0:
            continue
        owner = wallet_owner(address, event.record_at)
        earned = due.get(address, 0)
        # Units in a wallet that is nobody's: the money is due, but to nobody we may name, so it waits in suspense.
        paid = earned if owner else 0
        entitlement = Entitlement(event=event, wallet=wallet_known(address), party=owner, units=earned)
        entitlement.disputed_units = units - earned
        entitlement.amount_minor, entitlement.suspense_minor = paid * face, (units - paid) * face
        entitlement.burn_instruction = _burn(entitlement, now) if earned else None
        entitlement.save()
        total += units * face
    return total


def _burn(entitlement: Entitlement, now: datetime) -> Instruction:
    return instruction_create(
        token=entitlement.event.token,
        kind="REDEEM",
        wallet=entitlement.wallet,
        units=entitlement.units,
        source_key=f"redeem:{entitlement.event_id}:{entitlement.wallet.address}",
        actor=system_user(),
        now=now,
    )
