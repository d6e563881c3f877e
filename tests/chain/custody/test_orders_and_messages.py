"""Orders of law and signed messages against the deployed contracts: what we encode is what they read."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from contracts.gateway import abi, calls, views
from contracts.gateway.calls import Call, Order
from contracts.gateway.client import Node
from contracts.gateway.messages import (
    Attestation,
    Permit,
    Trade,
    attestation_typed_data,
    permit_typed_data,
    trade_typed_data,
)
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.gateway.typed_data import Confirmation, confirmation_typed_data, digest
from contracts.indexer.models import Log
from contracts.outbox.models import Intent
from contracts.outbox.services import intent_enqueue
from custody.reconciliation.models import EquationResult
from custody.reconciliation.services import reconcile
from custody.register.models import Entry
from custody.register.selectors import frozen_as_of, posted_block
from custody.tokenisation.selectors import contract_address
from tests.factories.custody import Custody

pytestmark = pytest.mark.chain

ORDER = Order(1, "0x" + "5a" * 32)


def ask(artifact: str, address: str, function: str, *args: Any) -> Any:
    with Node(settings.CHAIN_RPC_URL) as node:
        (answer,) = views.read(node, views.head(node).hash, [(artifact, address, function, args)])
    return answer


def ordered(custody: Custody, name: str, call: Call, role: ChainRole = ChainRole.ENFORCEMENT) -> Intent:
    with transaction.atomic():
        intent = intent_enqueue(key=name, signer=ROLE_KEYS[role], call=call, now=custody.now)
    custody.until(lambda: Intent.objects.get(pk=intent.pk).state == "FINAL")
    return intent


def green(custody: Custody, token: Any) -> None:
    custody.ring()
    run = reconcile(token=token, now=custody.now)
    assert list(EquationResult.objects.filter(run=run, holds=False).values_list("words", flat=True)) == []


def test_every_order_reaches_the_token_with_its_basis_and_the_books_agree(custody: Custody) -> None:
    token = custody.tokenised()
    first, second = custody.investor(), custody.investor()
    custody.registered(first, second)
    custody.delivered(token, (first, 30), (second, 12))
    controller, at = contract_address("CONTROLLER"), token.address
    one, two = first.key.address, second.key.address

    # Beyond the balance: what still comes in is frozen too, and nothing of ours breaks on it.
    ordered(custody, "frozen", calls.set_frozen_units(controller, at, one, 100, ORDER))
    assert ask("SecurityToken", at, "getFrozenTokens", one) == 100
    block = posted_block()
    assert block is not None
    assert frozen_as_of(token, block.number) == {one: 100}
    green(custody, token)
    ordered(custody, "less", calls.unfreeze_units(controller, at, one, 95, ORDER))
    ordered(custody, "more", calls.freeze_units(controller, at, two, 7, ORDER))
    ordered(custody, "closed", calls.set_wallet_frozen(controller, at, two, True, ORDER))
    ordered(custody, "open", calls.set_wallet_frozen(controller, at, two, False, ORDER))
    assert ask("SecurityToken", at, "getFrozenTokens", one) == 5
    block = posted_block()
    assert block is not None
    assert frozen_as_of(token, block.number) == {one: 5, two: 7}
    green(custody, token)

    number = token.next_number + 50
    move = calls.forced_transfer(
        controller, at, number=number, sender=one, receiver=two, units=28, basis=ORDER.basis, reference=ORDER.reference
    )
    ordered(custody, "moved", move)
    assert ask("SecurityToken", at, "balanceOf", two) == 40
    names = [
        event.name
        for log in Log.objects.filter(address=at).order_by("block__number", "log_index")
        if (event := abi.decode_log("SecurityToken", {"topics": log.topics, "data": bytes(log.data)}))
    ]
    assert names[-5:] == ["Frozen", "TokensUnfrozen", "Transfer", "TransferForced", "ForcedTransfer"]
    custody.ring()
    causes = list(Entry.objects.filter(token=token, units=28).values_list("account", "cause"))
    assert causes == [(two, "UNEXPLAINED")]


def test_what_outsiders_sign_is_what_the_contracts_hash(custody: Custody) -> None:
    token, chain_id = custody.tokenised(), int(custody.chain.rpc("eth_chainId"), 16)
    controller, book, at = contract_address("CONTROLLER"), contract_address("RESERVE_BOOK"), token.address
    confirmation = Confirmation(at, 1, 2, 2**127, "0x" + "11" * 32, 2**40 - 1)
    found = ask("Controller", controller, "hashConfirmation", confirmation.as_tuple())
    assert found == digest(confirmation_typed_data(chain_id, controller, confirmation))
    attestation = Attestation(at, 2**63, 2**127, 5, 6, 2**40 - 1, "0x" + "22" * 32)
    found = ask("ReserveBook", book, "hashAttestation", attestation.as_tuple())
    assert found == digest(attestation_typed_data(chain_id, book, attestation))

    settlement = contract_address("DELIVERY_VERSUS_PAYMENT")
    trade = Trade(at, "0x" + "01" * 20, "0x" + "02" * 20, 2**127, "0x" + "03" * 20, 7, 2**255, 9, 2**40 - 1)
    found = ask("DeliveryVersusPayment", settlement, "hashTrade", trade.as_tuple())
    assert found == digest(trade_typed_data(chain_id, settlement, trade))

    key, spender = custody.registrar_key, "0x" + "77" * 20
    permit = Permit(key.address, spender, 1_234, 0, custody.chain.now() + 600)
    signature = bytes.fromhex(key.sign_typed_data(permit_typed_data(chain_id, at, token.series.name, permit))[2:])
    data = abi.encode_call(
        "SecurityToken",
        "permit",
        (key.address, spender, 1_234, permit.deadline, signature[64], signature[:32], signature[32:64]),
    )
    sender = custody.chain.accounts[0]
    custody.chain.rpc("eth_sendTransaction", {"from": sender, "to": at, "data": "0x" + data.hex()})
    custody.chain.mine()
    assert ask("SecurityToken", at, "allowance", key.address, spender) == 1_234
    assert ask("SecurityToken", at, "nonces", key.address) == 1
