"""The wallets that are the state's own: the treasury's key for cash tokens, and the paying agent's contract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import Q

from contracts.gateway import calls
from contracts.gateway.roles import TREASURY_KEY
from contracts.outbox.models import Intent
from contracts.outbox.selectors import signer_address
from contracts.outbox.services import intent_enqueue
from custody.tokenisation.models import Wallet, WalletHolder
from custody.tokenisation.selectors import cash_token, contract_address
from custody.tokenisation.services.wallets import wallet_known
from tokenization.identity import audit
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Conflict, Refused
from tokenization.kernel.locks import lock_rows

OwnWallet = Literal["TREASURY", "PAYING_AGENT"]
Drawer = Literal["DELIVERY_VERSUS_PAYMENT", "PAYING_AGENT"]


@transaction.atomic
def own_wallet_enrol(*, name: OwnWallet, party: Party, actor: User, now: datetime) -> Wallet:
    """Make the treasury's key, or the paying agent's contract, a wallet of this public body, to be registered next.

    No signature proves it: our own signer named the key, or our own deployment the contract. Conflict if it is
    somebody else's wallet; again for the same party changes nothing.
    """
    require_power(actor, Power.WALLET_REGISTER)
    if party.kind != Party.Kind.PUBLIC_BODY:
        raise Refused(f"{party.reference} is no public body.", field="party", rule="public body")
    address = signer_address(TREASURY_KEY) if name == "TREASURY" else contract_address(name)
    wallet = wallet_known(address)
    lock_rows(Wallet.objects.filter(pk=wallet.pk))
    current = wallet.holders.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now)).first()
    if current is not None and current.party_id != party.pk:
        raise Conflict("The wallet belongs to another party.", field="party", rule="one holder at a time")
    if current is None:
        WalletHolder.objects.create(wallet=wallet, party=party, valid_from=now)
        Wallet.objects.filter(pk=wallet.pk).update(proved_at=now)
        wallet.proved_at = now
        body = {"wallet": name, "address": address, "party": party.reference}
        audit.record(actor=actor, action="wallet.own", subject=f"wallet:{wallet.pk}", body=body, now=now)
    return wallet


@transaction.atomic
def treasury_allow(
    *,
    currency: str,
    drawer: Drawer,
    amount_minor: int,
    key: str,
    actor: User,
    now: datetime,
    after: Sequence[Intent] = (),
) -> Intent:
    """Let settlement or the paying agent draw at most this sum from the treasury's wallet, in the caller's transaction.

    It replaces what was allowed before: whoever draws in steps allows the next sum after the last was drawn. Once per
    `key`. Zero takes the permission back. The signer's policy allows no other spender and no other token.
    """
    if amount_minor < 0:
        raise Refused("A sum is not negative.", field="amount_minor", rule="zero or more")
    token = cash_token(currency)
    if token is None:
        raise Refused(f"There is no cash token in {currency}.", field="currency", rule="tokenised first")
    words = "delivery versus payment" if drawer == "DELIVERY_VERSUS_PAYMENT" else "the paying agent"
    call = calls.call(
        "SecurityToken",
        token.address,
        "approve",
        (contract_address(drawer), amount_minor),
        f"Let {words} draw {amount_minor:,} units of {token.code} from the treasury",
    )
    intent = intent_enqueue(key=f"treasury:allow:{key}", signer=TREASURY_KEY, call=call, after=after, now=now)
    body = {"currency": currency, "drawer": drawer, "amount_minor": amount_minor, "key": key}
    audit.record(actor=actor, action="treasury.allow", subject=f"intent:{intent.pk}", body=body, now=now)
    return intent
