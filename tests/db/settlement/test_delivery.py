"""Delivery against cash tokens: what may leave, what the final logs of both legs make of it, and what never entered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, transaction

from contracts.gateway import abi
from contracts.gateway.calls import Leg
from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.register.models import Entry
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.selectors import cash_balances
from custody.settlement.services import settlement_open, settlements_advance
from custody.settlement.services.onchain import deliveries_advance
from tests.factories import ledgerless as world
from tests.factories.delivery import Delivery
from tests.factories.ledger import NOW, ZERO
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses
from tests.support.journal import balances
from tokenization.kernel.errors import Refused

TABLE = "settlement_settlementinstruction"


@pytest.fixture
def desk(db: None) -> Delivery:
    return Delivery()


def state(row: SettlementInstruction) -> str:
    return SettlementInstruction.objects.values_list("state", flat=True).get(pk=row.pk)


def funded(desk: Delivery, *rows: SettlementInstruction) -> None:
    for row in rows:
        desk.pay(ZERO, row.wallet.address, row.amount_minor)
    desk.books.mine_and_post()


@pytest.mark.django_db
def test_tokens_are_no_way_to_pay_where_there_are_none() -> None:
    (row,) = world.settlements(world.token(), 3)
    assert row.rail == "BANK"
    for rail in ("TOKEN", "CHEQUE"):
        with pytest.raises(Refused):
            world.settlements(row.token, 4, rail=rail)
    assert SettlementInstruction.objects.count() == 1


def test_a_batch_leaves_under_the_numbers_that_were_approved_and_no_others(desk: Delivery) -> None:
    first, second = desk.immobilised(5, 7)
    good = [desk.leg(first), desk.leg(second)]
    other = Leg(good[1].number, good[1].wallet, good[1].units + 1, good[1].amount)
    for legs in ([good[0], other], good[:1], [*good, Leg(99, first.wallet.address, 1, 1)]):
        with pytest.raises(Refused, match="other units"):
            desk.send(first, second, legs=legs)
    assert (Intent.objects.count(), {state(first), state(second)}) == (0, {"IMMOBILISED"})
    intent = desk.send(first, second)
    assert intent is not None
    assert (intent.signer.name, intent.function, intent.deadline) == ("settlement", "settlePrimary", first.deliver_by)
    args = abi.decode_call("DeliveryVersusPayment", bytes(intent.data)).args
    assert [leg["amount"] for leg in args["legs"]] == [first.amount_minor, second.amount_minor]
    assert list(intent.items.values_list("contract", "number")) == [
        (desk.token.address, first.issue_instruction.number),
        (desk.token.address, second.issue_instruction.number),
    ]
    assert desk.send(first, second) is None
    assert set(Instruction.objects.filter(kind="ISSUE").values_list("state", flat=True)) == {"SENT"}


def test_both_legs_posted_make_it_delivered_and_the_proceeds_the_treasurys(desk: Delivery) -> None:
    first, second = rows = desk.immobilised(5, 7)
    funded(desk, *rows)
    desk.send(*rows)
    told = desk.settle_primary(*rows)
    desk.books.mine(final=False)
    desk.books.post()
    assert (deliveries_advance(now=NOW), {state(first), state(second)}) == (0, {"ISSUING"})
    desk.books.finalise()
    desk.books.post()
    assert deliveries_advance(now=NOW) == 2
    assert deliveries_advance(now=NOW) == 0
    for row, log in zip(rows, told, strict=True):
        row.refresh_from_db()
        assert (row.state, row.delivery_log, row.allotment.state) == ("DELIVERED", log, "SETTLED")
        assert row.sweep_entry is not None
        legs = sorted(row.sweep_entry.legs.values_list("account__kind", "amount_minor"))
        assert (row.sweep_entry.kind, legs) == (
            "DELIVERY",
            [("DEBT", -row.amount_minor), ("TREASURY_TOKEN", row.amount_minor)],
        )
        paid = dict(Entry.objects.filter(log=row.cash_log).values_list("account", "units"))
        assert paid == {row.wallet.address: -row.amount_minor, desk.treasury: row.amount_minor}
    total = first.amount_minor + second.amount_minor
    assert cash_balances("PKR") == balances(BANK=total, BANK_LEG=-total, TREASURY_TOKEN=total, DEBT=-total)


@pytest.mark.parametrize(
    "otherwise",
    [{"paying": []}, {"amount": 1}, {"cash_tx": "0x" + "77" * 32}],
    ids=["no payment", "another amount", "another transaction"],
)
def test_units_without_their_payment_deliver_nothing(desk: Delivery, otherwise: dict[str, Any]) -> None:
    (row,) = desk.immobilised(5)
    funded(desk, row)
    desk.send(row)
    desk.settle_primary(row, **otherwise)
    desk.books.mine_and_post()
    assert Instruction.objects.get(pk=row.issue_instruction_id).state == "DONE"
    assert (settlements_advance(now=world.SETTLES), state(row)) == (0, "ISSUING")
    assert CashEntry.objects.filter(kind="DELIVERY").count() == 0


def test_what_never_entered_is_given_up_at_its_deadline_and_the_other_rail_is_not(desk: Delivery) -> None:
    (row,) = desk.immobilised(5)
    SettlementInstruction.objects.filter(pk=row.pk).update(reason="he allowed nothing")
    assert settlements_advance(now=row.deliver_by) == 1
    row.refresh_from_db()
    assert (row.state, row.reason) == ("UNDELIVERABLE", "he allowed nothing")
    assert row.issue_instruction.state == "CANCELLED"
    assert row.withdraw_instruction is not None
    assert (row.withdraw_instruction.state, row.withdraw_instruction.linked_to) == ("DRAFT", row.issue_instruction)
    payload = {"instructions": [row.withdraw_instruction.pk]}
    world.approve("custody.instructions.WithdrawApprove", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")
    assert Instruction.objects.get(pk=row.withdraw_instruction.pk).state == "APPROVED"
    assert Intent.objects.count() == 0


def test_the_rail_is_chosen_once(desk: Delivery) -> None:
    (row,) = desk.immobilised(5)
    with pytest.raises(IntegrityError, match="settlement_rail_fixed"), transaction.atomic():
        SettlementInstruction.objects.filter(pk=row.pk).update(rail="BANK")
    assert state(row) == "IMMOBILISED"
    again = settlement_open(
        allotment=row.allotment, wallet=row.wallet, actor=world.officer("DEBT_MAKER"), now=NOW, rail="BANK"
    )
    assert (again.pk, again.rail) == (row.pk, "TOKEN")


PAID = (
    "(SELECT e.log_id FROM register_entry e JOIN tokenisation_wallet w ON w.id = wallet_id "
    "WHERE e.account = w.address AND e.units = -amount_minor)"
)
RIGHT = (
    "(SELECT l.id FROM indexer_log l JOIN instructions_instruction i ON i.id = issue_instruction_id "
    "WHERE l.topics[3] = '0x' || lpad(to_hex(i.number), 64, '0') AND length(l.data) = 96)"
)
DELIVER = (
    f"UPDATE {TABLE} SET state = 'DELIVERED', sweep_entry_id = cash_entry_id, delivery_log_id = {{own}}, "  # noqa: S608
    "cash_log_id = {paid} WHERE id = (SELECT min(id) FROM settlement_settlementinstruction)"
)
BAD = {
    "no log of settlement": DELIVER.format(own="NULL", paid=PAID),
    "no payment": DELIVER.format(own=RIGHT, paid="NULL"),
    "another's payment": DELIVER.format(own=RIGHT, paid="(SELECT max(log_id) FROM register_entry WHERE units < -1000)"),
    "another's log": DELIVER.format(own="(SELECT max(id) FROM indexer_log WHERE length(data) = 96)", paid=PAID),
}


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """Two deliveries posted, and not yet told to the settlements."""
    with clone.filling():
        desk = Delivery()
        rows = desk.immobilised(5, 7)
        funded(desk, *rows)
        desk.send(*rows)
        desk.settle_primary(*rows)
        desk.books.mine_and_post()
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize("case", BAD)
def test_the_database_refuses_delivered_without_both_final_logs(owner: psycopg.Connection[Any], case: str) -> None:
    guard_is_what_refuses(
        owner, table=TABLE, guard="settlement_both_legs_final", statement=BAD[case], words="settlement_both_legs_final"
    )


def test_the_right_logs_pass_the_guard(owner: psycopg.Connection[Any]) -> None:
    owner.execute("BEGIN")
    assert owner.execute(DELIVER.format(own=RIGHT, paid=PAID)).rowcount == 1
    owner.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("settlement_rail_fixed", "rail = 'BANK'"),
        ("settlement_state", "state = 'PAID'"),
        ("settlement_not_before_its_day", "issued_on = issued_on - 1"),
        ("settlement_not_before_its_day", "issued_on = NULL"),
    ],
)
def test_other_guards_alone_refuse(owner: psycopg.Connection[Any], guard: str, change: str) -> None:
    statement = f"UPDATE {TABLE} SET {change}"  # noqa: S608 our own words
    guard_is_what_refuses(owner, table=TABLE, guard=guard, statement=statement, words=guard)
