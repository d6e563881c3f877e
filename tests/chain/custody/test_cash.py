"""Cash tokens on a real node: from a booked credit to tokens and back to money, reconciled at every step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from contracts.gateway import abi
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.models import Intent
from custody.cash.models import CashBurn, CashMint
from custody.cash.selectors import free_units
from custody.cash.services import cash_burn_paid, cash_burn_request, proceeds_sweep
from custody.instructions.models import Instruction
from custody.reconciliation.models import Break, Run
from custody.reconciliation.services import reconcile, replays
from custody.register.models import Entry
from custody.register.selectors import positions_as_of, posted_block
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import contract_address
from tests.factories.cash import CashDesk, ask
from tests.support.journal import balances

pytestmark = pytest.mark.chain


def compared(desk: CashDesk, token: TokenContract) -> Run:
    desk.ring()
    desk.ring()
    run = reconcile(token=token, now=desk.now)
    assert replays(run)
    return run


def failed(run: Run) -> list[tuple[str, int, int]]:
    return list(run.equations.filter(holds=False).values_list("name", "left", "right"))


def positions(token: TokenContract) -> dict[str, int]:
    block = posted_block()
    assert block is not None
    return positions_as_of(token, block.number)


def paid_out(desk: CashDesk, burn: CashBurn, reference: str) -> None:
    cash_burn_paid(burn=burn, bank_reference=reference, actor=desk.people["fiscal"], now=desk.now)


def test_a_credit_becomes_tokens_that_move_and_become_money_again(desk: CashDesk) -> None:
    token = desk.cash()
    first, second = desk.investor(), desk.investor()
    desk.registered(first, second)
    mint = desk.deposit(first.wallet, 70_000)
    for _ in range(4):
        desk.ring()
    # Booked and approved, but the fiscal agent's key has not signed: nothing has left the house.
    assert (CashMint.objects.get(pk=mint.pk).state, Intent.objects.filter(function="issue").count()) == ("CREDITED", 0)
    assert (ask("SecurityToken", token.address, "totalSupply"), failed(compared(desk, token))) == (0, [])
    desk.sign(mint)
    desk.until(lambda: CashMint.objects.get(pk=mint.pk).state == "DONE")
    one, two = first.key.address, second.key.address
    assert ask("SecurityToken", token.address, "balanceOf", one) == 70_000
    assert ask("Controller", contract_address("CASH_CONTROLLER"), "numberUsed", token.address, 1) is True
    assert ask("Controller", contract_address("CONTROLLER"), "numberUsed", token.address, 1) is False
    assert cash_balances("PKR") == balances(BANK=70_000, CASH_TOKEN=-70_000)

    desk.sent_by(one, token.address, abi.encode_call("SecurityToken", "transfer", (two, 20_000)))
    desk.until(lambda: positions(token) == {one: 50_000, two: 20_000})
    assert set(Entry.objects.filter(token=token).values_list("cause", flat=True)) == {"ISSUE", "OWN_TRANSFER"}

    burn = cash_burn_request(
        wallet=second.wallet, currency="PKR", amount_minor=20_000, payee="PK00TEST", actor=desk.people["fiscal"],
        now=desk.now,
    )  # fmt: skip
    burned = desk.burned(burn)
    assert ask("SecurityToken", token.address, "totalSupply") == 50_000
    assert cash_balances("PKR") == balances(BANK=70_000, CASH_TOKEN=-50_000, PAYOUT=-20_000)
    owed = compared(desk, token)
    assert failed(owed) == []
    assert owed.in_flight.get().get_side_display() == "burned, not yet released"
    paid_out(desk, burned, "OUT-1")
    assert cash_balances("PKR") == balances(BANK=50_000, CASH_TOKEN=-50_000)
    done = compared(desk, token)
    assert (failed(done), done.green, Break.objects.count()) == ([], True, 0)
    names = set(done.equations.values_list("name", flat=True))
    assert {"chain.register", "bridge", "cap", "cash.account", "cash.tokens", "cash.payout"} <= names
    kinds = Instruction.objects.filter(token=token).order_by("number").values_list("kind", "state")
    assert list(kinds) == [("ISSUE", "DONE"), ("CONFIRM", "DONE"), ("REDEEM", "DONE")]
    assert Intent.objects.get(function="redeem").signer.name == ROLE_KEYS[ChainRole.SERVICING]


def test_cash_minted_past_the_platform_is_one_break(desk: CashDesk) -> None:
    token = desk.cash()
    steady, lapsing = desk.investor(), desk.investor(valid_until=desk.now + timedelta(hours=2))
    desk.registered(steady, lapsing)
    desk.minted(steady.wallet, 1_000)
    # A confirmed credit whose holder lapses before the mint leaves room under the cap.
    waiting = desk.deposit(lapsing.wallet, 400)
    desk.sign(waiting)
    desk.chain.warp(3 * 3_600)
    desk.until(lambda: CashMint.objects.get(pk=waiting.pk).state == "ISSUING")
    assert compared(desk, token).green
    raw = abi.encode_call("SecurityToken", "issue", ([(0, steady.key.address, 300)],))
    desk.sent_by(contract_address("CASH_CONTROLLER"), token.address, raw)
    desk.until(lambda: positions(token) == {steady.key.address: 1_300})
    run = compared(desk, token)
    found = Break.objects.get()
    assert (run.green, found.kind, found.units, found.token) == (False, "UNDUE_CREATION", 300, token)
    told = set(found.evidence.values_list("equation__name", flat=True))
    assert told == {name for name, _, _ in failed(run)} == {"supply.explained", "supply.undue", "bridge", "cash.tokens"}
    # The undue units are nobody's to turn into money.
    assert free_units(token, steady.wallet) == 1_000
    compared(desk, token)
    assert Break.objects.count() == 1


def test_the_treasurys_cash_is_swept_to_its_account(desk: CashDesk) -> None:
    token, wallet = desk.cash(), desk.own_wallet("TREASURY", desk.public_body())
    desk.minted(wallet, 9_000)
    burn = proceeds_sweep(currency="PKR", day=timezone.localdate(desk.now), actor=desk.people["treasury"], now=desk.now)
    assert burn is not None
    burned = desk.burned(burn)
    assert ask("SecurityToken", token.address, "balanceOf", Wallet.objects.get(pk=wallet.pk).address) == 0
    paid_out(desk, burned, "TSA-1")
    assert (cash_balances("PKR"), compared(desk, token).green) == (balances(), True)
