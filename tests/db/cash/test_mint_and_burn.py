"""Cash tokens: on a booked credit and on nothing else, by two houses and a key of its own; burned, then paid out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError

from contracts.gateway.keys import LocalKey
from contracts.outbox.models import Intent
from custody.cash.models import CashBurn, CashMint
from custody.cash.selectors import free_units, mints_to_confirm, payable_units
from custody.cash.services import (
    cash_advance,
    cash_burn_cancel,
    cash_burn_paid,
    cash_burn_request,
    cash_mint_give_up,
    proceeds_sweep,
    recovery_draft,
    settlement_mint_open,
)
from custody.instructions.models import Instruction
from custody.registries.models import CapAccount, RegistryConfirmation
from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import TokenContract, Wallet
from tests.factories import bank, issuance
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.factories.identity import person
from tests.support.journal import balances
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.services import party_member_add
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
NOW = desk.NOW


@pytest.fixture
def token() -> TokenContract:
    return world.cash_token()


@pytest.fixture
def fiscal(token: TokenContract) -> LocalKey:
    return desk.fiscal_agent()


@pytest.fixture
def wallet(token: TokenContract) -> Wallet:
    return world.wallet()


def cap(token: TokenContract) -> tuple[int, int, int]:
    row = CapAccount.objects.get(token=token)
    return row.confirmed, row.withdrawn, row.issued


def state(row: Any) -> str:
    row.refresh_from_db()
    return str(row.state)


def test_a_credit_becomes_tokens_step_by_step(token: TokenContract, fiscal: LocalKey, wallet: Wallet) -> None:
    mint = desk.credit(wallet, 700, reference="B-1")
    assert (mint.token, mint.state, mint.receipt.key, mint.receipt.kind) == (
        token,
        "CREDITED",
        "receipt:B-1",
        "DEPOSIT",
    )
    assert (mint.issue_instruction.units, mint.confirm_instruction.linked_to) == (700, mint.issue_instruction)
    assert cash_balances("PKR") == balances(BANK=700, BANK_LEG=-700)
    assert (cash_advance(now=NOW), list(mints_to_confirm(token))) == (0, [])

    desk.approve_mint(mint)
    assert list(mints_to_confirm(token)) == [mint]
    assert cash_advance(now=NOW) == 0
    desk.sign(mint, fiscal)
    assert (cap(token), list(mints_to_confirm(token))) == ((700, 0, 0), [])
    assert cash_advance(now=NOW) == 1
    assert (state(mint), cap(token)) == ("ISSUING", (700, 0, 700))
    sent = Intent.objects.order_by("pk").values_list("function", "to")
    assert [function for function, _ in sent] == ["confirm", "issue"]
    assert len({to for _, to in sent}) == 1
    assert [i.signer.name for i in Intent.objects.order_by("pk")] == ["issuer", "issuer"]
    assert list(Intent.objects.get(function="issue").after.values_list("prerequisite__function", flat=True)) == [
        "confirm"
    ]
    assert cash_balances("PKR") == balances(BANK=700, BANK_LEG=-700)

    desk.arrived(mint)
    assert (cash_advance(now=NOW), cash_advance(now=NOW)) == (1, 0)
    assert state(mint) == "DONE"
    assert cash_balances("PKR") == balances(BANK=700, CASH_TOKEN=-700)
    assert free_units(token, wallet) == 700


def test_a_credit_is_booked_once(token: TokenContract, wallet: Wallet) -> None:
    mint = desk.credit(wallet, 700, reference="B-1")
    assert desk.credit(wallet, 700, reference="B-1") == mint
    with pytest.raises(Refused, match="other figures"):
        desk.credit(wallet, 701, reference="B-1")
    other = world.settlements(world.token(), 3)[0]
    world.pay(other, reference="B-2")
    with pytest.raises(Conflict, match="something else"):
        desk.credit(wallet, 5, reference="B-2")
    for amount, reference in ((0, "B-3"), (-5, "B-3"), (5, " "), (5, "B" * 65)):
        with pytest.raises(Refused):
            desk.credit(wallet, amount, reference=reference)
    assert (CashMint.objects.count(), CashEntry.objects.count()) == (1, 2)


def test_one_house_alone_mints_nothing_and_the_registrars_key_confirms_no_cash(
    token: TokenContract, fiscal: LocalKey, wallet: Wallet
) -> None:
    mint = desk.credit(wallet)
    asked = approval_propose(
        action="custody.cash.CashMintApprove",
        payload={"instructions": [mint.issue_instruction_id]},
        actor=world.officer("FISCAL_AGENT_OFFICER"),
        now=NOW,
    )
    for checker in ("FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER", "REGISTRAR_CHECKER", "DEBT_CHECKER"):
        with pytest.raises(NotAllowed):
            approval_approve(approval_id=asked.pk, actor=world.officer(checker), now=NOW)
    registrar = world.registrar()
    with pytest.raises(Refused, match="is DRAFT"):
        desk.sign(mint, fiscal)
    approval_approve(approval_id=asked.pk, actor=world.officer("TREASURY_OFFICER"), now=NOW)
    with pytest.raises(Refused, match="not the fiscal agent's"):
        desk.sign(mint, registrar)
    with pytest.raises(NotAllowed):
        desk.sign(mint, fiscal, role="REGISTRAR_OFFICER")
    assert (RegistryConfirmation.objects.count(), CapAccount.objects.count(), cash_advance(now=NOW)) == (0, 0, 0)
    bill = world.token()
    issue, _ = world.issue_pair(bill)
    world.approve_issue(issue)
    with pytest.raises(Refused, match="not the registrar's"):
        world.confirm(issue, fiscal)
    with pytest.raises(Refused, match="is not cash"):
        world.approve(
            "custody.cash.CashMintApprove", {"instructions": [world.issue_pair(bill)[0].pk]},
            "FISCAL_AGENT_OFFICER", "TREASURY_OFFICER",
        )  # fmt: skip


def test_an_issue_without_a_credit_is_approved_by_nobody(token: TokenContract, fiscal: LocalKey) -> None:
    issue, _ = world.issue_pair(token)
    payload = {"instructions": [issue.pk]}
    with pytest.raises(Refused, match="No credit is booked"):
        world.approve("custody.cash.CashMintApprove", payload, "FISCAL_AGENT_OFFICER", "TREASURY_OFFICER")
    assert Instruction.objects.get(pk=issue.pk).state == "DRAFT"


def test_what_cannot_be_minted_waits_in_suspense(token: TokenContract, fiscal: LocalKey, wallet: Wallet) -> None:
    mint = desk.credit(wallet, 700, reference="B-1")
    desk.approve_mint(mint)
    desk.sign(mint, fiscal)
    cash_advance(now=NOW)
    mint.issue_instruction.refresh_from_db()
    world.settle(Instruction.objects.get(pk=mint.confirm_instruction_id))
    world.give_up(mint.issue_instruction, "the wallet has lapsed")
    assert cash_advance(now=NOW) == 1
    assert (state(mint), mint.reason) == ("FAILED", "the wallet has lapsed")
    withdraw = mint.withdraw_instruction
    assert withdraw is not None
    with pytest.raises(Refused, match="PKR-CASH is cash"):
        world.approve(
            "custody.instructions.WithdrawApprove", {"instructions": [withdraw.pk]}, "DEBT_MAKER", "REGISTRAR_CHECKER"
        )
    payload = {"instructions": [withdraw.pk]}
    world.approve("custody.cash.CashWithdrawApprove", payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    world.sent_withdrawal(withdraw)
    assert cap(token) == (700, 700, 0)
    assert cash_advance(now=NOW) == 1
    item = SuspenseItem.objects.get()
    assert (state(mint), item.amount_minor, item.bank_reference, item.state) == ("RELEASED", 700, "B-1", "HELD")
    assert "the wallet has lapsed" in item.reason
    assert cash_balances("PKR") == balances(BANK=700, SUSPENSE=-700)
    assert cash_advance(now=NOW) == 0


def test_a_confirmation_that_the_chain_never_took_is_asked_for_again(
    token: TokenContract, fiscal: LocalKey, wallet: Wallet
) -> None:
    mint = desk.credit(wallet)
    desk.approve_mint(mint)
    desk.sign(mint, fiscal)
    cash_advance(now=NOW)
    mint.refresh_from_db()
    world.give_up(mint.issue_instruction, "no cap")
    world.give_up(mint.confirm_instruction, "expired")
    assert cash_advance(now=NOW) == 2
    old = mint.confirm_instruction
    mint.refresh_from_db()
    again = mint.confirm_instruction
    assert (state(mint), again.state, again.linked_to) == ("FAILED", "DRAFT", mint.issue_instruction)
    assert again.number > old.number
    assert list(mints_to_confirm(token)) == [mint]
    assert cash_advance(now=NOW) == 0


def test_a_credit_nobody_confirmed_can_be_given_up(token: TokenContract, fiscal: LocalKey, wallet: Wallet) -> None:
    mint, officer = desk.credit(wallet, 700), world.officer("FISCAL_AGENT_OFFICER")
    with pytest.raises(NotAllowed):
        cash_mint_give_up(mint=mint, reason="x", actor=world.officer("TREASURY_OFFICER"), now=NOW)
    cash_mint_give_up(mint=mint, reason="wrong wallet", actor=officer, now=NOW)
    mint.refresh_from_db()
    assert (mint.state, mint.issue_instruction.state) == ("RELEASED", "CANCELLED")
    assert cash_balances("PKR") == balances(BANK=700, SUSPENSE=-700)
    signed = desk.credit(wallet, 5)
    desk.approve_mint(signed)
    desk.sign(signed, fiscal)
    with pytest.raises(Refused, match="confirmed it already"):
        cash_mint_give_up(mint=signed, reason="late", actor=officer, now=NOW)
    assert state(signed) == "CREDITED"


def test_burned_first_then_paid_out(token: TokenContract, fiscal: LocalKey, wallet: Wallet) -> None:
    desk.minted(wallet, fiscal, 700)
    burn, officer = desk.request(wallet, 300), world.officer("FISCAL_AGENT_OFFICER")
    assert (free_units(token, wallet), burn.instruction.kind, burn.state) == (400, "REDEEM", "REQUESTED")
    with pytest.raises(Refused, match="not burned yet"):
        cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=officer, now=NOW)
    desk.approve_burn(burn)
    assert cash_advance(now=NOW) == 1
    assert state(burn) == "BURNING"
    with pytest.raises(Refused, match="not burned yet"):
        cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=officer, now=NOW)
    assert cash_balances("PKR") == balances(BANK=700, CASH_TOKEN=-700)
    desk.gone(burn)
    assert cash_advance(now=NOW) == 1
    assert cash_balances("PKR") == balances(BANK=700, CASH_TOKEN=-400, PAYOUT=-300)
    with pytest.raises(NotAllowed):
        cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=world.officer("TREASURY_OFFICER"), now=NOW)
    paid = cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=officer, now=NOW)
    assert (paid.state, paid.bank_reference) == ("PAID", "OUT-1")
    assert cash_balances("PKR") == balances(BANK=400, CASH_TOKEN=-400)
    released = RegistryConfirmation.objects.get(kind="EXTINGUISH")
    assert (released.units, released.registry_reference, released.instruction) == (300, "OUT-1", burn.instruction)
    assert cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=officer, now=NOW).pk == burn.pk
    with pytest.raises(Conflict):
        cash_burn_paid(burn=burn, bank_reference="OUT-2", actor=officer, now=NOW)
    assert CashEntry.objects.filter(kind="PAYOUT").count() == 1


def test_nobody_is_paid_out_more_than_he_holds_or_from_anothers_wallet(token: TokenContract, fiscal: LocalKey) -> None:
    people = issuance.office()
    party, stranger = issuance.party(people), person("INVESTOR")
    holder = person("INVESTOR")
    party_member_add(party=party, user=holder, actor=people.compliance, now=NOW)
    wallet = world.wallet(party)
    desk.minted(wallet, fiscal, 700)

    def ask(amount: int, who: Any, payee: str = "PK00X") -> CashBurn:
        return cash_burn_request(wallet=wallet, currency="PKR", amount_minor=amount, payee=payee, actor=who, now=NOW)

    for amount in (0, -1, 701):
        with pytest.raises(Refused, match="can be paid out"):
            ask(amount, holder)
    with pytest.raises(Refused, match="which account"):
        ask(5, holder, " ")
    for who in (stranger, world.officer("DEBT_MAKER")):
        with pytest.raises(NotAllowed):
            ask(5, who)
    assert CashBurn.objects.count() == 0
    burn = ask(600, holder)
    with pytest.raises(Refused, match="PKR 1.00 can be paid out"):
        ask(101, holder)
    with pytest.raises(NotAllowed):
        cash_burn_cancel(burn=burn, reason="not mine", actor=stranger, now=NOW)
    cash_burn_cancel(burn=burn, reason="changed my mind", actor=holder, now=NOW)
    burn.refresh_from_db()
    assert (burn.state, burn.instruction.state, free_units(token, wallet)) == ("CANCELLED", "CANCELLED", 700)
    assert ask(700, holder).amount_minor == 700


def test_a_burn_that_fails_leaves_the_tokens_where_they_are(
    token: TokenContract, fiscal: LocalKey, wallet: Wallet
) -> None:
    desk.minted(wallet, fiscal, 700)
    burn = desk.request(wallet, 300)
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    burn.instruction.refresh_from_db()
    world.give_up(burn.instruction, "the tokens were sold meanwhile")
    assert cash_advance(now=NOW) == 1
    assert (state(burn), burn.reason) == ("FAILED", "the tokens were sold meanwhile")
    assert (free_units(token, wallet), cash_balances("PKR")) == (700, balances(BANK=700, CASH_TOKEN=-700))


def test_the_treasurys_tokens_are_swept_to_its_account_the_same_day(token: TokenContract, fiscal: LocalKey) -> None:
    officer, day = world.officer("TREASURY_OFFICER"), date(2026, 7, 2)
    with pytest.raises(Refused, match="no wallet"):
        proceeds_sweep(currency="PKR", day=day, actor=officer, now=NOW)
    own = desk.treasury()
    assert proceeds_sweep(currency="PKR", day=day, actor=officer, now=NOW) is None
    desk.minted(own, fiscal, 900)
    assert cash_balances("PKR") == balances(BANK=900, CASH_TOKEN=-900, TREASURY_TOKEN=900, TREASURY=-900)
    burn = proceeds_sweep(currency="PKR", day=day, actor=officer, now=NOW)
    assert burn is not None
    assert (burn.amount_minor, burn.day, burn.payee) == (900, day, "treasury single account")
    assert proceeds_sweep(currency="PKR", day=day, actor=officer, now=NOW) == burn
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    desk.gone(burn)
    cash_advance(now=NOW)
    assert cash_balances("PKR") == balances(BANK=900, PAYOUT=-900, TREASURY_TOKEN=900, TREASURY=-900)
    burn.refresh_from_db()
    cash_burn_paid(burn=burn, bank_reference="TSA-1", actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)
    assert cash_balances("PKR") == balances()
    desk.minted(own, fiscal, 50)
    second = proceeds_sweep(currency="PKR", day=day, actor=officer, now=NOW)
    assert second is not None
    assert (second.pk != burn.pk, second.amount_minor) == (True, 50)


def test_the_treasurys_tokens_become_money_by_the_sweep_alone(token: TokenContract, fiscal: LocalKey) -> None:
    """Any other pay-out would leave them in the books as the treasury's own, and what came back could be paid out."""
    own = desk.treasury()
    desk.minted(own, fiscal, 900)
    desk.paid_by_bank_instead(400)
    before = (cash_balances("PKR"), payable_units(token, own), Instruction.objects.count())
    for amount in (1, 500, 900):
        with pytest.raises(Refused, match="is the treasury's") as refusal:
            desk.request(own, amount)
        assert (refusal.value.rule, refusal.value.next_step) == (
            "swept to the treasury's own account", "Sweep the proceeds instead.",
        )  # fmt: skip
    assert (CashBurn.objects.count(), before) == (
        0, (cash_balances("PKR"), payable_units(token, own), Instruction.objects.count())
    )  # fmt: skip
    assert before[1] == 500


