"""Round the ORM: what is due, to whom, as of which block, and that it was paid, is written once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, InternalError, connection, transaction

from custody.servicing.models import Entitlement, Payment, ServicingEvent
from custody.servicing.services import event_record
from tests.factories.ledger import digest, wallet
from tests.factories.servicing import UNIT, Maturity, burns, line

pytestmark = pytest.mark.django_db
REFUSALS = (IntegrityError, InternalError)


@pytest.fixture
def bill() -> Maturity:
    return Maturity()


def raw(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(rule: str, statement: str, *values: Any) -> None:
    with pytest.raises(REFUSALS, match=rule):
        raw(statement, *values)


@pytest.mark.parametrize(
    "change",
    ["units = 31", "net_minor = 1", "tax_minor = 5", "suspense_minor = 5", "party_id = NULL", "disputed_units = 1"],
)
def test_an_entitlement_never_changes(change: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    with pytest.raises(DatabaseError):
        raw(f"UPDATE servicing_entitlement SET {change}")
    row = line(event, 0xA)
    assert (row.units, row.net_minor, row.suspense_minor, row.disputed_units) == (30, 30 * UNIT, 0, 0)
    assert row.party is not None


@pytest.mark.parametrize("table", ["entitlement", "payment", "servicingevent"])
def test_nothing_of_a_redemption_disappears(table: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.approved()
    with pytest.raises(DatabaseError):
        raw(f"DELETE FROM servicing_{table}")
    with pytest.raises(DatabaseError):
        raw(f"TRUNCATE servicing_{table} CASCADE")
    assert (Entitlement.objects.count(), Payment.objects.count(), ServicingEvent.objects.count()) == (1, 1, 1)


INSERT = """
    INSERT INTO servicing_entitlement (event_id, wallet_id, party_id, units, disputed_units, net_minor, suspense_minor,
        burn_instruction_id, gross_minor, base_minor, tax_status, tax_minor)
    SELECT e, w, p, u, d, n, s, b, n + s, 0, '', 0 FROM (VALUES
        (%s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::bigint, %s::bigint)
    ) v(e, w, p, u, d, n, s, b)
"""


def test_nobody_is_added_after_the_record(bill: Maturity) -> None:
    party = bill.holder(0xA, 30)
    event = bill.recorded()
    refused("entitlement_as_of_the_record", INSERT, event.pk, wallet(0xB).pk, party.pk, 0, 0, 100, 0, None)
    assert Entitlement.objects.count() == 1


def test_a_wallet_is_entitled_once_to_whole_amounts_and_burns_what_it_has(bill: Maturity) -> None:
    party = bill.holder(0xA, 30)
    event, here = bill.opened(), wallet(0xA).pk
    burn = bill.instruct("REDEEM", 30, wallet(0xA)).pk
    refused("entitlement_not_negative", INSERT, event.pk, here, party.pk, 30, 0, -1, 0, burn)
    refused("entitlement_not_negative", INSERT, event.pk, here, party.pk, 30, 0, 0, -1, burn)
    refused("entitlement_of_party_or_nobody", INSERT, event.pk, here, None, 30, 0, 100, 0, burn)
    refused("entitlement_burns_units", INSERT, event.pk, here, party.pk, 0, 5, 0, 500, burn)
    assert Entitlement.objects.count() == 0
    raw(INSERT, event.pk, here, party.pk, 30, 0, 100, 0, burn)
    refused("entitlement_once", INSERT, event.pk, here, party.pk, 0, 1, 0, 0, None)
    refused("burn_instruction_id", INSERT, event.pk, wallet(0xB).pk, party.pk, 30, 0, 100, 0, burn)
    assert Entitlement.objects.count() == 1


PAY = """
    INSERT INTO servicing_payment (entitlement_id, amount_minor, channel, state, bank_reference)
    VALUES (%s, %s, 'RESERVE', %s, '')
