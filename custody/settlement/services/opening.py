"""From an approved allotment to a settlement that waits for its cash, and its end if the cash never comes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from custody.instructions.models import Instruction
from custody.instructions.services import instruction_cancel, instruction_create
from custody.settlement.models import SettlementInstruction, settlement_machine
from custody.settlement.selectors import allotments_unopened
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import cash_token, wallet_owner
from issuance.allotment.models import Allotment
from issuance.allotment.services import allotment_lapse
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows


@transaction.atomic
def settlement_open(
    *,
    allotment: Allotment,
    wallet: Wallet,
    actor: User,
    now: datetime,
    deliver_by: datetime | None = None,
    rail: str = SettlementInstruction.Rail.BANK,
) -> SettlementInstruction:
    """Open the settlement of an allotment into its party's wallet, with its ISSUE and CONFIRM instructions as drafts.

    On rail TOKEN the payment becomes cash tokens in that wallet, and leaves it in the transaction that delivers.

    `deliver_by` (business and chain time) is when trying ends; by default the end of the settlement date in the
    series' zone. Opening again returns the first.
    """
    require_power(actor, Power.ISSUE_DRAFT)
    # Both at once and in the house's order: the numbers below lock the token again.
    lock_rows(TokenContract.objects.filter(series__allotments=allotment.pk), Allotment.objects.filter(pk=allotment.pk))
    row = Allotment.objects.select_related("series", "party").get(pk=allotment.pk)
    found = SettlementInstruction.objects.filter(allotment=row).first()
    if found:
        return found
    token = _token(row, wallet, now)
    series = row.series
    end = deliver_by or datetime.combine(
        row.settlement_date + timedelta(days=1), time(0), tzinfo=ZoneInfo(series.record_zone)
    )
    _check_rail(rail, series.payment_currency)
    issue, confirm = _instructions(row, token, wallet, end, actor, now)
    settlement = SettlementInstruction.objects.create(
        allotment=row,
        token=token,
        wallet=wallet,
        payment_reference=f"{series.isin}-{row.pk:08d}",
        rail=rail,
        amount_minor=row.proceeds_minor,
        currency=series.payment_currency,
        deliver_by=end,
        issue_instruction=issue,
        confirm_instruction=confirm,
        opened_at=now,
    )
    body = {"allotment": row.pk, "reference": settlement.payment_reference, "amount_minor": settlement.amount_minor}
    audit.record(actor=actor, action="settlement.open", subject=f"settlement:{settlement.pk}", body=body, now=now)
    return settlement


def _check_rail(rail: str, currency: str) -> None:
    if rail not in SettlementInstruction.Rail.values:
        raise Refused(f"{rail} is no way to pay.", field="rail", rule="BANK or TOKEN")
    cash = cash_token(currency)
    if rail == SettlementInstruction.Rail.TOKEN and (cash is None or cash.state != TokenContract.State.LIVE):
        raise Refused(
            f"There is no live cash token in {currency}.",
            field="rail",
            rule="cash tokens first",
            next_step="Create the currency's cash token, or settle through the bank.",
        )


def _token(allotment: Allotment, wallet: Wallet, now: datetime) -> TokenContract:
    if allotment.state != "ALLOTTED":
        raise Refused(f"The allotment is {allotment.state}.", field="allotment", rule="allotted")
    token = TokenContract.objects.filter(series=allotment.series).first()
    if token is None:
        raise Refused("The series has no token yet.", field="allotment", rule="tokenised first")
    owner = wallet_owner(wallet.address, now)
    if owner is None or owner.pk != allotment.party_id:
        raise Refused("The wallet is not the party's.", field="wallet", rule="proved by the party")
    return token


def _instructions(
    allotment: Allotment, token: TokenContract, wallet: Wallet, end: datetime, actor: User, now: datetime
) -> tuple[Instruction, Instruction]:
    issue = instruction_create(
        token=token,
        kind="ISSUE",
        wallet=wallet,
        units=allotment.units,
        source_key=f"issue:allotment:{allotment.pk}",
        deadline=end,
        actor=actor,
        now=now,
    )
    confirm = instruction_create(
        token=token,
        kind="CONFIRM",
        wallet=None,
        units=allotment.units,
        source_key=f"confirm:allotment:{allotment.pk}",
        linked_to=issue,
        actor=actor,
        now=now,
    )
    return issue, confirm


@transaction.atomic
def unopened_lapse(*, allotment: int, actor: User, now: datetime) -> int:
    """End an allotment whose day passed before anybody opened its settlement: it can no longer be paid, and its
    headroom returns. Returns 1, or 0 if a settlement was opened meanwhile."""
    lock_rows(Allotment.objects.filter(pk=allotment))
    row = allotments_unopened().filter(pk=allotment).first()
    if row is None:
        return 0
    reason = "no settlement was opened by the end of its settlement date"
    allotment_lapse(allotment=row, reason=reason, actor=actor, now=now)
    return 1


@transaction.atomic
def settlement_lapse(*, settlement: SettlementInstruction, reason: str, actor: User, now: datetime) -> None:
    """End an unpaid settlement: instructions cancelled, allotment lapsed, headroom back. Conflict if it was paid."""
    lock_rows(SettlementInstruction.objects.filter(pk=settlement.pk))
    row = SettlementInstruction.objects.select_related("allotment").get(pk=settlement.pk)
    settlement_machine.move(row, "LAPSED", reason=reason)
    for instruction in (row.issue_instruction, row.confirm_instruction):
        instruction_cancel(instruction=instruction, reason=reason, actor=actor, now=now)
    allotment_lapse(allotment=row.allotment, reason=reason, actor=actor, now=now)
    audit.record(
        actor=actor, action="settlement.lapse", subject=f"settlement:{row.pk}", body={"reason": reason}, now=now
    )