def test_what_came_back_after_the_bank_had_paid_is_burned_by_two_and_never_paid_out(
    token: TokenContract, fiscal: LocalKey
) -> None:
    own, day, officer = desk.treasury(), date(2026, 7, 2), world.officer("FISCAL_AGENT_OFFICER")
    desk.minted(own, fiscal, 900)
    assert (recovery_draft(token=token, now=NOW), cash_advance(now=NOW)) == (None, 0)
    desk.paid_by_bank_instead(400)
    assert cash_balances("PKR") == balances(
        BANK=500, CASH_TOKEN=-900, TREASURY_TOKEN=500, TREASURY=-900, INTEREST=400, RETURNED=400
    )
    assert (cash_advance(now=NOW), cash_advance(now=NOW)) == (1, 0)
    burn = CashBurn.objects.get()
    assert (burn.amount_minor, burn.recovers, burn.day, burn.wallet) == (400, True, None, own)
    assert (burn.state, burn.payee) == ("REQUESTED", "holders whom the bank has paid already")
    # The treasury sweeps what is its own, and nobody asks for the rest in its place.
    swept = proceeds_sweep(currency="PKR", day=day, actor=world.officer("TREASURY_OFFICER"), now=NOW)
    assert swept is not None
    assert swept.amount_minor == 500
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    desk.gone(burn)
    cash_advance(now=NOW)
    burn.refresh_from_db()
    paid = cash_burn_paid(burn=burn, bank_reference="RUN-1", actor=officer, now=NOW)
    assert (paid.state, paid.payout_entry and paid.payout_entry.bank_reference) == ("PAID", "")
    assert RegistryConfirmation.objects.get(kind="EXTINGUISH").units == 400
    assert cash_balances("PKR") == balances(BANK=500, CASH_TOKEN=-500, TREASURY_TOKEN=500, TREASURY=-900, INTEREST=400)
    assert (cash_advance(now=NOW), CashBurn.objects.filter(recovers=True).count()) == (0, 1)


