"""Entitlements are what the register says as of the record block, and who owned the wallet then."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from custody.instructions.models import Instruction
from custody.servicing.models import Entitlement, ServicingEvent
from custody.servicing.services import event_record, redemption_open
from custody.tokenisation.models import TokenContract
from tests.factories.ledger import NOW, address, digest, wallet
from tests.factories.servicing import UNIT, Maturity, burns, line
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill() -> Maturity:
    return Maturity()


def rows(event: ServicingEvent) -> list[tuple[str, int, int, int, int]]:
    fields = ("wallet__address", "units", "disputed_units", "net_minor", "suspense_minor")
    return list(Entitlement.objects.filter(event=event).order_by("wallet__address").values_list(*fields))


def test_opening_twice_returns_the_first(bill: Maturity) -> None:
    first = bill.opened()
    assert (first.state, first.record_at, first.payment_date) == ("OPEN", bill.record_at, date(2026, 9, 24))
    assert redemption_open(token=bill.token, actor=bill.people.maker, now=NOW + timedelta(days=1)).pk == first.pk
    assert ServicingEvent.objects.count() == 1
    assert AuditEntry.objects.filter(action="servicing.open").count() == 1


def test_opening_needs_the_power_and_a_live_token(bill: Maturity) -> None:
    with pytest.raises(NotAllowed):
        redemption_open(token=bill.token, actor=bill.fiscal, now=NOW)
    TokenContract.objects.filter(pk=bill.token.pk).update(state="CLOSED")
    bill.token.refresh_from_db()
    with pytest.raises(Refused, match="CLOSED"):
        bill.opened()
    assert ServicingEvent.objects.count() == 0


def test_each_wallet_is_entitled_to_its_units_as_of_the_record_block(bill: Maturity) -> None:
    first, second = bill.holder(0xA, 30), bill.holder(0xB, 12)
    bill.transfer(address(0xA), address(0xB), 5)
    event = bill.recorded()

    assert rows(event) == [(address(0xA), 25, 0, 25 * UNIT, 0), (address(0xB), 17, 0, 17 * UNIT, 0)]
    assert [line(event, number).party for number in (0xA, 0xB)] == [first, second]
    assert (event.state, event.total_minor) == ("RECORDED", 42 * UNIT)
    assert [(burn.kind, burn.state, burn.units, str(burn.wallet)) for burn in burns(event)] == [
        ("REDEEM", "DRAFT", 25, address(0xA)),
        ("REDEEM", "DRAFT", 17, address(0xB)),
    ]


def test_the_record_block_is_the_last_one_stamped_at_the_instant_or_before(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.owned(0xB)
    event = bill.opened()
    bill.transfer(address(0xA), address(0xB), 3)
    record = bill.mine(at=bill.record_at)
    bill.transfer(address(0xA), address(0xB), 4)
    bill.mine(at=bill.record_at + timedelta(seconds=1))
    bill.post()
    assert event_record(event=event, now=bill.payday)

    event.refresh_from_db()
    assert (event.record_block_number, event.record_block_hash) == (record.number, digest(record.number))
    assert [(units, amount) for _, units, _, amount, _ in rows(event)] == [(27, 27 * UNIT), (3, 3 * UNIT)]


def test_nothing_is_recorded_before_it_is_certain(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.opened()
    bill.mine(at=bill.record_at)
    bill.post()
    assert not event_record(event=event, now=bill.record_at - timedelta(seconds=1))
    # The last posted block is stamped at the instant: another one with the same stamp may still come.
    assert not event_record(event=event, now=bill.payday)
    bill.mine(at=bill.record_at + timedelta(seconds=1), final=False)
    bill.post()
    assert not event_record(event=event, now=bill.payday)
    bill.finalise()
    # Final, but not yet in the register.
    assert not event_record(event=event, now=bill.payday)
    event.refresh_from_db()
    assert (event.state, Entitlement.objects.count(), Instruction.objects.filter(kind="REDEEM").count()) == (
        "OPEN",
        0,
        0,
    )
    bill.post()
    assert event_record(event=event, now=bill.payday)
    assert not event_record(event=event, now=bill.payday)
    assert Entitlement.objects.count() == 1


def test_undue_units_earn_their_wallet_nothing(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.undue(0xA, 10)
    bill.undue(0xD, 4)
    event = bill.recorded()

    assert rows(event) == [
        (address(0xA), 30, 10, 30 * UNIT, 10 * UNIT),
        (address(0xD), 0, 4, 0, 4 * UNIT),
    ]
    assert event.total_minor == 44 * UNIT
    assert [burn.units for burn in burns(event)] == [30]
    assert (line(event, 0xA).disputed, line(event, 0xD).burn_instruction) == (True, None)


def test_undue_units_that_moved_are_undue_where_they_went(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.owned(0xB)
    bill.undue(0xA, 10)
    bill.transfer(address(0xA), address(0xB), 12)
    event = bill.recorded()
    assert rows(event) == [
        (address(0xA), 28, 0, 28 * UNIT, 0),
        (address(0xB), 2, 10, 2 * UNIT, 10 * UNIT),
    ]


def test_a_wallet_that_nobody_proved_is_burned_and_its_money_suspended(bill: Maturity) -> None:
    bill.issued(7, wallet(0xA))
    event = bill.recorded()
    assert rows(event) == [(address(0xA), 7, 0, 0, 7 * UNIT)]
    assert line(event, 0xA).party is None
    assert [burn.units for burn in burns(event)] == [7]


def test_the_owner_is_the_one_at_the_record_instant(bill: Maturity) -> None:
    bill.owned(0xA, until=bill.record_at)
    later = bill.owned(0xB, until=bill.record_at + timedelta(seconds=1))
    for number in (0xA, 0xB):
        bill.issued(5, wallet(number))
    event = bill.recorded()
    assert [line(event, number).party for number in (0xA, 0xB)] == [None, later]


def test_a_token_that_nobody_holds_owes_nothing(bill: Maturity) -> None:
    event = bill.recorded()
    assert (event.state, event.total_minor, rows(event)) == ("RECORDED", 0, [])
