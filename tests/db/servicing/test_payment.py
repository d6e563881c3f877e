"""The money leg: funded by two houses' work, paid on the day, to the last minor unit, whatever the burn does."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from django.db.models import Sum

from custody.servicing.actions import PaymentRelease, RedemptionApprove
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.services import event_fund, payment_confirm, payments_prepare
from custody.settlement.models import CashEntry, CashLeg, SuspenseItem
from custody.settlement.selectors import cash_balances
from tests.factories.ledger import address, wallet
from tests.factories.servicing import UNIT, Maturity, burns, line
from tests.support.journal import balances
from tokenization.identity import kyc
from tokenization.identity.approvals import approval_approve, approval_reject
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


def test_the_approval_of_the_burns_binds_exactly_them(bill: Maturity) -> None:
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
        "Wallets": "2",
        "Units burned": "37",
    }
    assert approval.preview["warnings"] == ["10 disputed units are not burned."]

    approval_approve(approval_id=approval.pk, actor=bill.treasury_checker, now=bill.payday)

    event.refresh_from_db()
    assert (event.state, event.burn_approval, event.release_approval) == ("RECORDED", approval, None)
    assert {burn.state for burn in burns(event)} == {"APPROVED"}
    assert set(Payment.objects.values_list("state", flat=True)) == {"PREPARED"}


def test_the_release_binds_every_payment_and_says_where_all_the_money_goes(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.holder(0xD, 2, account=False)
    bill.issued(7, wallet(0xB))
    bill.undue(0xA, 10)
    event = bill.recorded()
    bill.fund(event)
    approval = bill.propose(event, PaymentRelease.name)

    assert approval.subject == f"redemption:{bill.series.isin}"
    first, second = Payment.objects.order_by("pk")
    assert [item.body for item in approval.items.order_by("position")] == [
        {"event": event.pk, "suspense_minor": 17 * UNIT, "tax_minor": 0, "total_minor": 49 * UNIT},
        {"payments": 2, "first": first.pk, "last": second.pk, "amount_minor": 32 * UNIT},
    ]
    assert dict(row[::2] for row in approval.preview["rows"]) == {
        "Security": f"{bill.series.isin}, redemption",
        "Record block": f"{event.record_block_number:,} {event.record_block_hash}",
        "Payment date": "2026-09-24",
        "Funded": "PKR 49,000.00",
        "Paid by bank account": "PKR 30,000.00 in 1",
        "Paid by unclaimed": "PKR 2,000.00 in 1",
        "Tax withheld": "PKR 0.00",
        "Held in suspense": "PKR 17,000.00",
        "Left by rounding": "PKR 0.00",
        "Total": "PKR 49,000.00",
    }
    assert approval.preview["warnings"] == [
        "10 disputed units are not paid to their wallet.",
        "No tax rule is in force for this security on the payment date: nothing is withheld.",
        "1 holders have no verified account: their money waits for them.",
    ]
    # Another channel is another payment: what was proposed no longer stands.
    bill.account(line(event, 0xD).party)
    assert payments_prepare(event=event, actor=bill.treasury, now=bill.payday) == 1
    with pytest.raises(Refused, match="no longer what was proposed"):
        approval_approve(approval_id=approval.pk, actor=bill.treasury_checker, now=bill.payday)
    assert set(Payment.objects.values_list("state", "channel")) == {("PREPARED", "BANK")}
    approval_reject(approval_id=approval.pk, reason="changed", actor=bill.treasury_checker, now=bill.payday)
    bill.release(event)
    assert list(Payment.objects.order_by("pk").values_list("amount_minor", "channel", "state")) == [
        (30 * UNIT, "BANK", "DUE"),
        (2 * UNIT, "BANK", "DUE"),
    ]


@pytest.mark.parametrize("action", [RedemptionApprove.name, PaymentRelease.name])
def test_the_maker_does_not_approve_and_nobody_approves_twice(action: str, bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    bill.fund(event)
    approval = bill.propose(event, action)
    for actor in (bill.treasury, bill.fiscal):
        with pytest.raises(NotAllowed):
            approval_approve(approval_id=approval.pk, actor=actor, now=bill.payday)
    event.refresh_from_db()
    assert (event.state, event.burn_approval, event.release_approval) == ("RECORDED", None, None)
    approval_approve(approval_id=approval.pk, actor=bill.treasury_checker, now=bill.payday)
    with pytest.raises(Conflict):
        approval_approve(approval_id=approval.pk, actor=bill.treasury_checker, now=bill.payday)
    with pytest.raises(Refused):
        bill.propose(event, action)
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("action", [RedemptionApprove.name, PaymentRelease.name])
@pytest.mark.parametrize("payload", [0, 999_999])
def test_what_is_not_recorded_is_not_proposed(payload: int, action: str, bill: Maturity) -> None:
    event = bill.opened()
    with pytest.raises(Refused, match="OPEN"):
        bill.propose(event, action)
    with pytest.raises(Refused, match="no coupon or redemption"):
        bill.propose(ServicingEvent(pk=payload), action)
    assert Approval.objects.filter(action=action).count() == 0


def test_the_release_conserves_the_total_and_suspends_what_may_not_be_paid(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    bill.issued(7, wallet(0xB))
    bill.undue(0xA, 10)
    bill.undue(0xC, 4)
    event = bill.released()

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
    assert (event.total_minor, event.residual_minor) == (51 * UNIT, 0)


def test_suspended_money_leaves_wallet_by_wallet(bill: Maturity) -> None:
    bill.issued(7, wallet(0xB))
    bill.undue(0xC, 4)
    bill.released()
    first, second = SuspenseItem.objects.order_by("pk")
    assert first.bank_reference != second.bank_reference
    assert (first.entry.kind, first.entry.at, first.settlement) == ("SUSPENSE", bill.payday, None)


def test_funding_is_booked_once_under_a_reference(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    funding = bill.fund(event)
    before = books()
    assert bill.fund(event) == funding
    assert books() == before
    with pytest.raises(Conflict, match="another amount"):
        bill.fund(event, amount=1)
    with pytest.raises(Conflict, match="in full already"):
        bill.fund(event, "BANK-OTHER")
    assert books() == before


def test_the_release_is_refused_with_the_missing_amount_until_all_of_it_has_come(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    for part, missing in ((0, "30,000.00"), (10 * UNIT, "20,000.00"), (20 * UNIT - 1, "0.01")):
        if part:
            bill.fund(event, f"BANK-{part}", part)
        before = books()
        with pytest.raises(Refused, match=rf"PKR {missing} of PKR 30,000.00 are missing\. Book the treasury"):
            bill.propose(event, PaymentRelease.name)
        assert books() == before
    with pytest.raises(Refused, match=r"Only PKR 0\.01 is missing"):
        bill.fund(event, "BANK-OVER", 2)
    bill.fund(event, "BANK-LAST")
    bill.release(event)
    assert sorted(event.fundings.values_list("amount_minor", flat=True)) == [1, 10 * UNIT, 20 * UNIT - 1]
    assert event.state == "RELEASED"


def test_funding_waits_for_the_record(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.opened()
    before = books()
    with pytest.raises(Refused, match="not recorded"):
        bill.fund(event)
    with pytest.raises(NotAllowed):
        event_fund(event=event, bank_reference="BANK-F", actor=bill.treasury, now=bill.payday)
    assert books() == before


def test_nothing_is_funded_where_nothing_is_due(bill: Maturity) -> None:
    event = bill.recorded()
    before = books()
    with pytest.raises(Refused, match="nothing is due"):
        bill.fund(event)
    assert books() == before


def test_a_payment_waits_for_funding_and_release(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.recorded()
    row = line(event, 0xA)
    for step in (lambda: None, lambda: bill.fund(event)):
        step()
        before = books()
        with pytest.raises(Refused) as refusal:
            bill.pay(row)
        assert refusal.value.rule == "released before paid"
        assert books() == before
    # A line loaded before the release is paid all the same.
    stale = event.entitlements.select_related("event").get()
    assert stale.event.release_approval_id is None
    bill.release(event)
    assert bill.pay(stale).state == "PAID"


def test_a_payment_waits_for_its_date_in_the_zone_of_the_series(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.released()
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
    event = bill.released()
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
    event = bill.released()
    before = books()
    with pytest.raises(Refused) as refusal:
        bill.pay(line(event, 0xA), reference)
    assert refusal.value.field == "bank_reference"
    with pytest.raises(Refused):
        bill.fund(event, reference)
    assert books() == before


def test_only_the_fiscal_agent_confirms_a_payment(bill: Maturity) -> None:
    bill.holder(0xA, 30)
    event = bill.released()
    before = books()
    for actor in (bill.treasury, bill.registrar, bill.people.maker):
        with pytest.raises(NotAllowed):
            payment_confirm(entitlement=line(event, 0xA), bank_reference="B", actor=actor, now=bill.payday)
    assert books() == before


def test_a_holder_whose_kyc_lapsed_is_paid(bill: Maturity) -> None:
    party = bill.holder(0xA, 30, kyc_until=bill.record_at - timedelta(days=30))
    event = bill.released()
    assert not kyc.is_valid(party, bill.payday)
    paid = bill.pay(line(event, 0xA))
    assert (paid.state, paid.amount_minor, paid.entitlement.party) == ("PAID", 30 * UNIT, party)
    assert cash_balances("PKR")["REDEMPTION"] == 0


@pytest.mark.parametrize("number", [0xB, 0xC])
def test_suspended_money_is_no_payment_to_a_wallet(number: int, bill: Maturity) -> None:
    bill.issued(7, wallet(0xB))
    bill.undue(0xC, 4)
    event = bill.released()
    before = books()
    with pytest.raises(Refused):
        bill.pay(line(event, number))
    assert books() == before
    assert Payment.objects.count() == 0
