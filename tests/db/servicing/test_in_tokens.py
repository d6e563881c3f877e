"""A coupon in cash tokens beside a chain that says what the test tells it to say: paid by its final logs alone, and by
bank where the chain is down, never twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from eth_abi.abi import encode

from contracts.gateway.cash_events import topics
from contracts.outbox.models import Intent, IntentItem
from custody.servicing.actions import BankFallback, PaymentRelease
from custody.servicing.chain import fallback
from custody.servicing.chain.fallback import Proof, fallback_at_once, fallback_on_proof
from custody.servicing.chain.read import agent_logs_read
from custody.servicing.chain.send import VALID_FOR, event_code
from custody.servicing.models import BankAccount, Payment, ServicingEvent
from custody.servicing.selectors import recoverables
from custody.servicing.services import (
    coupon_open,
    event_fund_in_tokens,
    payments_prepare,
    redemption_open,
    servicing_advance,
)
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import Wallet
from tests.factories.in_tokens import Tokens, payment
from tests.factories.ledger import NOW, address, digest, wallet
from tests.factories.servicing import line
from tests.support.journal import balances
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def bond() -> Tokens:
    return Tokens()


def test_wallets_that_can_take_tokens_get_numbers_and_the_others_go_by_bank(bond: Tokens) -> None:
    event = bond.prepared()
    first, second, third = (payment(event, number) for number in (0xA, 0xB, 0xC))
    assert [(row.channel, row.amount_minor) for row in (first, second, third)] == [
        ("CHAIN", 187_500), ("CHAIN", 75_000), ("BANK", 18_750),
    ]  # fmt: skip
    assert (second.number, third.number, first.account) == ((first.number or 0) + 1, None, None)
    bond.token.refresh_from_db()
    assert bond.token.next_number == (second.number or 0) + 1


def test_a_frozen_wallet_is_paid_at_the_bank_and_one_that_was_opened_again_is_not(bond: Tokens) -> None:
    """Frozen in the cash, frozen in the security, and frozen but opened again; the third was never registered."""
    bond.log("AddressFrozen", [address(0xA), 1, address(0x99)], [], where=bond.cash.address)
    bond.log("AddressFrozen", [address(0xB), 1, address(0x99)], [])
    bond.mine_and_post()
    event = bond.prepared()
    rows = [payment(event, number) for number in (0xA, 0xB, 0xC)]
    assert [(row.channel, row.number) for row in rows] == [("BANK", None)] * 3
    assert [row.account.party_id for row in rows if row.account] == [row.entitlement.party_id for row in rows]
    bond.log("AddressFrozen", [address(0xB), 0, address(0x99)], [])
    bond.mine_and_post()
    assert payments_prepare(event=event, actor=bond.treasury, now=bond.payday) == 1
    assert [payment(event, number).channel for number in (0xA, 0xB, 0xC)] == ["BANK", "CHAIN", "BANK"]
    BankAccount.objects.filter(pk=rows[0].account_id).update(valid_until=bond.payday)
    assert payments_prepare(event=event, actor=bond.treasury, now=bond.payday) == 1
    assert payment(event, 0xA).channel == "RESERVE"


def test_a_wallet_frozen_once_tokens_are_set_aside_stops_no_payment_and_is_told_to_who_releases(bond: Tokens) -> None:
    event = bond.prepared()
    bond.deposited(262_500)
    event_fund_in_tokens(event=event, actor=bond.fiscal, now=bond.payday)
    bond.fund(event)
    bond.log("AddressFrozen", [address(0xB), 1, address(0x99)], [], where=bond.cash.address)
    bond.mine_and_post()
    words = "1 wallets were frozen since the channels were chosen: what they cannot take is kept for them."
    assert words in PaymentRelease().preview({"event": event.pk}, now=bond.payday).warnings
    bond.release(event)
    assert (payment(event, 0xB).channel, payment(event, 0xB).state) == ("CHAIN", "DUE")


def test_tokens_are_set_aside_before_the_release(bond: Tokens) -> None:
    event = bond.prepared()
    assert bond.fund(event, "BANK-F").amount_minor == 18_750
    with pytest.raises(Refused, match=r"PKR 2,625.00 of PKR 2,625.00 are missing in the treasury's wallet"):
        event_fund_in_tokens(event=event, actor=bond.fiscal, now=bond.payday)
    with pytest.raises(Refused, match=r"PKR 2,625.00 of PKR 2,812.50 are missing"):
        bond.release(event)
    bond.deposited(262_500)
    with pytest.raises(NotAllowed):
        event_fund_in_tokens(event=event, actor=bond.treasury, now=bond.payday)
    funding = event_fund_in_tokens(event=event, actor=bond.fiscal, now=bond.payday)
    assert event_fund_in_tokens(event=event, actor=bond.fiscal, now=bond.payday) == funding
    bond.release(event)
    assert cash_balances("PKR") == balances(
        BANK=281_250, CASH_TOKEN=-262_500, TREASURY=-281_250, INTEREST=281_250, REDEMPTION=-18_750
    )


def test_the_agent_is_told_once_and_only_its_final_logs_say_paid(bond: Tokens) -> None:
    event = bond.released_in_tokens()
    assert servicing_advance(now=bond.payday - timedelta(days=2)) == 0
    servicing_advance(now=bond.payday)
    servicing_advance(now=bond.payday)
    functions = list(Intent.objects.order_by("pk").values_list("signer__name", "function"))
    assert functions == [("payer", "openEvent"), ("treasury", "approve"), ("payer", "fund"), ("payer", "pay")]
    first, second = payment(event, 0xA), payment(event, 0xB)
    items = IntentItem.objects.filter(intent__function="pay").values_list("contract", "number", "live")
    assert set(items) == {(bond.token.address, first.number, True), (bond.token.address, second.number, True)}
    assert first.valid_until == bond.payday + VALID_FOR
    assert (first.state, second.state) == ("DUE", "DUE")
    bond.paid(event, first, second, amount=1)
    assert {payment(event, number).state for number in (0xA, 0xB)} == {"DUE"}
    assert AuditEntry.objects.filter(action="servicing.unexplained").count() == 1
    bond.paid(event, first)
    bond.paid(event, first)
    assert (payment(event, 0xA).state, payment(event, 0xB).state) == ("PAID", "DUE")
    assert payment(event, 0xA).cash_entry == event.fundings.get(medium="TOKEN").cash_entry
    with pytest.raises(Refused, match="goes by wallet"):
        bond.pay(line(event, 0xB))


def test_what_a_wallet_refused_waits_for_its_holder_until_he_draws(bond: Tokens) -> None:
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    row = payment(event, 0xA)
    indexed = [event_code(event), f"0x{row.number:064x}", "0x" + "0" * 24 + row.entitlement.wallet.address[2:]]
    bond.said("Reserved", indexed, encode(["uint256", "bytes"], [row.amount_minor, b""]))
    bond.mine(at=bond.payday + timedelta(hours=1))
    agent_logs_read(now=bond.payday)
    assert payment(event, 0xA).state == "RESERVED"
    at = "0x" + "0" * 24
    indexed = [at + bond.cash.address[2:], "0x" + "0" * 64, at + row.entitlement.wallet.address[2:]]
    data = encode(["address", "uint256", "uint16", "bytes32"], [address(0xA), row.amount_minor, 0, b"\x00" * 32])
    bond.said("Drawn", indexed, data)
    bond.mine(at=bond.payday + timedelta(hours=2))
    agent_logs_read(now=bond.payday)
    assert payment(event, 0xA).state == "PAID"
    assert "Drawn" in topics()


def test_a_batch_whose_time_is_over_is_sent_again_under_the_same_numbers(bond: Tokens) -> None:
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    world_gave_up = Intent.objects.get(function="pay")
    Intent.objects.filter(pk=world_gave_up.pk).update(state="REJECTED")
    world_gave_up.items.update(live=False)
    later = bond.payday + VALID_FOR
    servicing_advance(now=later)
    assert Intent.objects.filter(function="pay").count() == 1
    servicing_advance(now=later + timedelta(seconds=1))
    numbers = Intent.objects.filter(function="pay").order_by("pk").values_list("items__number", flat=True)
    first, second = payment(event, 0xA).number, payment(event, 0xB).number
    assert list(numbers) == [first, second, first, second]


def test_nothing_signed_goes_by_bank_at_once_and_the_chain_can_never_pay_it(bond: Tokens) -> None:
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    with pytest.raises(NotAllowed):
        fallback_at_once(event=event, actor=bond.treasury, now=bond.payday)
    assert fallback_at_once(event=event, actor=bond.fiscal, now=bond.payday) == 2
    assert fallback_at_once(event=event, actor=bond.fiscal, now=bond.payday) == 0
    assert Intent.objects.get(function="pay").state == "CANCELLED"
    assert not IntentItem.objects.filter(intent__function="pay", live=True).exists()
    servicing_advance(now=bond.payday + timedelta(days=1))
    assert Intent.objects.filter(function="pay").count() == 1
    bond.pay_all(event)
    assert set(Payment.objects.values_list("channel", "state")) == {("BANK", "PAID")}
    assert cash_balances("PKR")["RECOVERABLE"] == 262_500
    assert (cash_balances("PKR")["BANK"], cash_balances("PKR")["REDEMPTION"]) == (0, 0)
    # A log that came all the same is seen, and pays nobody a second time in the books.
    bond.paid(event, payment(event, 0xA))
    assert AuditEntry.objects.filter(action="servicing.unexplained").count() == 1


def test_what_is_in_a_stored_attempt_waits_for_a_second_nodes_final_block(bond: Tokens) -> None:
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    bond.attempted(Intent.objects.get(function="pay"))
    assert fallback_at_once(event=event, actor=bond.fiscal, now=bond.payday) == 0
    first, second = payment(event, 0xA), payment(event, 0xB)
    assert first.valid_until is not None
    unused, at = frozenset({first.number or 0, second.number or 0}), event.token.address
    for proof in (
        Proof(at, 7, digest(7), first.valid_until, unused),
        Proof(at, 7, digest(7), first.valid_until + timedelta(seconds=1), frozenset()),
    ):
        assert fallback_on_proof(event=event, proof=proof, actor=bond.fiscal, now=bond.payday) == 0
    assert {payment(event, number).channel for number in (0xA, 0xB)} == {"CHAIN"}
    late = first.valid_until + timedelta(seconds=1)
    elsewhere = Proof(bond.cash.address, 7, digest(7), late, unused)
    with pytest.raises(Refused, match="another token"):
        fallback_on_proof(event=event, proof=elsewhere, actor=bond.fiscal, now=bond.payday)
    proof = Proof(at, 7, digest(7), late, frozenset({first.number or 0}))
    assert fallback_on_proof(event=event, proof=proof, actor=bond.fiscal, now=bond.payday) == 1
    assert [payment(event, number).channel for number in (0xA, 0xB)] == ["BANK", "CHAIN"]


def test_what_the_chain_paid_meanwhile_is_not_paid_by_bank_as_well(
    bond: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent's log is taken between the decision's reading of the payments and its writing."""
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    bond.attempted(Intent.objects.get(function="pay"))
    first, before = payment(event, 0xA), cash_balances("PKR")
    read = fallback.accounts_of

    def paid_in_between(parties: list[int], at: datetime) -> object:
        entry = event.fundings.get(medium="TOKEN").cash_entry
        Payment.objects.filter(pk=first.pk).update(state="PAID", cash_entry=entry)
        return read(parties, at)

    monkeypatch.setattr(fallback, "accounts_of", paid_in_between)
    payload = {"event": event.pk, "reason": "both nodes are down since noon"}
    asked = approval_propose(action=BankFallback.name, payload=payload, actor=bond.treasury, now=bond.payday)
    with pytest.raises(Conflict, match="made on chain meanwhile"):
        approval_approve(approval_id=asked.pk, actor=bond.treasury_checker, now=bond.payday)
    assert (cash_balances("PKR"), payment(event, 0xB).channel) == (before, "CHAIN")


