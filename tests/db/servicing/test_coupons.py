"""Coupons: opened from the schedule, an exact fraction per unit, rounded holder by holder, every minor unit named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from custody.instructions.models import Instruction
from custody.servicing.models import Entitlement, Payment, ServicingEvent
from custody.servicing.services import coupon_open, events_open_due, payments_confirm, servicing_advance
from custody.servicing.upcoming import upcoming
from custody.settlement.models import SuspenseItem
from custody.settlement.selectors import cash_balances
from tests.factories.ledger import NOW, wallet
from tests.factories.servicing import Bond, line
from tests.support.journal import balances
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
# 6,172.839 minor units on a unit: no amount of one holder is whole.
ODD = Decimal("12.345678")


@pytest.fixture
def bond() -> Bond:
    return Bond()


@pytest.fixture
def odd() -> Bond:
    return Bond(coupon_pct=ODD)


def test_a_coupon_is_opened_once_from_the_terms(bond: Bond) -> None:
    event = bond.coupon(1)
    assert (event.kind, event.sequence, event.state) == ("COUPON", 1, "OPEN")
    assert (event.rate_numerator, event.rate_denominator) == (6_250, 1)
    # 2 January 2027 is a Saturday; the record is not moved with the payment.
    assert (event.period_end, event.payment_date) == (date(2027, 1, 2), date(2027, 1, 4))
    assert event.record_at == datetime(2027, 1, 1, 19, tzinfo=UTC)
    assert bond.coupon(1).pk == event.pk
    assert AuditEntry.objects.filter(action="servicing.open").count() == 1
    for sequence in (0, 7):
        with pytest.raises(Refused, match="6 coupons"):
            bond.coupon(sequence)
    with pytest.raises(NotAllowed):
        coupon_open(token=bond.token, sequence=2, actor=bond.fiscal, now=NOW)
    assert ServicingEvent.objects.count() == 1


def test_a_rate_that_is_no_whole_number_is_kept_as_a_fraction(odd: Bond) -> None:
    event = odd.coupon(2)
    assert (event.rate_numerator, event.rate_denominator) == (6_172_839, 1_000)


def test_a_long_first_coupon_pays_by_the_schedule() -> None:
    """From 2 July 2026 to 2 July 2027 by way of one notional period in full and one more: two regular coupons."""
    bond = Bond(first_coupon_date=date(2027, 7, 2))
    event = bond.coupon(1)
    assert (event.period_start, event.period_end) == (date(2026, 7, 2), date(2027, 7, 2))
    assert (event.rate_numerator, event.rate_denominator) == (12_500, 1)


def test_the_last_coupon_and_the_redemption_share_the_record_instant(bond: Bond) -> None:
    last, redemption = bond.coupon(6), bond.opened()
    assert (last.record_at, last.payment_date) == (redemption.record_at, redemption.payment_date)
    assert last.record_at == datetime(2029, 7, 1, 19, tzinfo=UTC)


def test_the_bell_opens_what_is_near_and_nothing_else(bond: Bond) -> None:
    assert events_open_due(now=NOW) == 0
    first = datetime(2027, 1, 1, 19, tzinfo=UTC)
    assert events_open_due(now=first - timedelta(days=10, seconds=1)) == 0
    assert events_open_due(now=first - timedelta(days=10)) == 1
    assert events_open_due(now=first - timedelta(days=9)) == 0
    assert events_open_due(now=bond.record_at - timedelta(days=1)) == 6
    found = ServicingEvent.objects.order_by("kind", "sequence").values_list("kind", "sequence")
    assert list(found) == [*(("COUPON", number) for number in range(1, 7)), ("REDEMPTION", 1)]
    assert AuditEntry.objects.filter(action="servicing.open", actor_name="system").count() == 7


def test_the_calendar_shows_what_comes_within_a_year(bond: Bond) -> None:
    assert [(row.title, row.payment_date, row.per_unit_minor) for row in upcoming(now=NOW)] == [
        ("Coupon 1", date(2027, 1, 4), 6_250),
        ("Coupon 2", date(2027, 7, 2), 6_250),
    ]
    bond.coupon(1)
    assert [row.title for row in upcoming(now=NOW)] == ["Coupon 2"]


def test_a_coupon_pays_and_burns_nothing(bond: Bond) -> None:
    bond.holder(0xA, 30)
    bond.holder(0xB, 12)
    event = bond.recorded(bond.coupon(1))
    assert (event.total_minor, event.net_minor, event.residual_minor) == (262_500, 262_500, 0)
    assert Instruction.objects.filter(kind="REDEEM").count() == 0
    bond.released(event)
    assert payments_confirm(event=event, bank_reference="RUN-1", actor=bond.fiscal, now=bond.payday) == 2
    before = cash_balances("PKR")
    assert payments_confirm(event=event, bank_reference="RUN-1", actor=bond.fiscal, now=bond.payday) == 2
    assert before == cash_balances("PKR") == balances(TREASURY=-262_500, INTEREST=262_500)
    with pytest.raises(Refused, match="No payment by bank is due"):
        payments_confirm(event=event, bank_reference="RUN-2", actor=bond.fiscal, now=bond.payday)
    assert set(Payment.objects.values_list("state", "bank_reference")) == {("PAID", "RUN-1")}
    assert servicing_advance(now=bond.payday) == 1
    event.refresh_from_db()
    bond.series.refresh_from_db()
    assert (event.state, bond.series.state) == ("CLOSED", "LIVE")


@pytest.mark.parametrize(
    ("units", "lines", "total"),
    [
        # 4 units earn 24,691.356: the holders get less than the series earns, 0.01 goes back to the treasury.
        ((4, 4, 4), (24_691, 24_691, 24_691), 74_074),
        # 2 units earn 12,345.678: the holders get more, the treasury adds 0.01.
        ((2, 2, 2), (12_346, 12_346, 12_346), 37_037),
        # 500 units earn 3,086,419.5: half a minor unit is rounded up.
        ((500,), (3_086_420,), 3_086_420),
    ],
)
def test_each_line_is_rounded_half_up_and_the_residual_is_named(
    units: tuple[int, ...], lines: tuple[int, ...], total: int, odd: Bond
) -> None:
    for number, count in enumerate(units, 0xA):
        odd.holder(number, count)
    event = odd.recorded(odd.coupon(1))
    assert tuple(Entitlement.objects.order_by("pk").values_list("net_minor", flat=True)) == lines
    residual = total - sum(lines)
    assert (event.total_minor, event.residual_minor) == (total, residual)
    assert event.to_fund_minor == max(total, sum(lines))
    odd.released(event)
    odd.pay_all(event)
    paid = sum(lines)
    assert cash_balances("PKR") == balances(TREASURY=-paid, INTEREST=paid)


def test_undue_units_and_nobodys_wallet_earn_into_suspense(odd: Bond) -> None:
    odd.holder(0xA, 4)
    odd.undue(0xA, 2)
    odd.issued(1, wallet(0xB))
    event = odd.recorded(odd.coupon(1))
    mine, nobodys = line(event, 0xA), line(event, 0xB)
    assert (mine.net_minor, mine.suspense_minor, mine.gross_minor) == (24_691, 12_346, 37_037)
    assert (nobodys.net_minor, nobodys.suspense_minor, nobodys.tax_minor) == (0, 6_173, 0)
    assert (event.total_minor, event.residual_minor) == (43_210, 0)
    odd.released(event)
    odd.pay_all(event)
    assert cash_balances("PKR")["SUSPENSE"] == -18_519
    assert list(SuspenseItem.objects.order_by("pk").values_list("amount_minor", flat=True)) == [12_346, 6_173]


def test_the_series_outlives_its_redemption_until_the_last_coupon_is_paid(bond: Bond) -> None:
    bond.holder(0xA, 30)
    last = bond.coupon(6)
    payday = bond.payday
    redemption = bond.recorded()
    bond.payday = payday
    bond.decide(redemption, "custody.servicing.RedemptionApprove")
    bond.released(redemption)
    servicing_advance(now=bond.payday)
    bond.burn_all(redemption)
    bond.extinguish_all(redemption)
    bond.pay_all(redemption)
    servicing_advance(now=bond.payday)
    redemption.refresh_from_db()
    last.refresh_from_db()
    assert (redemption.state, last.state) == ("RELEASED", "RECORDED")
    for coupon in ServicingEvent.objects.filter(kind="COUPON").order_by("sequence"):
        bond.fund(coupon, f"BANK-{coupon.sequence}")
        bond.release(coupon)
        bond.pay_all(coupon)
    assert servicing_advance(now=bond.payday) == 6
    assert servicing_advance(now=bond.payday) == 1
    redemption.refresh_from_db()
    bond.series.refresh_from_db()
    assert (redemption.state, bond.series.state) == ("CLOSED", "CLOSED")
