"""Holding more against a reserve at once: the chain's figure goes up without waiting for an examiner."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.orders import BY_NAME, Order
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.services import intent_enqueue
from custody.reserves.models import EncumbranceRaise, ReserveAttestation, attestation_machine
from custody.reserves.selectors import encumbered_at_most
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import contract_address
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.locks import lock_rows

State = ReserveAttestation.State
ATTESTED = (State.RECEIVED, State.RELAYED, State.IN_FORCE)


@transaction.atomic
def encumbrance_raise(
    *, token: TokenContract, added_minor: int, basis: str, reason: str, actor: User, now: datetime
) -> EncumbranceRaise | None:
    """Hold `added_minor` more against the token's reserve, here from now on and on chain by the enforcement key.

    In the transaction of what takes items away (a pledge, a burn for them). Drafts that nobody has signed count those
    items and are discarded. None where nothing is attested yet: the first attestation will not count them.
    `basis` is a name of contracts.gateway.orders.
    """
    # Whoever draws up or signs holds this row too: a draft is gone before it can be signed, or signed and counted here.
    lock_rows(TokenContract.objects.filter(pk=token.pk))
    for draft in ReserveAttestation.objects.filter(token=token, state=State.DRAFT):
        attestation_machine.move(draft, State.DISCARDED, reason=f"items it counts have left: {reason}")
    if not ReserveAttestation.objects.filter(token=token, state__in=ATTESTED).exists():
        return None
    total = encumbered_at_most(token) + added_minor
    sequence = EncumbranceRaise.objects.filter(token=token).count() + 1
    salt = "0x" + secrets.token_hex(32)
    # What stands on chain is a salted hash: a reason could be guessed.
    order = Order(BY_NAME[basis].code, sha256_hex(bytes.fromhex(salt[2:]) + reason.encode()))
    intent = intent_enqueue(
        key=f"reserves:{token.pk}:encumber:{sequence}",
        signer=ROLE_KEYS[ChainRole.ENFORCEMENT],
        call=calls.raise_encumbrance(contract_address("RESERVE_BOOK"), token.address, total, order),
        now=now,
    )
    row = EncumbranceRaise.objects.create(
        token=token,
        sequence=sequence,
        added_minor=added_minor,
        encumbered_minor=total,
        basis=order.basis,
        reason=reason,
        salt=salt,
        intent=intent,
        raised_at=now,
    )
    body = {
        "token": token.code,
        "added_minor": added_minor,
        "encumbered_minor": total,
        "basis": basis,
        "reason": reason,
    }
    audit.record(actor=actor, action="reserve.encumber", subject=f"token:{token.pk}", body=body, now=now)
    return row
