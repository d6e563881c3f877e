"""Tokens back into money: asked for, burned once two have approved it, then paid out by the fiscal agent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from custody.cash.models import CashBurn, burn_machine
from custody.cash.selectors import burns_asked, free_units, payable_units, recovery_due
from custody.instructions.models import Instruction
from custody.instructions.services import instruction_cancel, instruction_create
from custody.registries.services import release_receive
from custody.settlement.models import CashEntry
from custody.settlement.services import journal_post
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import cash_token, treasury_wallet, wallet_owner
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, has_power, require_power
from tokenization.kernel.errors import Conflict, NotAllowed, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.secrets import masked
from tokenization.kernel.writing import money

State = CashBurn.State
TREASURY_ACCOUNT = "treasury single account"
ALREADY_PAID = "holders whom the bank has paid already"
TRIED_FOR = timedelta(days=2)


@transaction.atomic
def cash_burn_request(
    *,
    wallet: Wallet,
    currency: str,
    amount_minor: int,
    payee: str,
    actor: User,
    now: datetime,
    nth: int | None = None,
) -> CashBurn:
    """The holder wants money at his bank for tokens of his wallet; an officer may write it down for him.

    Refused for more than the wallet holds undisputed and has not asked to burn already, and for the treasury's wallet:
    its tokens are swept (`proceeds_sweep`). `payee` is the account.
    `nth`: which of this wallet it is (`burns_asked` + 1): a page sent twice asks once, other figures are a Conflict.
    """
    token, party = _token(currency), _holder(wallet, actor, now)
    if not payee.strip() or len(payee) > 64:
        raise Refused("Say which account is to be paid.", field="payee", rule="1 to 64 characters")
    if wallet == treasury_wallet():
        raise Refused(
            "This wallet is the treasury's.",
            field="wallet",
            rule="swept to the treasury's own account",
            next_step="Sweep the proceeds instead.",
        )
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    if nth is not None and nth <= burns_asked(wallet):
        return _known(token, wallet, nth, amount_minor, payee.strip())
    return _open(token, wallet, party, amount_minor, payee.strip(), None, actor, now)


@transaction.atomic
def proceeds_sweep(*, currency: str, day: date, actor: User, now: datetime) -> CashBurn | None:
    """Draft the burn of what is the treasury's own in its wallet, to be paid to its account the same day.

    None when there is nothing. What is set aside for holders stays, and so does what came back to be burned. While the
    sweep of a day is under way it is returned again; what came in since is swept by the next.
    """
    require_power(actor, Power.CASH_BURN_DRAFT)
    token, wallet = _token(currency), treasury_wallet()
    party = wallet_owner(wallet.address, now) if wallet else None
    if wallet is None or party is None:
        raise Refused("The treasury has no wallet yet.", field="currency", rule="enrolled first")
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    open_one = CashBurn.objects.filter(token=token, day=day, state__in=(State.REQUESTED, State.BURNING)).first()
    if open_one is not None:
        return open_one
    units = payable_units(token, wallet)
    return _open(token, wallet, party, units, TREASURY_ACCOUNT, day, actor, now) if units else None


@transaction.atomic
def recovery_draft(*, token: TokenContract, now: datetime) -> CashBurn | None:
    """Draft the burn of tokens that came back after bank rails had paid in their place; None when there is nothing.

    Drafted by the bell, approved by two; nothing is paid out for it. It waits until the register shows the tokens.
    """
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    wallet = treasury_wallet()
    party = wallet_owner(wallet.address, now) if wallet else None
    due = recovery_due(token)
    if wallet is None or party is None or not 0 < due <= free_units(token, wallet):
        return None
    return _open(token, wallet, party, due, ALREADY_PAID, None, system_user(), now, recovers=True)


@transaction.atomic
def cash_burn_cancel(*, burn: CashBurn, reason: str, actor: User, now: datetime) -> CashBurn:
    """Give up a pay-out whose tokens nobody has burned yet: by its holder, or by an officer who may ask for one."""
    row = _locked(burn)
    _require_member(row.party, actor)
    instruction_cancel(instruction=row.instruction, reason=reason, actor=actor, now=now)
    burn_machine.move(row, State.CANCELLED, reason=reason)
    audit.record(
        actor=actor, action="cash.burn.cancel", subject=f"cash-burn:{row.pk}", body={"reason": reason}, now=now
    )
    return row


@transaction.atomic
def cash_burn_paid(*, burn: CashBurn, bank_reference: str, actor: User, now: datetime) -> CashBurn:
    """The fiscal agent has paid out what was burned: the journal and the registry side say so together.

    Of tokens that were recovered: it has paid the holders before, under this reference; nothing leaves the account now.
    Refused before the burn is final; again under the same reference changes nothing, under another is a Conflict.
    """
    require_power(actor, Power.CASH_CONFIRM)
    if not bank_reference.strip() or len(bank_reference) > 64:
        raise Refused("A bank reference has 1 to 64 characters.", field="bank_reference", rule="length")
    row = _locked(burn)
    if row.state == State.PAID:
        if row.bank_reference != bank_reference:
            raise Conflict("Paid out under another reference.", field="bank_reference", rule="paid once")
        return row
    if row.state != State.BURNED:
        raise Refused(
            f"The tokens are not burned yet ({row.state}).",
            field="burn",
            rule="burned before it is paid out",
            next_step="Wait until the burn can no longer be undone.",
        )
    entry = _paid_out(row, bank_reference, now)
    release_receive(
        instruction=row.instruction, kind="EXTINGUISH", registry_reference=bank_reference, actor=actor, now=now
    )
    audit.move(burn_machine, row, State.PAID, actor=actor, now=now, payout_entry=entry, bank_reference=bank_reference)
    return row


def _paid_out(row: CashBurn, bank_reference: str, now: datetime) -> CashEntry:
    amount = row.amount_minor
    # What bank rails paid in place of the tokens has left the account already, under a reference of its own.
    legs = [("PAYOUT", amount), ("RETURNED" if row.recovers else "BANK", -amount)]
    if row.day is not None:
        legs += [("TREASURY", amount), ("TREASURY_TOKEN", -amount)]
    return journal_post(
        key=f"cash:burn:{row.pk}:payout",
        kind=CashEntry.Kind.PAYOUT,
        currency=row.token.currency,
        words=f"Paid out to {masked(row.payee)}, bank reference {bank_reference}"[:200],
        legs=legs,
        now=now,
        bank_reference="" if row.recovers else bank_reference,
    )


def _known(token: TokenContract, wallet: Wallet, nth: int, amount_minor: int, payee: str) -> CashBurn:
    rows = CashBurn.objects.filter(instruction__source_key=_source_key(token, wallet, nth))
    row = rows.select_related("token", "party", "instruction").first()
    if row is None or (row.amount_minor, row.payee) != (amount_minor, payee):
        raise Conflict(
            "Another pay-out of this wallet was asked for meanwhile.",
            field="wallet",
            rule="asked for once",
            next_step="Look at what was asked for, then check again.",
        )
    return row


def _source_key(token: TokenContract, wallet: Wallet, nth: int) -> str:
    return f"cash:burn:{token.pk}:{wallet.pk}:{nth}"


def _open(
    token: TokenContract,
    wallet: Wallet,
    party: Party,
    amount_minor: int,
    payee: str,
    day: date | None,
    actor: User,
    now: datetime,
    *,
    recovers: bool = False,
) -> CashBurn:
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    free = free_units(token, wallet) if recovers else payable_units(token, wallet)
    if not 0 < amount_minor <= free:
        raise Refused(
            f"{money(free, token.currency)} can be paid out of this wallet, not {money(amount_minor, token.currency)}.",
            field="amount_minor",
            rule="held, undisputed and not asked for already",
        )
    instruction = instruction_create(
        token=token,
        kind=Instruction.Kind.REDEEM,
        wallet=wallet,
        units=amount_minor,
        source_key=_source_key(token, wallet, burns_asked(wallet) + 1),
        deadline=now + TRIED_FOR,
        actor=actor,
        now=now,
    )
    burn = CashBurn.objects.create(
        token=token,
        wallet=wallet,
        party=party,
        amount_minor=amount_minor,
        payee=payee,
        day=day,
        recovers=recovers,
        instruction=instruction,
        requested_by=actor,
        requested_at=now,
    )
    body = {"token": token.code, "wallet": wallet.address, "amount_minor": amount_minor, "payee": masked(payee)}
    audit.record(actor=actor, action="cash.burn.request", subject=f"cash-burn:{burn.pk}", body=body, now=now)
    return burn


def _locked(burn: CashBurn) -> CashBurn:
    lock_rows(CashBurn.objects.filter(pk=burn.pk))
    return CashBurn.objects.select_related("token", "party", "instruction").get(pk=burn.pk)


def _holder(wallet: Wallet, actor: User, now: datetime) -> Party:
    party = wallet_owner(wallet.address, now)
    if party is None:
        raise Refused("The wallet is nobody's.", field="wallet", rule="proved by its holder")
    _require_member(party, actor)
    return party


def _require_member(party: Party, actor: User) -> None:
    mine = has_power(actor, Power.PORTAL) and party.members.filter(user=actor).exists()
    if not mine and not has_power(actor, Power.CASH_BURN_DRAFT):
        raise NotAllowed(
            f"{actor.username} does not act for {party.reference}.", field="wallet", rule="the holder or an officer"
        )


def _token(currency: str) -> TokenContract:
    token = cash_token(currency)
    if token is None:
        raise Refused(f"There is no cash token in {currency}.", field="currency", rule="tokenised first")
    return token
