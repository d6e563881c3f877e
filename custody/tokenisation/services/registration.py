"""Wallets on the chain's identity registry: in batches, with the KYC's end as expiry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from contracts.gateway import calls
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.models import Intent
from contracts.outbox.services import intent_enqueue
from custody.tokenisation.models import ChainCode, PartyCode, Wallet, WalletHolder, wallet_machine
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.codes import chain_code
from custody.tokenisation.services.outcome import Outcome, intent_result
from tokenization.identity import audit, kyc
from tokenization.identity.actors import system_user
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows

COUNTRY, CATEGORY = ChainCode.Kind.COUNTRY, ChainCode.Kind.CATEGORY


@transaction.atomic
def wallets_register(*, wallets: Sequence[Wallet], actor: User, now: datetime) -> list[Intent]:
    """Send registrations with expiry = the end of the holder's KYC, in batches of settings.BATCH_SIZE.

    What the chain already says, or was already asked to say, is not sent again. A wallet without proof, holder or
    valid KYC refuses the whole call with nothing sent.
    """
    require_power(actor, Power.WALLET_REGISTER)
    (rows,) = lock_rows(Wallet.objects.filter(pk__in=[w.pk for w in wallets]))
    due = [(wallet, *_terms(wallet, now)) for wallet in rows]
    return _send([line for line in due if _differs(line[0], line[2])], actor, now)


def _terms(wallet: Wallet, now: datetime) -> tuple[Party, int]:
    holder = _holders(now).filter(wallet=wallet).select_related("party").first()
    if holder is None or wallet.proved_at is None:
        raise Refused(
            f"{wallet.address} is not a proved wallet of anybody.",
            field="wallet",
            rule="ownership is proved",
            next_step="Have its holder sign the ownership message.",
        )
    until = kyc.valid_until(holder.party)
    if until is None or not kyc.is_valid(holder.party, now):
        raise Refused(
            f"The KYC of {holder.party.reference} is not valid.",
            field="party",
            rule="valid KYC",
            next_step="Compliance must decide first.",
        )
    return holder.party, int(until.timestamp())


def _holders(now: datetime) -> QuerySet[WalletHolder]:
    return WalletHolder.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), valid_from__lte=now)


def _differs(wallet: Wallet, expiry: int) -> bool:
    if wallet.chain_state == Wallet.ChainState.SENT:
        return False
    return wallet.chain_state == Wallet.ChainState.NONE or wallet.recorded_expiry != expiry


def _send(due: Sequence[tuple[Wallet, Party, int]], actor: User, now: datetime) -> list[Intent]:
    registry = contract_address("IDENTITY_REGISTRY") if due else ""
    intents = []
    for start in range(0, len(due), settings.BATCH_SIZE):
        batch = due[start : start + settings.BATCH_SIZE]
        lines = [
            calls.Registration(
                w.address, _code(p), chain_code(COUNTRY, p.country), chain_code(CATEGORY, p.category), expiry
            )
            for w, p, expiry in batch
        ]
        body = [[w.address, w.round + 1, expiry] for w, _, expiry in batch]
        intent = intent_enqueue(
            key="wallets:" + sha256_hex(canonical_json(body)),
            signer=ROLE_KEYS[ChainRole.IDENTITY],
            call=calls.register_wallets(registry, lines),
            now=now,
        )
        for wallet, _, expiry in batch:
            wallet_machine.move(wallet, "SENT", intent=intent, sent_expiry=expiry, round=wallet.round + 1)
        audit.record(
            actor=actor,
            action="wallets.register",
            subject=f"intent:{intent.pk}",
            body={"wallets": [w.address for w, _, _ in batch], "expiry": [e for _, _, e in batch]},
            now=now,
        )
        intents.append(intent)
    return intents


def _code(party: Party) -> str:
    return PartyCode.objects.get_or_create(party=party)[0].code


def wallets_advance(*, now: datetime) -> int:
    """Pull how registrations ended, then re-register where the KYC decision has moved. Returns how many moved.

    A renewed KYC gets its new end on chain; a suspended or refused one ends on chain now. A lapse needs nothing: the
    chain's own expiry does it.
    """
    return _pull() + _renew(now)


def _pull() -> int:
    moved = 0
    for wallet in Wallet.objects.filter(chain_state=Wallet.ChainState.SENT).select_related("intent"):
        if wallet.intent is None:
            continue
        result = intent_result(wallet.intent, wallet=wallet.address)
        if result.outcome is Outcome.DONE:
            wallet_machine.move(wallet, "REGISTERED", recorded_expiry=wallet.sent_expiry)
            moved += 1
        elif result.outcome is Outcome.FAILED:
            wallet_machine.move(wallet, "NONE")
            moved += 1
    return moved


@transaction.atomic
def _renew(now: datetime) -> int:
    changed = [(wallet, party, expiry) for wallet, party, expiry in _moved_decisions(now)]
    if not changed:
        return 0
    lock_rows(Wallet.objects.filter(pk__in=[wallet.pk for wallet, _, _ in changed]))
    _send([line for line in changed if _differs(line[0], line[2])], system_user(), now)
    return len(changed)


def _moved_decisions(now: datetime) -> Iterable[tuple[Wallet, Party, int]]:
    registered = _holders(now).filter(wallet__chain_state=Wallet.ChainState.REGISTERED)
    for holder in registered.select_related("wallet", "party"):
        until = kyc.valid_until(holder.party)
        recorded = holder.wallet.recorded_expiry or 0
        if until is not None and kyc.is_valid(holder.party, now):
            if int(until.timestamp()) != recorded:
                yield holder.wallet, holder.party, int(until.timestamp())
        elif until is None and recorded > int(now.timestamp()):
            yield holder.wallet, holder.party, int(now.timestamp())
