"""The settlement cash of a currency: its terms, its creation under the cash suite, and its place in the closed list.

1. The cash engine learns the currency's programme with its ceiling.  2. The factory creates the token.
3. The cash book accepts it: a rule, so it is announced for a day. Until then nothing settles in it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.indexer.services import watch
from contracts.outbox.services import intent_enqueue
from custody.tokenisation.models import CashProgramme, ChainContract, ChainSetting, TokenContract, token_machine
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.powers import power_use
from custody.tokenisation.services.programme import MICRO
from custody.tokenisation.services.tokens import TokenTerms, predicted_address
from custody.tokenisation.services.wallets import chain_id
from tokenization.identity.models import Approval
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.money import minor_digits

# Cash is never due: the last second that the engine can count to.
NEVER = 2**40 - 1


def cash_terms(programme: CashProgramme) -> TokenTerms:
    """What the factory is called with: as many decimals as the currency, so that a token unit is a minor unit."""
    currency, digits = programme.currency, minor_digits(programme.currency)
    sheet = {"currency": currency, "decimals": digits, "redeemable": "at par, on the holder's request", "due": "never"}
    return TokenTerms(
        name=f"Settlement cash {currency}",
        symbol=f"{currency}-CASH",
        terms_hash=sha256_hex(canonical_json(sheet)),
        programme=programme.code,
        ceiling_units=programme.ceiling_minor,
        face_per_unit=MICRO,
        maturity=NEVER,
        identity_registry=contract_address("IDENTITY_REGISTRY"),
        engine=contract_address("CASH_ENGINE"),
        controller=contract_address("CASH_CONTROLLER"),
        decimals=digits,
    )


def cash_salt(terms: TokenTerms) -> str:
    """One salt per currency and deployment."""
    return sha256_hex(canonical_json({"cash": terms.symbol, "controller": terms.controller}))


@transaction.atomic
def cash_token_plan(*, currency: str, ceiling_minor: int, approval: Approval, now: datetime) -> TokenContract:
    """Name the address of the currency's cash, have it watched from now, send its creation and announce its listing."""
    programme, _ = CashProgramme.objects.get_or_create(currency=currency, defaults={"ceiling_minor": ceiling_minor})
    terms = cash_terms(programme)
    salt = cash_salt(terms)
    token = TokenContract.objects.create(
        purpose=TokenContract.Purpose.CASH,
        currency=currency,
        chain_id=chain_id(),
        address=predicted_address(salt, terms),
        salt=salt,
        terms_hash=terms.terms_hash,
        approval=approval,
    )
    _watch(token, now)
    intent = intent_enqueue(
        key=f"token:{token.code}",
        signer=ROLE_KEYS[ChainRole.DEPLOYER],
        call=calls.create_token(contract_address("FACTORY"), salt, terms.as_tuple(), token.code),
        after=[_programme_add(programme, now).intent],
        now=now,
    )
    token_machine.move(token, "SENT", intent=intent)
    _list(token, terms.decimals, now)
    return token


def listing_key(currency: str) -> str:
    return f"cash:{currency}:accepted"


def _watch(token: TokenContract, now: datetime) -> None:
    """The suite too: a deployment of before may not be watched yet, and its logs are posted with the token's."""
    for name in (token.controller, token.engine):
        row = ChainContract.objects.get(name=name)
        watch(address=str(row.address), artifact=row.artifact, name=name, now=now)
    watch(address=token.address, artifact="SecurityToken", name=token.code, now=now)


def _programme_add(programme: CashProgramme, now: datetime) -> ChainSetting:
    currency, ceiling = programme.currency, programme.ceiling_minor
    call = calls.call(
        "Engine",
        contract_address("CASH_ENGINE"),
        "addProgramme",
        (bytes.fromhex(programme.code[2:]), ceiling * MICRO),
        f"Set the ceiling of cash in {currency} to {ceiling:,} minor units",
    )
    words = f"Ceiling of cash in {currency}"
    return power_use(key=f"cash:{currency}:programme", words=words, role=ChainRole.DEPLOYER, call=[call], now=now)


def _list(token: TokenContract, decimals: int, now: datetime) -> ChainSetting:
    call = calls.call(
        "CashBook",
        contract_address("CASH_BOOK"),
        "add",
        (token.address, token.currency.encode(), minor_digits(token.currency), decimals),
        f"Accept {token.code} as cash",
    )
    words = f"{token.code} accepted as cash"
    return power_use(key=listing_key(token.currency), words=words, role=ChainRole.RULES, call=[call], now=now)