"""


@pytest.mark.parametrize(
    ("amount", "state"), [(30 * UNIT + 1, "PREPARED"), (30 * UNIT - 1, "PREPARED"), (30 * UNIT, "DUE"), (0, "PREPARED")]
)
def test_a_payment_begins_prepared_and_of_the_entitled_amount(amount: int, state: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.opened()
    bill.mine(at=bill.record_at)
    bill.mine(at=bill.payday)
    bill.post()
    assert event_record(event=event, now=bill.payday)
    refused("payment_is_what_is_due|payment_positive", PAY, line(event, 0xA).pk, amount, state)
    assert Payment.objects.count() == 0
    # The same row as it ought to be is taken, so the refusals above are about amount and state.
    raw(PAY, line(event, 0xA).pk, 30 * UNIT, "PREPARED")
    refused("entitlement_id", PAY, line(event, 0xA).pk, 30 * UNIT, "PREPARED")


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("payment_moves_once", "amount_minor = 1"),
        ("payment_moves_once", "state = 'PREPARED'"),
        ("payment_moves_once", "channel = 'CHAIN'"),
        ("payment_moves_once", "channel = 'RESERVE'"),
        ("payment_channel", "account_id = NULL"),
        ("payment_settled_has_entry", "state = 'PAID', bank_reference = 'B'"),
        ("payment_settled_has_entry", "state = 'RESERVED'"),
        ("payment_state", "state = 'GONE', cash_entry_id = {entry}"),
        ("payment_paid_has_reference", "state = 'PAID', cash_entry_id = {entry}"),
    ],
)
def test_a_due_payment_moves_only_with_its_cash_entry(rule: str, change: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.released()
    refused(rule, "UPDATE servicing_payment SET " + change.format(entry=event.fundings.get().cash_entry_id))
    row = Payment.objects.get()
    assert (row.state, row.amount_minor, row.cash_entry, row.bank_reference) == ("DUE", 30 * UNIT, None, "")


@pytest.mark.parametrize(
    "change", ["state = 'DUE', cash_entry_id = NULL", "bank_reference = 'other'", "state = 'RESERVED'"]
)
def test_a_payment_made_stays_made(change: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    paid = bill.pay(line(bill.released(), 0xA), "BANK-1")
    refused("payment_moves_once", f"UPDATE servicing_payment SET {change}")
    row = Payment.objects.get()
    assert (row.state, row.bank_reference, row.cash_entry) == ("PAID", "BANK-1", paid.cash_entry)


@pytest.mark.parametrize("change", ["record_at = record_at + interval '1 day'", "payment_date = payment_date + 1"])
def test_the_instant_and_the_date_are_fixed_from_the_start(change: str, bill: Maturity) -> None:
    event = bill.opened()
    refused("servicing_event_is_fixed", f"UPDATE servicing_servicingevent SET {change}")
    kept = ServicingEvent.objects.get()
    assert (kept.record_at, kept.payment_date) == (event.record_at, event.payment_date)


@pytest.mark.parametrize(
    "change",
    [
        "record_block_number = 1",
        f"record_block_hash = '{digest(7)}'",
        "total_minor = 1",
        "tax_minor = 1",
        "state = 'OPEN'",
    ],
)
def test_the_record_is_fixed_once_written(change: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    refused("servicing_event_is_fixed", f"UPDATE servicing_servicingevent SET {change}")
    kept = ServicingEvent.objects.get()
    assert (kept.record_block_number, kept.total_minor, kept.state) == (
        event.record_block_number,
        event.total_minor,
        "RECORDED",
    )


def test_the_approvals_are_never_taken_back(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.released()
    for change in ("release_approval_id = NULL", "burn_approval_id = NULL", "state = 'OPEN'"):
        refused("servicing_event_is_fixed|released_by", f"UPDATE servicing_servicingevent SET {change}")
    kept = ServicingEvent.objects.get()
    assert (kept.release_approval, kept.burn_approval, kept.state) == (
        event.release_approval,
        event.burn_approval,
        "RELEASED",
    )


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("servicing_event_recorded_has_block", "state = 'RECORDED'"),
        ("servicing_event_released_by_approval|servicing_event_recorded_has_block", "state = 'CLOSED'"),
    ],
)
def test_no_state_is_reached_without_what_it_stands_for(rule: str, change: str, bill: Maturity) -> None:
    bill.opened()
    refused(rule, f"UPDATE servicing_servicingevent SET {change}")
    assert ServicingEvent.objects.get().state == "OPEN"


def test_a_closed_redemption_never_changes(bill: Maturity) -> None:
    event = bill.approved()
    assert burns(event) == []
    raw("UPDATE servicing_servicingevent SET state = 'CLOSED'")
    refused("servicing_event_is_fixed", "UPDATE servicing_servicingevent SET state = 'APPROVED'")
    assert ServicingEvent.objects.get().state == "CLOSED"


OPEN = """
    INSERT INTO servicing_servicingevent (token_id, kind, sequence, rail, rate_numerator, rate_denominator, rounding,
        tax_rounding, record_at, payment_date, state)
    SELECT token_id, 'REDEMPTION', %s, rail, rate_numerator, %s, rounding, tax_rounding, record_at, payment_date, %s
    FROM servicing_servicingevent
"""


@pytest.mark.parametrize(
    ("rule", "sequence", "denominator", "state"),
    [
        ("servicing_event_once", 1, 1, "OPEN"),
        ("servicing_event_kind", 2, 1, "OPEN"),
        ("servicing_event_rate", 1, 0, "OPEN"),
        ("servicing_event_begins_open", 1, 1, "RECORDED"),
    ],
)
def test_a_token_is_redeemed_once(rule: str, sequence: int, denominator: int, state: str, bill: Maturity) -> None:
    bill.opened()
    refused(rule, OPEN, sequence, denominator, state)
    assert ServicingEvent.objects.count() == 1
