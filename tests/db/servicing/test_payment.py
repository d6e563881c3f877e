"""The money leg: funded by two houses' work, paid on the day, to the last minor unit, whatever the burn does."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.db.models import Sum

from custody.servicing.models import Payment, RedemptionEvent
from custody.servicing.services import payment_confirm, redemption_fund
from custody.settlement.models import CashEntry, CashLeg, SuspenseItem
from custody.settlement.selectors import cash_balances
from tests.factories.ledger import address, wallet
from tests.factories.servicing import UNIT, Maturity, burns, line
from tests.support.journal import balances
from tokenization.identity import kyc
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval, AuditEntry
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill() -> Maturity:
    return Maturity()


def books() -> tuple[list[tuple[str, str]], int, int, dict[str, int]]:
    """Everything that a refusal must leave alone."""
    payments = list(Payment.objects.order_by("pk").values_list("state", "bank_reference"))
    return payments, CashEntry.objects.count(), AuditEntry.objects.count(), cash_balances("PKR")


def test_the_approval_binds_exactly_the_burns_and_says_what_is_paid(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.issued(7, wallet(0xB))
    bill.undue(0xA, 10)
    event = bill.recorded()
    approval = bill.propose(event)

    leaves = list(approval.items.order_by("position").values_list("leaf", flat=True))
    assert leaves == [burn.leaf for burn in burns(event)]
    assert [item.body["units"] for item in approval.items.order_by("position")] == [30, 7]
    assert approval.subject == f"redemption:{bill.series.isin}"
    assert dict(row[::2] for row in approval.preview["rows"]) == {
        "Series": bill.series.isin,
        "Record block": f"{event.record_block_number:,} {event.record_block_hash}",
        "Payment date": "2026-09-24",
        "Wallets": "2",
        "Units burned": "37",
        "Paid to holders": "PKR 30,000.00",
        "Held in suspense": "PKR 17,000.00",
    }
    assert approval.preview["warnings"] == ["10 disputed units are neither burned nor paid to their wallet."]
    assert Payment.objects.count() == 0

    approval_approve(approval_id=approval.pk, actor=bill.treasury_checker, now=bill.payday)

    event.refresh_from_db()
    assert (event.state, event.approval) == ("APPROVED", approval)
    assert {burn.state for burn in burns(event)} == {"APPROVED"}
    assert [(row.entitlement, row.amount_minor, row.state) for row in Payment.objects.all()] == [
        (line(event, 0xA), 30 * UNIT, "DUE")
    ]


def test_the_maker_does_not_approve_and_nobody_approves_twice(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    approval = bill.propose(event)
    for actor in (bill.treasury, bill.fiscal):
        with pytest.raises(NotAllowed):
            approval_approve(approval_id=approval.pk, actor=actor, now=bill.payday)
    assert (RedemptionEvent.objects.get().state, Payment.objects.count()) == ("RECORDED", 0)
    approval_approve(approval_id=approval.pk, actor=bill.treasury_checker, now=bill.payday)
    with pytest.raises(Conflict):
        approval_approve(approval_id=approval.pk, actor=bill.treasury_checker, now=bill.payday)
    with pytest.raises(Refused):
        bill.propose(event)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("payload", [0, 999_999])
def test_what_is_not_recorded_is_not_proposed(payload: int, bill: Maturity) -> None:
    event = bill.opened()
    with pytest.raises(Refused, match="OPEN"):
        bill.propose(event)
    with pytest.raises(Refused, match="no redemption"):
        bill.propose(RedemptionEvent(pk=payload))
    assert Approval.objects.filter(action="custody.servicing.RedemptionApprove").count() == 0


def test_funding_conserves_the_total_and_suspends_what_may_not_be_paid(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.issued(7, wallet(0xB))
    bill.undue(0xA, 10)
    bill.undue(0xC, 4)
    event = bill.funded()

    assert cash_balances("PKR") == balances(
        BANK=51 * UNIT, TREASURY=-51 * UNIT, DEBT=51 * UNIT, REDEMPTION=-30 * UNIT, SUSPENSE=-21 * UNIT
    )
    held = SuspenseItem.objects.order_by("pk").values_list("amount_minor", "reason", "state", "currency")
    assert list(held) == [
        (10 * UNIT, f"10 disputed units of {address(0xA)}", "HELD", "PKR"),
        (7 * UNIT, f"{address(0xB)} is nobody's", "HELD", "PKR"),
        (4 * UNIT, f"4 disputed units of {address(0xC)}, which is nobody's", "HELD", "PKR"),
    ]
    bill.pay_all(event)
    assert cash_balances("PKR") == balances(BANK=21 * UNIT, TREASURY=-51 * UNIT, DEBT=51 * UNIT, SUSPENSE=-21 * UNIT)
    sums = CashLeg.objects.values("entry").annotate(total=Sum("amount_minor")).values_list("total", flat=True)
    assert (len(sums), set(sums)) == (5, {0})
    assert event.total_minor == 51 * UNIT


def test_suspended_money_leaves_wallet_by_wallet(bill: Maturity) -> None:
    bill.issued(7, wallet(0xB))
    bill.undue(0xC, 4)
    bill.funded()
    first, second = SuspenseItem.objects.order_by("pk")
    assert first.bank_reference != second.bank_reference
    assert (first.entry.kind, first.entry.at, first.settlement) == ("SUSPENSE", bill.payday, None)


def test_funding_is_booked_once(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.funded()
    before = books()
    assert bill.fund(event).funding_entry == event.funding_entry
    assert books() == before
    with pytest.raises(Conflict, match="another reference"):
        bill.fund(event, "BANK-OTHER")
    assert books() == before


def test_funding_waits_for_the_approval(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    before = books()
    with pytest.raises(Refused, match="not approved"):
        bill.fund(event)
    with pytest.raises(NotAllowed):
        redemption_fund(event=event, bank_reference="BANK-F", actor=bill.treasury, now=bill.payday)
    assert books() == before


def test_nothing_is_funded_where_nothing_is_due(bill: Maturity) -> None:
    event = bill.approved()
    before = books()
    with pytest.raises(Refused, match="nothing is due"):
        bill.fund(event)
    assert books() == before


def test_a_payment_waits_for_approval_and_funding(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    with pytest.raises(Refused) as refusal:
        bill.pay(line(event, 0xA))
    assert refusal.value.rule == "approved before paid"
    approval_approve(approval_id=bill.propose(event).pk, actor=bill.treasury_checker, now=bill.payday)
    before = books()
    with pytest.raises(Refused) as refusal:
        bill.pay(line(event, 0xA))
    assert refusal.value.rule == "funded before paid"
    assert books() == before
    # An entitlement loaded before the funding is paid all the same.
    stale = event.entitlements.select_related("event").get()
    assert stale.event.funding_entry_id is None
    bill.fund(event)
    assert bill.pay(stale).state == "PAID"


def test_a_payment_waits_for_its_date_in_the_zone_of_the_series(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.funded()
    before = books()
    for early in (timedelta(days=1), timedelta(seconds=1)):
        with pytest.raises(Refused) as refusal:
            bill.pay(line(event, 0xA), now=bill.record_at - early)
        assert (refusal.value.field, refusal.value.rule) == ("payment_date", "paid on the day")
    assert books() == before
    # Midnight in Karachi is still the day before in UTC.
    assert bill.record_at.astimezone(UTC).date() == event.payment_date - timedelta(days=1)
    assert bill.pay(line(event, 0xA), now=bill.record_at).state == "PAID"


def test_a_payment_is_booked_once_and_under_one_reference(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.holder(0xB, 12)
    event = bill.funded()
    paid = bill.pay(line(event, 0xA), "BANK-1")
    assert (paid.state, paid.amount_minor, paid.bank_reference) == ("PAID", 30 * UNIT, "BANK-1")
    assert paid.cash_entry is not None
    legs = paid.cash_entry.legs.order_by("amount_minor").values_list("account__kind", "amount_minor")
    assert list(legs) == [("BANK", -30 * UNIT), ("REDEMPTION", 30 * UNIT)]
    before = books()
    assert bill.pay(line(event, 0xA), "BANK-1").pk == paid.pk
    with pytest.raises(Conflict, match="another reference"):
        bill.pay(line(event, 0xA), "BANK-2")
    assert books() == before
    assert before[0] == [("PAID", "BANK-1"), ("DUE", "")]


@pytest.mark.parametrize("reference", ["", "  ", "X" * 65])
def test_a_bank_reference_is_given(reference: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.funded()
    before = books()
    with pytest.raises(Refused) as refusal:
        bill.pay(line(event, 0xA), reference)
    assert refusal.value.field == "bank_reference"
    with pytest.raises(Refused):
        bill.fund(event, reference)
    assert books() == before


def test_only_the_fiscal_agent_confirms_a_payment(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.funded()
    before = books()
    for actor in (bill.treasury, bill.registrar, bill.people.maker):
        with pytest.raises(NotAllowed):
            payment_confirm(entitlement=line(event, 0xA), bank_reference="B", actor=actor, now=bill.payday)
    assert books() == before


def test_a_holder_whose_kyc_lapsed_is_paid(bill: Maturity) -> None:
    party = bill.holder(0xA, 30, kyc_until=bill.record_at - timedelta(days=30))
    event = bill.funded()
    assert not kyc.is_valid(party, bill.payday)
    paid = bill.pay(line(event, 0xA))
    assert (paid.state, paid.amount_minor, paid.entitlement.party) == ("PAID", 30 * UNIT, party)
    assert cash_balances("PKR")["REDEMPTION"] == 0


@pytest.mark.parametrize("number", [0xB, 0xC])
def test_suspended_money_is_no_payment_to_a_wallet(number: int, bill: Maturity) -> None:
    bill.issued(7, wallet(0xB))
    bill.undue(0xC, 4)
    event = bill.funded()
    before = books()
    with pytest.raises(Refused):
        bill.pay(line(event, number))
    assert books() == before
    assert Payment.objects.count() == 0