def test_two_persons_pay_the_rest_by_bank_and_book_it_as_recoverable(bond: Tokens) -> None:
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    bond.attempted(Intent.objects.get(function="pay"))
    payload = {"event": event.pk, "reason": "both nodes are down since noon"}
    asked = approval_propose(action=BankFallback.name, payload=payload, actor=bond.treasury, now=bond.payday)
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=asked.pk, actor=bond.treasury, now=bond.payday)
    assert {payment(event, number).channel for number in (0xA, 0xB)} == {"CHAIN"}
    approval_approve(approval_id=asked.pk, actor=bond.treasury_checker, now=bond.payday)
    assert {payment(event, number).channel for number in (0xA, 0xB)} == {"BANK"}
    retired = Intent.objects.get(function="retire")
    assert retired.signer.name == "payer"
    bond.pay_all(event)
    assert cash_balances("PKR")["RECOVERABLE"] == 262_500
    # The agent gives back what it was funded with and did not pay: recovered.
    Intent.objects.filter(function="fund").update(state="FINAL")
    servicing_advance(now=bond.payday + VALID_FOR)
    assert not Intent.objects.filter(function="closeEvent").exists()
    servicing_advance(now=bond.payday + VALID_FOR + timedelta(seconds=1))
    assert Intent.objects.get(function="closeEvent").key == f"servicing:{event.pk}:close"
    bond.said("EventClosed", [event_code(event)], encode(["uint256"], [262_500]))
    bond.mine(at=bond.payday + timedelta(hours=8))
    agent_logs_read(now=bond.payday)
    found = cash_balances("PKR")
    assert (found["RECOVERABLE"], found["RETURNED"], found["TREASURY_TOKEN"], found["BANK"]) == (0, 262_500, 0, 0)
    event.refresh_from_db()
    assert event.state == "CLOSED"


