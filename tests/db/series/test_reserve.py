"""A reserve-backed series: what it counts, what its holders have, what is paid for it; debt stays as it was."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from issuance.auction.services import auction_draft
from issuance.headroom.services import HeadroomExceeded
from issuance.series.models import Series, TermSheet
from issuance.series.selectors import coupon_schedule, series_convention, series_paper, unit_convention
from issuance.series.services import series_draft
from tests.factories import auction as make
from tests.factories import commodities
from tests.factories import issuance as made
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
BARRELS = {"denomination_minor": 100, "ceiling_units": 10_000}


def test_the_term_sheet_says_backing_claim_long_stop_and_payment_currency():
    gold = commodities.series(made.office(), margin_bps=25)
    text = bytes(TermSheet.objects.get(series=gold).file.content).decode()
    assert text.splitlines()[4:] == [
        "Instrument: Reserve-backed token",
        f"Programme: {gold.programme.reference}",
        "Measure: XAU: 1.000 fine troy ounce",
        "Backing of one unit: 0.001 fine troy ounce",
        "Nature of the claim: OWNERSHIP: Ownership of a share of the stored commodity",
        "Held back from what is attested: 25 of 10,000 parts",
        "Payment currency: PKR",
        "Ceiling in units: 1,000,000",
        "Ceiling in quantity: 1,000.000 fine troy ounces",
        "Issue date: 2026-07-02",
        "Long-stop date: 2031-07-02",
        "Tenor in days: 1826",
        "Price convention: UNIT-PRICE: PKR for one unit, price 4 dp",
        "Redemption: in kind, asked on or before the long-stop date, on which transfers close",
        "Calendar: PK",
        "Zone of the record instant: Asia/Karachi",
        "Legal record: MIRROR: Each holder's depository account, mirrored",
        "Instrument of law: Test Gold Rules 2026, rule 4",
    ]


def test_oil_is_a_series_like_gold_by_its_record_alone():
    people = made.office()
    oil = commodities.series(people, commodities.programme(people, "OIL"), claim="DELIVERY", **BARRELS)
    text = bytes(TermSheet.objects.get(series=oil).file.content).decode()
    assert "Measure: OIL: 1.00 net standard barrel at 60 F\n" in text
    assert "Backing of one unit: 1.00 net standard barrel at 60 F\n" in text
    assert "Nature of the claim: DELIVERY: A right to delivery of the commodity\n" in text


def test_debt_is_paid_in_its_own_currency_and_its_sheet_says_nothing_new():
    bill = made.series(made.office())
    assert (bill.payment_currency, bill.claim, bill.margin_bps, bill.is_reserve) == ("PKR", "", 0, False)
    text = bytes(TermSheet.objects.get(series=bill).file.content).decode()
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "Term sheet, version", "ISIN", "Name", "Short name", "Instrument", "Programme", "Currency",
        "Denomination of one unit", "Ceiling in units", "Ceiling in face", "Issue date", "Maturity date",
        "Tenor in days", "Price convention", "Rule published by", "Calendar", "Zone of the record instant",
        "Legal record", "Instrument of law",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "PKR"}, "currency"),
        ({"currency": "OIL"}, "currency"),
        ({"currency": "ZZZ"}, "currency"),
        ({"payment_currency": "XAU"}, "payment_currency"),
        ({"payment_currency": "OIL"}, "payment_currency"),
        ({"convention": "PK-MTB"}, "convention"),
        ({"claim": ""}, "claim"),
        ({"claim": "HOPE"}, "claim"),
        ({"margin_bps": -1}, "margin_bps"),
        ({"margin_bps": 10_000}, "margin_bps"),
        ({"coupon_pct": Decimal(1)}, "coupon_pct"),
        ({"first_coupon_date": date(2027, 7, 2)}, "coupon_pct"),
        ({"denomination_minor": 0}, "denomination_minor"),
        ({"kind": "MTB"}, "convention"),
        ({"kind": "MTB", "convention": "PK-MTB"}, "payment_currency"),
    ],
    ids=str,
)
def test_wrong_terms_are_refused_by_field(change, field):
    people = made.office()
    parent = commodities.programme(people)
    with pytest.raises(Refused) as refusal:
        series_draft(**commodities.terms(parent) | change, actor=people.maker, now=people.now)
    assert refusal.value.field == field
    assert Series.objects.count() == 0


def test_a_gold_series_does_not_fit_under_a_programme_in_money_nor_a_bill_under_gold():
    people = made.office()
    gold, money = commodities.programme(people), made.programme(people)
    for terms in (commodities.terms(money, currency="XAU"), made.series_terms(gold)):
        with pytest.raises(Refused) as refusal:
            series_draft(**terms, actor=people.maker, now=people.now)
        assert (refusal.value.field, refusal.value.rule) == ("currency", "fx.one_measure")
    with pytest.raises(Refused) as refusal:
        series_draft(**made.series_terms(money, payment_currency="USD"), actor=people.maker, now=people.now)
    assert (refusal.value.field, refusal.value.rule) == ("payment_currency", "series.payment_currency")
    assert Series.objects.count() == 0


def test_headroom_stops_at_the_authority_in_ounces():
    people = made.office()
    parent = commodities.programme(people, ceiling=1_000)
    first, second = (commodities.series(people, parent, ceiling_units=1_000) for _ in range(2))
    made.commitment(people, first, 600)
    with pytest.raises(HeadroomExceeded) as refusal:
        made.commitment(people, second, 401)
    assert (refusal.value.excess, "by 0.001 fine troy ounce on" in str(refusal.value)) == (1, True)
    made.commitment(people, second, 400)


def test_a_unit_has_a_price_and_neither_yield_nor_coupon_nor_auction():
    people = made.office()
    gold = commodities.series(people)
    assert (unit_convention(gold).name, unit_convention(gold).price_places) == ("UNIT-PRICE", 4)
    assert coupon_schedule(gold) == ()
    for ask in (lambda: series_convention(gold), lambda: series_paper(gold, made.ISSUE)):
        with pytest.raises(Refused) as refusal:
            ask()
        assert refusal.value.rule == "series.debt"
    with pytest.raises(Refused) as refusal:
        auction_draft(**make.terms(gold), actor=people.maker, now=people.now)
    assert refusal.value.field == "rule"


def test_what_was_approved_never_changes():
    gold = commodities.series(made.office())
    for change in ({"payment_currency": "USD"}, {"claim": "DELIVERY"}, {"margin_bps": 1}):
        with pytest.raises(IntegrityError, match="series_terms_frozen"), transaction.atomic():
            Series.objects.filter(pk=gold.pk).update(**change)