def test_the_burn_of_what_came_back_waits_for_the_register_and_is_drafted_again_when_it_fails(
    token: TokenContract, fiscal: LocalKey
) -> None:
    own = desk.treasury()
    desk.minted(own, fiscal, 900)
    desk.paid_by_bank_instead(900)
    desk.hold(token, own, -1)
    assert (cash_advance(now=NOW), CashBurn.objects.count()) == (0, 0)
    desk.hold(token, own, 1)
    assert cash_advance(now=NOW) == 1
    first = CashBurn.objects.get()
    desk.approve_burn(first)
    cash_advance(now=NOW)
    first.instruction.refresh_from_db()
    world.give_up(first.instruction, "the node refused it")
    cash_advance(now=NOW)
    cash_advance(now=NOW)
    assert list(CashBurn.objects.order_by("pk").values_list("state", "amount_minor", "recovers")) == [
        ("FAILED", 900, True),
        ("REQUESTED", 900, True),
    ]


def test_a_pay_out_is_known_to_the_bank_by_its_reference(
    token: TokenContract, fiscal: LocalKey, wallet: Wallet
) -> None:
    bank.account()
    desk.minted(wallet, fiscal, 700)
    burn = desk.request(wallet, 300)
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    desk.gone(burn)
    cash_advance(now=NOW)
    burn.refresh_from_db()
    paid = cash_burn_paid(burn=burn, bank_reference="OUT-1", actor=world.officer("FISCAL_AGENT_OFFICER"), now=NOW)
    assert paid.payout_entry is not None
    done = bank.take(bank.statement(bank.debit("B-9", 300, "OUT-1"), opening=0))
    assert done.outcome.counts == {"SEEN": 1}
    assert paid.payout_entry.bank_booking.entry.reference == "B-9"