def test_what_never_left_the_treasurys_wallet_is_booked_as_returned_once_all_is_paid_by_bank(bond: Tokens) -> None:
    """The node was down before the agent could be funded: there is nothing for it to give back."""
    event = bond.released_in_tokens()
    assert (recoverables(), fallback_at_once(event=event, actor=bond.fiscal, now=bond.payday)) == ([], 2)
    assert [(row.event, row.amount_minor, row.since) for row in recoverables("PKR")] == [(event, 262_500, bond.payday)]
    assert recoverables("USD") == []
    assert servicing_advance(now=bond.payday) == 1
    assert not Intent.objects.exists()
    found = cash_balances("PKR")
    assert (found["RECOVERABLE"], found["RETURNED"], found["TREASURY_TOKEN"]) == (0, 262_500, 0)
    assert (recoverables(), servicing_advance(now=bond.payday)) == ([], 0)
    bond.pay_all(event)
    servicing_advance(now=bond.payday)
    event.refresh_from_db()
    assert (event.state, cash_balances("PKR")) == (
        "CLOSED",
        balances(CASH_TOKEN=-262_500, RETURNED=262_500, TREASURY=-281_250, INTEREST=281_250),
    )


def test_what_the_agent_was_asked_to_draw_is_returned_by_its_own_log_alone(bond: Tokens) -> None:
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    fallback_at_once(event=event, actor=bond.fiscal, now=bond.payday)
    servicing_advance(now=bond.payday)
    assert (cash_balances("PKR")["RECOVERABLE"], cash_balances("PKR")["RETURNED"]) == (262_500, 0)


