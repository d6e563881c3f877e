"""Each guard of servicing is what refuses: the same statement, as the owner of the tables, with it off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories.ledger import wallet
from tests.factories.servicing import Bond
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

LINE = """
    INSERT INTO servicing_entitlement (event_id, wallet_id, units, disputed_units, gross_minor, base_minor, tax_status,
        tax_minor, net_minor, suspense_minor) SELECT {event}, id, 0, 0, {gross}, 0, '', 0, 0, {suspense}
    FROM tokenisation_wallet ORDER BY id DESC LIMIT 1
"""
RECORDED = """
    UPDATE servicing_servicingevent SET state = 'RECORDED', record_block_number = 1,
        record_block_hash = '0x' || repeat('1', 64), total_minor = {total}, net_minor = {net}, tax_minor = 0,
        suspense_minor = 0, residual_minor = {residual} WHERE state = 'OPEN'
"""
RELEASED = """
    UPDATE servicing_servicingevent SET state = 'RELEASED',
        release_approval_id = (SELECT min(id) FROM identity_approval)
    WHERE state = 'RECORDED'
"""
FIRST, OPEN = "(SELECT min(id) FROM servicing_servicingevent)", "(SELECT max(id) FROM servicing_servicingevent)"
TO_THE_UNIT = "to the minor unit"
GUARDS = [
    ("servicingevent", "servicing_event_conserves", RECORDED.format(total=0, net=5, residual=-5), TO_THE_UNIT),
    ("servicingevent", "servicing_event_conserves", RECORDED.format(total=5, net=0, residual=5), TO_THE_UNIT),
    ("servicingevent", "servicing_event_conserves", RECORDED.format(total=0, net=0, residual=3), TO_THE_UNIT),
    ("servicingevent", "servicing_event_conserves", RELEASED, "before the whole total is funded"),
    ("servicingevent", "servicing_event_is_fixed", "UPDATE servicing_servicingevent SET tax_rounding = 'UP'", "fixed"),
    ("entitlement", "entitlement_as_of_the_record", LINE.format(event=FIRST, gross=0, suspense=0), "nobody is added"),
    ("entitlement", "entitlement_gross", LINE.format(event=OPEN, gross=7, suspense=0), "entitlement_gross"),
    ("entitlement", "entitlement_is_fixed_no_change", "UPDATE servicing_entitlement SET units = 9", "never rewritten"),
    ("payment", "payment_moves_once", "UPDATE servicing_payment SET amount_minor = amount_minor + 1", "moves_once"),
    ("payment", "payment_channel", "UPDATE servicing_payment SET account_id = NULL", "payment_channel"),
]  # fmt: skip


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with a recorded coupon, half funded, and an open one."""
    with clone.filling():
        bond = Bond()
        bond.holder(0xA, 30)
        event = bond.recorded(bond.coupon(1))
        bond.fund(event, amount=100)
        bond.coupon(2)
        wallet(0xF)
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(("table", "guard", "statement", "words"), GUARDS)
def test_with_the_guard_off_it_would_pass(
    owner: psycopg.Connection[Any], table: str, guard: str, statement: str, words: str
) -> None:
    read = f"SELECT * FROM servicing_{table} ORDER BY 1"
    before = owner.execute(read).fetchall()
    guard_is_what_refuses(owner, table=f"servicing_{table}", guard=guard, statement=statement, words=words)
    assert owner.execute(read).fetchall() == before
