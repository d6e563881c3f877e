"""Giving an instruction its number: once per cause, under the token's row lock, without gaps."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.gateway.leaves import leaf
from custody.instructions.models import Instruction, instruction_machine
from custody.tokenisation.models import TokenContract, Wallet
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows

CREATABLE = ("CONFIRM", "ISSUE", "WITHDRAW", "REDEEM", "ANNUL")


def numbers_take(token: TokenContract, count: int) -> range:
    """Take the next `count` numbers of a token; the row lock lasts until the caller's transaction ends."""
    if count < 1:
        raise Refused("At least one number is taken.", field="count", rule="positive")
    ((row,),) = lock_rows(TokenContract.objects.filter(pk=token.pk))
    first = row.next_number
    TokenContract.objects.filter(pk=row.pk).update(next_number=first + count)
    token.next_number = first + count
    return range(first, first + count)


@transaction.atomic
def instruction_create(
    *,
    token: TokenContract,
    kind: str,
    wallet: Wallet | None,
    units: int,
    source_key: str,
    linked_to: Instruction | None = None,
    deadline: datetime | None = None,
    actor: User,
    now: datetime,
) -> Instruction:
    """Write down one effect with the token's next number, as DRAFT.

    `source_key` names the cause: the same cause gets the same instruction back, another body under it is Refused.
    `deadline` (chain time) ends the trying; without it a send waits for ever.
    """
    _check(kind, wallet, units)
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    found = Instruction.objects.filter(source_key=source_key).first()
    if found:
        return _same(found, token, kind, wallet, units, linked_to)
    (number,) = numbers_take(token, 1)
    instruction = Instruction.objects.create(
        token=token,
        number=number,
        kind=kind,
        wallet=wallet,
        units=units,
        leaf=instruction_leaf(token, kind, number, wallet, units),
        source_key=source_key,
        linked_to=linked_to,
        deadline=deadline,
        created_at=now,
    )
    audit.record(
        actor=actor,
        action="instruction.create",
        subject=f"instruction:{instruction.pk}",
        body={"kind": kind, "number": number, "units": units, "source": source_key},
        now=now,
    )
    return instruction


def instruction_leaf(token: TokenContract, kind: str, number: int, wallet: Wallet | None, units: int) -> str:
    """What officers approve: the hash of (chain, token, kind, number, wallet, units). CONFIRM has the zero address."""
    address = wallet.address if wallet else ""
    return leaf(chain_id=token.chain_id, contract=token.address, kind=kind, number=number, wallet=address, units=units)


@transaction.atomic
def instruction_cancel(*, instruction: Instruction, reason: str, actor: User, now: datetime) -> Instruction:
    """Give up an instruction that never left. Conflict if it was sent meanwhile."""
    audit.move(instruction_machine, instruction, "CANCELLED", actor=actor, now=now, reason=reason)
    return instruction


def _check(kind: str, wallet: Wallet | None, units: int) -> None:
    if kind not in CREATABLE:
        raise Refused(f"No service sends instructions of kind {kind}.", field="kind", rule="known kind")
    if units < 1:
        raise Refused("An instruction moves at least one unit.", field="units", rule="positive")
    if (wallet is None) != (kind == "CONFIRM"):
        raise Refused("Every kind but CONFIRM names one wallet.", field="wallet", rule="wallet by kind")


def _same(
    found: Instruction,
    token: TokenContract,
    kind: str,
    wallet: Wallet | None,
    units: int,
    linked_to: Instruction | None,
) -> Instruction:
    wanted = (token.pk, kind, wallet.pk if wallet else None, units, linked_to.pk if linked_to else None)
    if (found.token_id, found.kind, found.wallet_id, found.units, found.linked_to_id) != wanted:
        raise Refused(
            f"{found.source_key} already caused another instruction (number {found.number}).",
            field="source_key",
            rule="one cause, one instruction",
        )
    return found