def test_a_purchase_paid_for_delivery_against_tokens_becomes_its_buyers_tokens(
    token: TokenContract, fiscal: LocalKey
) -> None:
    bill = world.token()
    by_bank, by_token = world.settlements(bill, 5)[0], world.settlements(bill, 7, rail="TOKEN")[0]
    officer = world.officer("DEBT_MAKER")
    for row in (by_bank, by_token):
        with pytest.raises(Refused, match="rail"):
            settlement_mint_open(settlement=row, actor=officer, now=NOW)
    assert cash_advance(now=NOW) == 0
    world.pay(by_bank)
    entry = world.pay(by_token, reference="B-7")
    assert cash_advance(now=NOW) == 1
    mint = CashMint.objects.get()
    assert (mint.settlement, mint.receipt, mint.wallet) == (by_token, entry, by_token.wallet)
    assert (mint.amount_minor, mint.bank_reference) == (by_token.amount_minor, "B-7")
    assert mint.issue_instruction.deadline == by_token.deliver_by
    assert settlement_mint_open(settlement=by_token, actor=officer, now=NOW) == mint
    with pytest.raises(Refused, match="rail BANK"):
        settlement_mint_open(settlement=by_bank, actor=officer, now=NOW)
    assert (cash_advance(now=NOW), CashMint.objects.count()) == (0, 1)
    desk.approve_mint(mint)
    desk.sign(mint, fiscal)
    cash_advance(now=NOW)
    desk.arrived(mint)
    cash_advance(now=NOW)
    left, right = by_bank.amount_minor, by_token.amount_minor
    assert cash_balances("PKR") == balances(BANK=left + right, BANK_LEG=-left, CASH_TOKEN=-right)
    # Its money is tokens now: nobody pays it back from the bank as well.
    SettlementInstruction.objects.filter(pk=by_token.pk).update(state="WITHDRAWN")
    with pytest.raises(Refused, match="became cash tokens"):
        world.approve(
            "custody.settlement.RefundApprove", {"settlement": by_token.pk}, "FISCAL_AGENT_OFFICER",
            "FISCAL_AGENT_CHECKER",
        )  # fmt: skip


