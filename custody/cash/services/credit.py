"""From a booked credit to the drafts of its tokens: an issue into one wallet, and the confirmation that covers it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from custody.cash.models import CashMint, mint_machine
from custody.instructions.models import Instruction
from custody.instructions.services import instruction_cancel, instruction_create
from custody.registries.models import RegistryConfirmation
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.services import journal_post, suspense_hold
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import cash_token, wallet_owner
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import advisory_xact_lock, lock_rows

State = CashMint.State


@transaction.atomic
def cash_deposit(
    *, currency: str, wallet: Wallet, amount_minor: int, bank_reference: str, actor: User, now: datetime
) -> CashMint:
    """Book a credit of the settlement account that pays no purchase, and draft tokens for it into the payer's wallet.

    For an investor who wants cash tokens, and for the treasury, which funds its payments in them. Once per bank
    reference: the same again returns the first, other figures are Refused.
    """
    require_power(actor, Power.CASH_CONFIRM)
    if amount_minor <= 0 or not bank_reference.strip() or len(bank_reference) > 64:
        raise Refused("A credit is positive and named by the bank.", field="amount_minor", rule="positive, named")
    token = _token(currency)
    _require_holder(wallet, now)
    advisory_xact_lock(f"settlement.receipt:{bank_reference}")
    known = CashMint.objects.filter(receipt__key=f"receipt:{bank_reference}").first()
    if known is not None:
        if (known.token_id, known.wallet_id, known.amount_minor) != (token.pk, wallet.pk, amount_minor):
            raise Refused("This bank reference was booked with other figures.", field="bank_reference", rule="once")
        return known
    if CashEntry.objects.filter(key=f"receipt:{bank_reference}").exists():
        raise Conflict("This bank reference was booked for something else.", field="bank_reference", rule="booked once")
    receipt = journal_post(
        key=f"receipt:{bank_reference}",
        kind=CashEntry.Kind.DEPOSIT,
        currency=currency,
        words=f"{bank_reference}: credit for cash tokens of {wallet.address}"[:200],
        legs=[("BANK", amount_minor), ("BANK_LEG", -amount_minor)],
        now=now,
        bank_reference=bank_reference,
    )
    return _open(token, wallet, receipt, bank_reference, amount_minor, actor, now)


@transaction.atomic
def settlement_mint_open(*, settlement: SettlementInstruction, actor: User, now: datetime) -> CashMint:
    """Draft the tokens of a paid purchase that is delivered against cash tokens: once per settlement."""
    lock_rows(SettlementInstruction.objects.filter(pk=settlement.pk))
    row = SettlementInstruction.objects.select_related("cash_entry", "wallet").get(pk=settlement.pk)
    known = CashMint.objects.filter(settlement=row).first()
    if known is not None:
        return known
    on_its_way = row.state in (SettlementInstruction.State.CASH_CONFIRMED, SettlementInstruction.State.IMMOBILISED)
    if row.cash_entry is None or row.rail != SettlementInstruction.Rail.TOKEN or not on_its_way:
        raise Refused(
            f"{row.payment_reference} is {row.state}, on rail {row.rail}.",
            field="settlement",
            rule="paid for delivery against cash tokens, not yet delivered",
        )
    reference = row.cash_entry.key.removeprefix("receipt:")
    return _open(_token(row.currency), row.wallet, row.cash_entry, reference, row.amount_minor, actor, now, row)


@transaction.atomic
def cash_mint_give_up(*, mint: CashMint, reason: str, actor: User, now: datetime) -> CashMint:
    """Put a credit that nobody has confirmed yet into suspense instead; two persons return it from there.

    A purchase that it pays has been withdrawn before, by two: one officer ends none. Refused otherwise.
    """
    require_power(actor, Power.CASH_MINT_DRAFT)
    pair = (mint.issue_instruction_id, mint.confirm_instruction_id)
    # The fiscal agent's word takes the same lock: it comes before this decision, or finds it cancelled.
    lock_rows(CashMint.objects.filter(pk=mint.pk), Instruction.objects.filter(pk__in=pair))
    row = CashMint.objects.select_related("token", "settlement", "issue_instruction", "confirm_instruction").get(
        pk=mint.pk
    )
    if RegistryConfirmation.objects.filter(instruction=row.confirm_instruction).exists():
        raise Refused("The fiscal agent has confirmed it already.", field="mint", rule="not yet confirmed")
    _require_ended(row.settlement)
    for instruction in (row.issue_instruction, row.confirm_instruction):
        instruction_cancel(instruction=instruction, reason=reason, actor=actor, now=now)
    credit_to_suspense(row, reason, now)
    body = {"amount_minor": row.amount_minor, "reason": reason}
    audit.record(actor=actor, action="cash.mint.give_up", subject=f"cash-mint:{row.pk}", body=body, now=now)
    return row


def _require_ended(purchase: SettlementInstruction | None) -> None:
    if purchase is not None and purchase.state != SettlementInstruction.State.WITHDRAWN:
        raise Refused(
            f"This credit pays {purchase.payment_reference}, which is {purchase.state}.",
            field="mint",
            rule="a paid purchase is ended by two",
            next_step="After its deadline two persons withdraw the purchase; then its credit is given up.",
        )


def credit_to_suspense(row: CashMint, reason: str, now: datetime) -> None:
    """RELEASED: no token stands for the credit any more; it waits in suspense, in the caller's transaction."""
    currency = row.token.currency
    entry = journal_post(
        key=f"cash:mint:{row.pk}:suspense",
        kind=CashEntry.Kind.SUSPENSE,
        currency=currency,
        words=f"{row.bank_reference}: no tokens, {reason}"[:200],
        legs=[("BANK_LEG", row.amount_minor), ("SUSPENSE", -row.amount_minor)],
        now=now,
    )
    suspense_hold(
        entry=entry,
        amount_minor=row.amount_minor,
        currency=currency,
        reason=f"no tokens could be minted: {reason}",
        bank_reference=row.bank_reference,
        settlement=row.settlement,
    )
    mint_machine.move(row, State.RELEASED, entry=entry, reason=reason)


