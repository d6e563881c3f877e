"""Burns are sent paid or not, payments are made burned or not, and the end waits for both and for the registry."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.register.selectors import disputed_positions, positions_as_of
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.services import redemption_open, servicing_advance
from custody.settlement.models import CashEntry
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import ChainContract
from tests.factories.ledger import NOW, address, wallet
from tests.factories.servicing import UNIT, Maturity, burns, line
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import Refused, Unavailable

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill() -> Maturity:
    return Maturity()


def state(event: ServicingEvent) -> str:
    return ServicingEvent.objects.values_list("state", flat=True).get(pk=event.pk)


def burn_states(event: ServicingEvent) -> list[str]:
    return [burn.state for burn in burns(event)]


def test_approved_burns_are_sent_once_and_only_the_undisputed_units(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.holder(0xB, 12)
    bill.undue(0xA, 10)
    event = bill.approved()
    assert servicing_advance(now=bill.payday) == 2
    intent = Intent.objects.get()
    assert (intent.signer.name, intent.function) == ("servicing", "redeem")
    assert list(intent.items.order_by("number").values_list("number", "wallet", "units")) == [
        (burn.number, str(burn.wallet), units) for burn, units in zip(burns(event), (30, 12), strict=True)
    ]
    assert burn_states(event) == ["SENT", "SENT"]
    assert servicing_advance(now=bill.payday) == 0
    assert Intent.objects.count() == 1


def test_nothing_is_burned_before_the_approval(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    assert servicing_advance(now=bill.payday) == 0
    assert (Intent.objects.count(), burn_states(event), state(event)) == (0, ["DRAFT"], "RECORDED")


def burn_first(bill: Maturity, event: ServicingEvent) -> None:
    bill.burn_all(event)
    assert burn_states(event) == ["DONE", "DONE"]
    assert set(Payment.objects.values_list("state", flat=True)) == {"PREPARED"}
    assert cash_balances("PKR")["REDEMPTION"] == 0
    bill.released(event)
    bill.pay_all(event)


def pay_first(bill: Maturity, event: ServicingEvent) -> None:
    bill.released(event)
    bill.pay_all(event)
    assert burn_states(event) == ["SENT", "SENT"]
    assert positions_as_of(bill.token, bill.number) == {address(0xA): 30, address(0xB): 12}
    bill.burn_all(event)


@pytest.mark.parametrize("legs", [burn_first, pay_first])
def test_burn_and_payment_are_independent_in_either_order(
    legs: Callable[[Maturity, ServicingEvent], None], bill: Maturity
) -> None:
    bill.holder(0xA, 30)
    bill.holder(0xB, 12)
    event = bill.approved()
    servicing_advance(now=bill.payday)
    legs(bill, event)

    assert burn_states(event) == ["DONE", "DONE"]
    assert list(Payment.objects.order_by("pk").values_list("state", "amount_minor")) == [
        ("PAID", 30 * UNIT),
        ("PAID", 12 * UNIT),
    ]
    assert positions_as_of(bill.token, bill.number) == {}
    balances = cash_balances("PKR")
    assert (balances["BANK"], balances["REDEMPTION"], balances["SUSPENSE"]) == (0, 0, 0)
    assert (balances["TREASURY"], balances["DEBT"]) == (-42 * UNIT, 42 * UNIT)
    assert (servicing_advance(now=bill.payday), state(event)) == (0, "RELEASED")
    bill.extinguish_all(event)
    assert (servicing_advance(now=bill.payday), state(event)) == (1, "CLOSED")


def test_a_payment_is_made_though_the_chain_refuses_every_burn(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.released()
    ChainContract.objects.filter(name="CONTROLLER").update(state="SENT")
    with pytest.raises(Unavailable):
        servicing_advance(now=bill.payday)
    assert burn_states(event) == ["APPROVED"]
    assert bill.pay(line(event, 0xA)).state == "PAID"
    assert cash_balances("PKR")["REDEMPTION"] == 0


def test_it_closes_only_when_all_are_paid_and_all_is_extinguished(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.holder(0xB, 12)
    event = bill.released()
    servicing_advance(now=bill.payday)
    bill.burn_all(event)
    first, second = burns(event)
    bill.pay(line(event, 0xA), "BANK-A")
    bill.extinguish(first)
    steps = [lambda: bill.extinguish(second), lambda: bill.pay(line(event, 0xB), "BANK-B")]
    for step in steps:
        assert servicing_advance(now=bill.payday) == 0
        bill.series.refresh_from_db()
        assert (state(event), bill.series.state) == ("RELEASED", "LIVE")
        step()

    assert servicing_advance(now=bill.payday) == 1
    bill.series.refresh_from_db()
    assert (state(event), bill.series.state) == ("CLOSED", "CLOSED")
    moves = AuditEntry.objects.filter(subject=f"servicing.servicingevent:{event.pk}").order_by("pk")
    assert [(json.loads(entry.body)["to"], entry.actor_name) for entry in moves] == [
        ("RELEASED", bill.treasury_checker.username),
        ("CLOSED", "system"),
    ]
    assert servicing_advance(now=bill.payday) == 0
    assert redemption_open(token=bill.token, actor=bill.treasury, now=NOW).pk == event.pk


def test_the_registry_releases_nothing_before_the_final_burn(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.released()
    servicing_advance(now=bill.payday)
    [burn] = burns(event)
    with pytest.raises(Refused, match="SENT"):
        bill.extinguish(burn)
    bill.pay_all(event)
    with pytest.raises(Refused, match="SENT"):
        bill.extinguish(burn)
    assert (servicing_advance(now=bill.payday), state(event)) == (0, "RELEASED")


def test_disputed_money_alone_is_waited_for(bill: Maturity) -> None:
    """Nobody to pay and nothing to burn, but the undue units' money must be in suspense before the end."""
    bill.undue(0xA, 10)
    event = bill.approved()
    assert (Payment.objects.count(), burns(event)) == (0, [])
    assert (servicing_advance(now=bill.payday), state(event)) == (0, "RECORDED")
    bill.released(event)
    assert (servicing_advance(now=bill.payday), state(event)) == (1, "CLOSED")
    assert cash_balances("PKR")["SUSPENSE"] == -10 * UNIT
    assert disputed_positions(bill.token, bill.number) == {address(0xA): 10}


def test_a_token_that_nobody_holds_ends_without_money(bill: Maturity) -> None:
    event = bill.approved()
    assert (servicing_advance(now=bill.payday), state(event)) == (1, "CLOSED")
    assert (CashEntry.objects.count(), Intent.objects.count()) == (0, 0)


def test_a_wallet_that_is_nobodys_is_burned_and_closed_with_its_money_held(bill: Maturity) -> None:
    bill.issued(7, wallet(0xA))
    event = bill.released()
    servicing_advance(now=bill.payday)
    bill.burn_all(event)
    bill.extinguish_all(event)
    assert (servicing_advance(now=bill.payday), state(event)) == (1, "CLOSED")
    assert cash_balances("PKR")["SUSPENSE"] == -7 * UNIT
    assert positions_as_of(bill.token, bill.number) == {}


def test_one_redemption_that_cannot_go_on_stops_no_other(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    stuck = bill.approved()
    free = bill.second()
    ChainContract.objects.filter(name="CONTROLLER").update(state="SENT")
    assert Instruction.objects.get(entitlement__event=stuck).state == "APPROVED"
    with pytest.raises(Unavailable):
        servicing_advance(now=bill.payday)
    assert (state(stuck), state(free)) == ("RECORDED", "RECORDED")
    assert Instruction.objects.get(entitlement__event=stuck).state == "APPROVED"