def test_two_short_payments_that_pay_together_become_tokens(token: TokenContract, fiscal: LocalKey) -> None:
    bank.account()
    row = world.settlements(world.token(), 10, rail="TOKEN")[0]
    first = row.amount_minor // 3
    parts = [bank.credit("B-1", first, row.payment_reference), bank.credit("B-2", row.amount_minor - first, "rest")]
    bank.take(bank.statement(*parts))
    items = list(SuspenseItem.objects.order_by("pk").values_list("pk", flat=True))
    payload = {"settlement": row.pk, "items": items}
    world.approve("custody.settlement.SuspenseApply", payload, "FISCAL_AGENT_OFFICER", "FISCAL_AGENT_CHECKER")
    assert cash_advance(now=NOW) == 1
    mint = CashMint.objects.get()
    assert (mint.settlement, mint.amount_minor, mint.receipt.kind) == (row, row.amount_minor, "APPLY")
    assert CashMint.objects.filter(state="CREDITED").count() == 1


def test_a_purchase_that_cannot_go_on_stops_no_other(token: TokenContract, fiscal: LocalKey) -> None:
    wrong, right = world.settlements(world.token(), 5, 7, rail="TOKEN")
    world.pay(wrong, reference="B-5")
    world.pay(right, reference="B-7")
    # A credit of another sum than what is due: no service books it so, and no tokens may stand for it.
    SettlementInstruction.objects.filter(pk=wrong.pk).update(amount_minor=wrong.amount_minor + 1)
    with pytest.raises(IntegrityError, match="cash_mint_on_credit"):
        cash_advance(now=NOW)
    assert list(CashMint.objects.values_list("settlement", flat=True)) == [right.pk]
