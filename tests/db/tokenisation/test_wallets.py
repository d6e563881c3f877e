"""Whose wallet it is, proved by its key; and what the chain is told when compliance decides anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.gateway.keys import LocalKey
from contracts.outbox.models import Intent
from custody.tokenisation.models import Wallet, WalletChallenge, WalletHolder
from custody.tokenisation.selectors import wallet_owner
from custody.tokenisation.services import wallet_challenge, wallet_prove, wallets_register
from custody.tokenisation.services.registration import wallets_advance
from custody.tokenisation.services.wallets import wallet_release
from tests.factories import issuance
from tests.factories import ledgerless as world
from tokenization.identity.models import Party
from tokenization.identity.services import kyc_decide
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = world.NOW
YEAR = timedelta(days=365)
Message = dict[str, Any]


@pytest.fixture
def people() -> issuance.Office:
    world.contracts_live()
    return issuance.office()


@pytest.fixture
def holder(people: issuance.Office) -> Party:
    return issuance.party(people)


def prove(who: Party, key: LocalKey, signature: str, now: datetime = NOW) -> Wallet:
    actor = world.officer("COMPLIANCE_OFFICER")
    return wallet_prove(party=who, address=key.address, signature=signature, actor=actor, now=now)


def proved(who: Party, key: LocalKey, now: datetime = NOW) -> Wallet:
    message = wallet_challenge(party=who, address=key.address, now=now)
    return prove(who, key, key.sign_typed_data(message), now)


def on_another_chain(message: Message) -> Message:
    return message | {"domain": message["domain"] | {"chainId": 1}}


def test_the_wallets_own_key_proves_it_once(holder: Party) -> None:
    key = LocalKey.create()
    signature = key.sign_typed_data(wallet_challenge(party=holder, address=key.address, now=NOW))
    wallet = prove(holder, key, signature)
    challenge = WalletChallenge.objects.get()
    assert (wallet.address, wallet.proof_nonce, wallet.proved_at) == (key.address.lower(), challenge.nonce, NOW)
    assert (challenge.used_at, wallet_owner(key.address, NOW)) == (NOW, holder)
    with pytest.raises(Refused, match="answers no open question"):
        prove(holder, key, signature)
    assert (Wallet.objects.count(), WalletHolder.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("sign", "later"),
    [
        (lambda key, message: LocalKey.create().sign_typed_data(message), 0),
        (lambda key, message: key.sign_typed_data(on_another_chain(message)), 0),
        (lambda key, message: key.sign_typed_data(message), 15),
    ],
    ids=["another key", "another chain", "too late"],
)
def test_a_bad_proof_changes_nothing(holder: Party, sign: Callable[[LocalKey, Message], str], later: int) -> None:
    key = LocalKey.create()
    message = wallet_challenge(party=holder, address=key.address, now=NOW)
    with pytest.raises(Refused, match="answers no open question"):
        prove(holder, key, sign(key, message), NOW + timedelta(minutes=later))
    assert (Wallet.objects.count(), WalletHolder.objects.count()) == (0, 0)
    assert WalletChallenge.objects.get().used_at is None
    prove(holder, key, key.sign_typed_data(message), NOW + timedelta(minutes=14))


def test_another_partys_question_is_not_ours(people: issuance.Office, holder: Party) -> None:
    key, other = LocalKey.create(), issuance.party(people)
    message = wallet_challenge(party=other, address=key.address, now=NOW)
    wallet_challenge(party=holder, address=key.address, now=NOW)
    with pytest.raises(Refused):
        prove(holder, key, key.sign_typed_data(message))
    assert Wallet.objects.count() == 0


def test_a_held_wallet_is_nobody_elses_until_it_is_given_up(people: issuance.Office, holder: Party) -> None:
    key, other = LocalKey.create(), issuance.party(people)
    wallet = proved(holder, key)
    with pytest.raises(Conflict, match="belongs to another party"):
        proved(other, key)
    assert wallet_owner(key.address, NOW) == holder
    later = NOW + timedelta(days=1)
    wallet_release(wallet=wallet, actor=people.compliance, now=later)
    assert wallet_owner(key.address, later) is None
    proved(other, key, later)
    assert [wallet_owner(key.address, at) for at in (NOW, later)] == [holder, other]


def test_raw_sql_gives_one_wallet_no_two_holders_at_an_instant(people: issuance.Office, holder: Party) -> None:
    wallet, other = world.wallet(holder), issuance.party(people)
    end = NOW + timedelta(days=10)
    WalletHolder.objects.update(valid_until=end)
    insert = (
        "INSERT INTO tokenisation_walletholder (wallet_id, party_id, valid_from, valid_until) VALUES (%s, %s, %s, %s)"
    )
    for begin, until in (
        (end - timedelta(seconds=1), None),
        (NOW - timedelta(days=1), NOW + timedelta(seconds=1)),
        (NOW - timedelta(days=1), None),
        (NOW + timedelta(days=1), NOW + timedelta(days=2)),
    ):
        for party in (other, holder):
            with pytest.raises(IntegrityError, match="wallet_holder_one_at_a_time"), transaction.atomic():
                connection.cursor().execute(insert, [wallet.pk, party.pk, begin, until])
    assert WalletHolder.objects.count() == 1
    connection.cursor().execute(insert, [wallet.pk, other.pk, end, None])
    connection.cursor().execute(insert, [wallet.pk, other.pk, NOW - timedelta(days=1), NOW])
    assert WalletHolder.objects.count() == 3


def finish(wallet: Wallet, state: str = "FINAL", now: datetime = NOW) -> Wallet:
    """The outbox ends the registration, and the bell rings."""
    wallet.refresh_from_db()
    Intent.objects.filter(pk=wallet.intent_id).update(state=state)
    wallets_advance(now=now)
    return Wallet.objects.get(pk=wallet.pk)


@pytest.fixture
def registered(people: issuance.Office, holder: Party) -> Wallet:
    wallet = world.wallet(holder)
    (intent,) = wallets_register(wallets=[wallet], actor=people.compliance, now=NOW)
    assert (intent.function, intent.signer.name) == ("registerBatch", "identity")
    assert wallets_register(wallets=[wallet], actor=people.compliance, now=NOW) == []
    done = finish(wallet)
    assert (done.chain_state, done.recorded_expiry) == ("REGISTERED", int((NOW + YEAR).timestamp()))
    return done


def test_the_chain_is_told_once(people: issuance.Office, registered: Wallet) -> None:
    assert wallets_register(wallets=[registered], actor=people.compliance, now=NOW) == []
    assert wallets_advance(now=NOW) == 0
    assert Intent.objects.count() == 1


def test_a_renewed_kyc_gets_its_new_end_on_chain(people: issuance.Office, holder: Party, registered: Wallet) -> None:
    end = NOW + 2 * YEAR
    kyc_decide(party=holder, status="APPROVED", valid_until=end, reason="renewed", actor=people.compliance, now=NOW)
    assert wallets_advance(now=NOW) == 1
    registered.refresh_from_db()
    assert (registered.chain_state, registered.sent_expiry) == ("SENT", int(end.timestamp()))
    assert registered.recorded_expiry == int((NOW + YEAR).timestamp()), "the chain says so until it is final"
    assert wallets_advance(now=NOW) == 0
    assert finish(registered).recorded_expiry == int(end.timestamp())
    assert Intent.objects.count() == 2


@pytest.mark.parametrize("status", ["SUSPENDED", "REFUSED"])
def test_a_suspended_or_refused_kyc_ends_on_chain_now(
    people: issuance.Office, holder: Party, registered: Wallet, status: str
) -> None:
    later = NOW + timedelta(days=3)
    kyc_decide(party=holder, status=status, reason="sanctions", actor=people.compliance, now=later)
    assert wallets_advance(now=later) == 1
    registered.refresh_from_db()
    assert (registered.chain_state, registered.sent_expiry) == ("SENT", int(later.timestamp()))
    assert finish(registered, now=later).recorded_expiry == int(later.timestamp())
    assert wallets_advance(now=later) == 0
    with pytest.raises(Refused, match="is not valid"):
        wallets_register(wallets=[registered], actor=people.compliance, now=later)
    assert Intent.objects.count() == 2


def test_a_registration_given_up_may_be_sent_again(people: issuance.Office, holder: Party) -> None:
    wallet = world.wallet(holder)
    (first,) = wallets_register(wallets=[wallet], actor=people.compliance, now=NOW)
    assert finish(wallet, "REJECTED").chain_state == "NONE"
    (second,) = wallets_register(wallets=[wallet], actor=people.compliance, now=NOW)
    assert (second.pk != first.pk, second.state) == (True, "QUEUED")


def test_one_bad_wallet_refuses_the_whole_call(people: issuance.Office, holder: Party) -> None:
    good, nobodys = world.wallet(holder), Wallet.objects.create(address=world.address())
    lapsed = world.wallet(issuance.party(people, valid_until=NOW + timedelta(hours=1)))
    later = NOW + timedelta(hours=1)
    for bad, why in ((nobodys, "not a proved wallet"), (lapsed, "is not valid")):
        with pytest.raises(Refused, match=why):
            wallets_register(wallets=[good, bad], actor=people.compliance, now=later)
    with pytest.raises(NotAllowed):
        wallets_register(wallets=[good], actor=world.officer("DEBT_MAKER"), now=NOW)
    assert Intent.objects.count() == 0
    assert set(Wallet.objects.values_list("chain_state", flat=True)) == {"NONE"}