@pytest.mark.parametrize("ended", ["REJECTED", "REVERTED", "CANCELLED"])
def test_a_funding_that_failed_moved_nothing_and_its_event_is_paid_by_bank_and_closed(bond: Tokens, ended: str) -> None:
    event = bond.released_in_tokens()
    servicing_advance(now=bond.payday)
    Intent.objects.filter(function="fund").update(state=ended)
    assert fallback_at_once(event=event, actor=bond.fiscal, now=bond.payday) == 2
    servicing_advance(now=bond.payday)
    assert (cash_balances("PKR")["RECOVERABLE"], cash_balances("PKR")["RETURNED"]) == (0, 262_500)
    event.refresh_from_db()
    assert event.state == "RELEASED"
    bond.pay_all(event)
    servicing_advance(now=bond.payday)
    event.refresh_from_db()
    assert (event.state, cash_balances("PKR")) == (
        "CLOSED",
        balances(CASH_TOKEN=-262_500, RETURNED=262_500, TREASURY=-281_250, INTEREST=281_250),
    )
    assert not Intent.objects.filter(function="closeEvent").exists()


def test_a_wallet_in_a_registry_that_is_lapsed_is_paid_by_bank(bond: Tokens) -> None:
    Wallet.objects.filter(pk=wallet(0xA).pk).update(recorded_expiry=1)
    event = bond.prepared()
    assert [payment(event, number).channel for number in (0xA, 0xB)] == ["BANK", "CHAIN"]


def test_cash_itself_pays_no_coupon_and_is_never_redeemed_at_maturity(bond: Tokens) -> None:
    before = ServicingEvent.objects.count()
    with pytest.raises(Refused, match="PKR-CASH is cash"):
        redemption_open(token=bond.cash, actor=bond.treasury, now=NOW)
    with pytest.raises(Refused, match="PKR-CASH is cash"):
        coupon_open(token=bond.cash, sequence=1, actor=bond.treasury, now=NOW)
    assert ServicingEvent.objects.count() == before
