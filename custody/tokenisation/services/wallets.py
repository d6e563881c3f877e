"""Proof that a wallet is its holder's, and whose it is from when until when."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from contracts.gateway.typed_data import recover, wallet_proof_typed_data
from contracts.outbox.models import Chain
from custody.tokenisation.models import Wallet, WalletChallenge, WalletHolder
from tokenization.identity import audit
from tokenization.identity.models import Party, User
from tokenization.kernel.errors import Conflict, Refused, Unavailable

CHALLENGE_LIFE = timedelta(minutes=15)


def chain_id() -> int:
    """The id of the one chain this database belongs to; Unavailable until the outbox has met it."""
    known = Chain.objects.values_list("chain_id", flat=True).first()
    if known is None:
        raise Unavailable("The chain is not known yet.", next_step="Start the sender; it asks the node once.")
    return known


def _typed_data(challenge: WalletChallenge) -> dict[str, Any]:
    return wallet_proof_typed_data(
        chain_id(),
        challenge.address,
        challenge.party.reference,
        challenge.nonce,
        int(challenge.issued_at.timestamp()),
        int(challenge.expires_at.timestamp()),
    )


@transaction.atomic
def wallet_challenge(*, party: Party, address: str, now: datetime) -> dict[str, Any]:
    """The EIP-712 message that the wallet's key must sign within fifteen minutes. Every call makes a new nonce."""
    challenge = WalletChallenge.objects.create(
        party=party,
        address=address.lower(),
        nonce="0x" + secrets.token_hex(32),
        issued_at=now.replace(microsecond=0),
        expires_at=now.replace(microsecond=0) + CHALLENGE_LIFE,
    )
    return _typed_data(challenge)


@transaction.atomic
def wallet_prove(*, party: Party, address: str, signature: str, actor: User, now: datetime) -> Wallet:
    """Accept a signed challenge: the wallet is the party's from now on.

    The nonce is used up; a signature by another key, of another challenge, late or seen before is Refused. Proving
    again what is proved changes nothing but the proof. Conflict if the wallet is somebody else's.
    """
    challenge = _answered(party, address.lower(), signature, now)
    if WalletChallenge.objects.filter(pk=challenge.pk, used_at__isnull=True).update(used_at=now) != 1:
        raise Conflict("This proof was used already.", field="signature", rule="a nonce is used once")
    wallet, _ = Wallet.objects.get_or_create(address=address.lower())
    wallet.proof_nonce, wallet.proof_signature, wallet.proved_at = challenge.nonce, signature, now
    wallet.save(update_fields=["proof_nonce", "proof_signature", "proved_at"])
    _hold(wallet, party, now)
    audit.record(
        actor=actor,
        action="wallet.prove",
        subject=f"wallet:{wallet.pk}",
        body={"address": wallet.address, "party": party.reference, "nonce": challenge.nonce},
        now=now,
    )
    return wallet


def _answered(party: Party, address: str, signature: str, now: datetime) -> WalletChallenge:
    open_ones = WalletChallenge.objects.filter(
        party=party, address=address, used_at__isnull=True, expires_at__gt=now
    ).select_related("party")
    for challenge in open_ones.order_by("-pk"):
        if recover(_typed_data(challenge), signature).lower() == address:
            return challenge
    raise Refused(
        "The signature answers no open question for this wallet.",
        field="signature",
        rule="signed by the wallet's key, within its time, once",
        next_step="Ask for a new message and sign it with the wallet's own key.",
    )


def _hold(wallet: Wallet, party: Party, now: datetime) -> None:
    current = wallet.holders.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now)).first()
    if current is None:
        WalletHolder.objects.create(wallet=wallet, party=party, valid_from=now)
    elif current.party_id != party.pk:
        raise Conflict(
            "The wallet belongs to another party.",
            field="address",
            rule="one holder at a time",
            next_step="Its present holder must give it up first.",
        )


@transaction.atomic
def wallet_release(*, wallet: Wallet, actor: User, now: datetime) -> None:
    """End the present holding: from now on the wallet is nobody's until somebody proves it again."""
    ended = wallet.holders.filter(valid_until__isnull=True).update(valid_until=now)
    if ended:
        audit.record(actor=actor, action="wallet.release", subject=f"wallet:{wallet.pk}", body={}, now=now)


def wallet_known(address: str) -> Wallet:
    """The row of an address seen on chain, proved or not (an annulment may have to name a stranger's wallet)."""
    return Wallet.objects.get_or_create(address=address.lower())[0]