def _token(currency: str) -> TokenContract:
    token = cash_token(currency)
    if token is None or token.state != TokenContract.State.LIVE:
        raise Refused(f"There is no live cash token in {currency}.", field="currency", rule="tokenised first")
    return token


def _require_holder(wallet: Wallet, now: datetime) -> None:
    if wallet_owner(wallet.address, now) is None:
        raise Refused("The wallet is nobody's.", field="wallet", rule="proved by its holder")


def _open(
    token: TokenContract,
    wallet: Wallet,
    receipt: CashEntry,
    bank_reference: str,
    amount_minor: int,
    actor: User,
    now: datetime,
    settlement: SettlementInstruction | None = None,
) -> CashMint:
    issue = instruction_create(
        token=token,
        kind=Instruction.Kind.ISSUE,
        wallet=wallet,
        units=amount_minor,
        source_key=f"cash:mint:{receipt.pk}",
        deadline=settlement.deliver_by if settlement else None,
        actor=actor,
        now=now,
    )
    mint = CashMint.objects.create(
        token=token,
        wallet=wallet,
        settlement=settlement,
        receipt=receipt,
        bank_reference=bank_reference[:64],
        amount_minor=amount_minor,
        issue_instruction=issue,
        confirm_instruction=confirm_draft(issue, f"cash:confirm:{receipt.pk}", actor, now),
        opened_at=now,
    )
    body = {"token": token.code, "wallet": wallet.address, "amount_minor": amount_minor, "receipt": receipt.key}
    audit.record(actor=actor, action="cash.mint.open", subject=f"cash-mint:{mint.pk}", body=body, now=now)
    return mint


def confirm_draft(issue: Instruction, source_key: str, actor: User, now: datetime) -> Instruction:
    """What the fiscal agent will sign for an issue."""
    return instruction_create(
        token=issue.token,
        kind=Instruction.Kind.CONFIRM,
        wallet=None,
        units=issue.units,
        source_key=source_key,
        linked_to=issue,
        actor=actor,
        now=now,
    )
