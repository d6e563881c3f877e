"""Opening a redemption, naming its record block, and writing down what each wallet is due as of that block."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from contracts.indexer.models import Block
from contracts.indexer.selectors import block_at
from custody.instructions.models import Instruction
from custody.instructions.services import instruction_create
from custody.register.selectors import disputed_positions, posted_block, undisputed_positions
from custody.servicing.models import Entitlement, RedemptionEvent, redemption_machine
from custody.tokenisation.models import TokenContract, Wallet
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
    """Open the redemption of a live token; once per token, the first is returned again.

    The record instant is the series' own (transfers close on chain then); the payment date is the maturity date, or the
    next business day of the series' calendar.
    """
    require_power(actor, Power.REDEEM_DRAFT)
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    found = RedemptionEvent.objects.filter(token=token).first()
    if found:
        return found
    if token.state != TokenContract.State.LIVE:
        raise Refused(f"The token of {token.series.isin} is {token.state}.", field="token", rule="token is live")
    event = RedemptionEvent.objects.create(
        token=token, record_at=record_instant(token.series), payment_date=_payment_date(token)
    )
    _record_audit(event, "redemption.open", actor, now, {"record_at": event.record_at.isoformat()})
    return event


def redemption_record(*, event: RedemptionEvent, now: datetime) -> bool:
    """Name the record block and write the entitlements, once both are certain; False while they are not.

    1. Certain: a final block is stamped after the record instant, and the register has posted it.
    2. Record block: the last final block stamped at or before the instant.
    3. One entitlement and one burn instruction (undisputed units only) per wallet, in wallet order.
    """
    if now < event.record_at:
        return False
    posted, block = posted_block(), block_at(event.record_at)
    if posted is None or block is None or posted.timestamp <= event.record_at:
        return False
    with transaction.atomic():
        ((event,),) = lock_rows(RedemptionEvent.objects.filter(pk=event.pk))
        if event.state != RedemptionEvent.State.OPEN:
            return False
        _write(event, block, now)
    return True


def _write(event: RedemptionEvent, block: Block, now: datetime) -> None:
    token, actor = event.token, system_user()
    due, disputed = undisputed_positions(token, block.number), disputed_positions(token, block.number)
    denomination, total = token.series.denomination_minor, 0
    for address in sorted(due.keys() | {wallet for wallet, units in disputed.items() if units > 0}):
        units, undue = due.get(address, 0), disputed.get(address, 0)
        wallet, party = wallet_known(address), wallet_owner(address, event.record_at)
        owed = units * denomination
        total += owed + undue * denomination
        Entitlement.objects.create(
            event=event,
            wallet=wallet,
            party=party,
            units=units,
            disputed_units=undue,
            amount_minor=owed if party else 0,
            suspense_minor=undue * denomination + (0 if party else owed),
            burn_instruction=_burn(event, wallet, units, actor, now) if units else None,
        )
    redemption_machine.move(
        event, "RECORDED", record_block_number=block.number, record_block_hash=block.hash, total_minor=total
    )
    _record_audit(event, "redemption.record", actor, now, {"block": block.number, "total_minor": total})


def _burn(event: RedemptionEvent, wallet: Wallet, units: int, actor: User, now: datetime) -> Instruction:
    return instruction_create(
        token=event.token,
        kind=Instruction.Kind.REDEEM,
        wallet=wallet,
        units=units,
        source_key=f"redeem:{event.pk}:{wallet.pk}",
        actor=actor,
        now=now,
    )


def _payment_date(token: TokenContract) -> date:
    return calendar(token.series.calendar).following(token.series.maturity_date)


def _record_audit(event: RedemptionEvent, action: str, actor: User, now: datetime, body: dict[str, object]) -> None:
    audit.record(actor=actor, action=action, subject=f"redemption:{event.pk}", body=body, now=now)
