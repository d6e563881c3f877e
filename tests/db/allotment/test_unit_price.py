"""Units backed by a commodity are sold at a price of one unit: exact money, headroom in ounces, words a buyer reads."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issuance.allotment.lines import unit_proceeds_minor
from issuance.allotment.models import Allotment, Offer
from issuance.allotment.pricing import per_measure, price_words
from issuance.allotment.services import allotments_payload, allotments_propose, offer_draft
from issuance.authority.drafts import draft_payload
from issuance.headroom.models import Commitment
from issuance.series.models import Series
from tests.factories import commodities
from tests.factories import issuance as made
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses
from tokenization.identity.approvals import approval_propose
from tokenization.kernel.errors import Problems, Refused

PRICE = Decimal("1043.2575")
db = pytest.mark.django_db


def offer_of(price: str, *, measure: str = "XAU", denomination: int = 1, currency: str = "PKR") -> Offer:
    """Not stored: for arithmetic alone."""
    row = Series(kind="RESERVE", currency=measure, denomination_minor=denomination, payment_currency=currency)
    return Offer(series=row, price=Decimal(price))


@pytest.mark.parametrize(
    ("units", "price", "currency", "minor"),
    [
        (1, "1043.2575", "PKR", 104_326),  # 1,043.2575 -> 1,043.26
        (2, "1043.2575", "PKR", 208_652),  # 2,086.5150 -> 2,086.52: half up, and not twice the rounded price
        (3, "0.0050", "PKR", 2),  # 1.5 paisa -> 2
        (1, "0.0049", "PKR", 0),
        (1_000_000, "1043.2575", "PKR", 104_325_750_000),
        (3, "1043.5000", "JPY", 3_131),  # 3,130.5 yen -> 3,131
        (7, "0.1235", "KWD", 865),  # 864.5 -> 865
    ],
)
def test_what_is_paid_is_units_by_price_half_up_to_the_minor_unit(units, price, currency, minor):
    assert unit_proceeds_minor(offer_of(price, currency=currency), units) == minor


@settings(max_examples=200)
@given(st.integers(1, 10**12), st.integers(1, 10**11))
def test_the_rounding_is_within_half_a_minor_unit_of_the_exact_product(units, tenth_paisa):
    price = Decimal(tenth_paisa) / 10_000
    exact = units * tenth_paisa
    assert -50 < unit_proceeds_minor(offer_of(str(price)), units) * 100 - exact <= 50


def test_the_price_is_said_for_a_unit_and_for_a_whole_ounce_or_barrel():
    assert price_words(offer_of("1043.2575")) == [
        ("One unit", "0.001 fine troy ounce per unit"),
        ("Price per unit", "PKR 1,043.2575"),
        ("Price per fine troy ounce", "PKR 1,043,257.50"),
    ]
    assert price_words(offer_of("22750.0000", measure="OIL", denomination=100)) == [
        ("One unit", "1.00 net standard barrel at 60 F per unit"),
        ("Price per unit", "PKR 22,750.0000"),
        ("Price per net standard barrel", "PKR 22,750.00"),
    ]
    # A unit of three thousandths: 1,000 / 3 units in an ounce, rounded once at the end.
    assert per_measure(offer_of("1.0000", denomination=3).series, Decimal(1)).minor == 33_333


@db
def test_debt_keeps_its_words():
    assert price_words(made.offer(made.office())) == [("Price per 100", "97.4217"), ("Yield", "11.5000 %")]


@db
def test_the_preview_of_an_offer_says_unit_ounce_and_free_headroom_in_ounces():
    people = made.office()
    gold = commodities.series(people)
    row = offer_draft(
        series=gold, price=PRICE, settlement_date=gold.issue_date, target_units=250_000, actor=people.maker,
        now=people.now,
    )  # fmt: skip
    assert row.yield_pct is None
    proposal = approval_propose(
        action="issuance.allotment.open_offer", payload=draft_payload(row), actor=people.maker, now=people.now
    )
    rows = {label: after for label, _, after in proposal.preview["rows"]}
    assert rows["One unit"] == "0.001 fine troy ounce per unit"
    assert rows["Price per unit"] == "PKR 1,043.2575"
    assert rows["Price per fine troy ounce"] == "PKR 1,043,257.50"
    assert rows["Target"] == "250,000 units = 250.000 fine troy ounces"
    free = {label: before for label, before, _ in proposal.preview["rows"] if label.startswith("Free: programme")}
    assert list(free.values()) == ["1,000.000 fine troy ounces"]


@db
def test_an_allotment_takes_ounces_and_asks_for_rupees():
    people = made.office()
    gold = commodities.series(people)
    row = made.offer(people, gold, price=PRICE, target_units=250_000)
    first, second = made.party(people), made.party(people)
    asked = made.lines((first.reference, "1"), (second.reference, "250000"))
    proposal = allotments_propose(offer=row, lines=asked, actor=people.maker, now=people.now)
    rows = {label: after for label, _, after in proposal.preview["rows"]}
    assert (rows["Quantity"], rows["Proceeds"]) == ("250.001 fine troy ounces", "PKR 260,815,418.26")
    made.approval_approve(approval_id=proposal.pk, actor=people.checker, now=people.now)
    found = Allotment.objects.order_by("units")
    assert [(a.units, a.face_minor, a.proceeds_minor, a.accrued_minor, a.price) for a in found] == [
        (1, 1, 104_326, 0, PRICE),
        (250_000, 250_000, 26_081_437_500, 0, PRICE),
    ]
    held = Commitment.objects.order_by("units").values_list("face_minor", "authority_minor", "proceeds_minor")
    assert list(held) == [(1, 1, 104_326), (250_000, 250_000, 26_081_437_500)]


@db
def test_more_ounces_than_the_authority_allows_are_refused_on_their_line():
    people = made.office()
    gold = commodities.series(people, commodities.programme(people, ceiling=1_000))
    row = made.offer(people, gold)
    asked = made.lines((made.party(people).reference, "600"), (made.party(people).reference, "401"))
    with pytest.raises(Problems) as refusal:
        allotments_propose(offer=row, lines=asked, actor=people.maker, now=people.now)
    [problem] = refusal.value.problems
    assert (problem.line, problem.rule) == (2, "headroom.authority")
    assert "by 0.001 fine troy ounce on" in problem.message
    assert (Commitment.objects.count(), Allotment.objects.count()) == (0, 0)


@db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price": None}, "price"),
        ({"price": None, "yield_pct": Decimal(10)}, "price"),
        ({"yield_pct": Decimal(10)}, "yield_pct"),
        ({"price": Decimal("1043.25755")}, "price"),
        ({"price": Decimal(0)}, "price"),
        ({"target_units": 0}, "target_units"),
        ({"settlement_date": made.ISSUE.replace(year=2031)}, "settlement_date"),
    ],
    ids=str,
)
def test_a_wrong_offer_is_refused_by_field(change, field):
    people = made.office()
    gold = commodities.series(people)
    terms: dict[str, Any] = {"price": PRICE, "settlement_date": gold.issue_date, "target_units": 10} | change
    with pytest.raises(Refused) as refusal:
        offer_draft(series=gold, **terms, actor=people.maker, now=people.now)
    assert refusal.value.field == field
    assert Offer.objects.count() == 0


@db
def test_the_payload_of_an_allotment_carries_no_yield():
    people = made.office()
    row = made.offer(people, commodities.series(people))
    payload = allotments_payload(row, made.lines((made.party(people).reference, "1")))
    assert payload["offer"]["terms"]["yield_pct"] is None  # type: ignore[index]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with an allotment of gold, a spare commitment and party, drafts of both kinds of offer."""
    with clone.filling():
        people = made.office()
        gold = commodities.series(people)
        made.allot(people, made.offer(people, gold, price=PRICE), (made.party(people), 2))
        made.commitment(people, gold, 2)
        made.party(people)
        when = {"settlement_date": gold.issue_date, "target_units": 1, "actor": people.maker, "now": people.now}
        offer_draft(series=gold, price=PRICE, **when)
        offer_draft(series=made.series(people), yield_pct=Decimal("11.5"), **when)
    with clone.as_owner() as connection:
        yield connection


AGAIN = """
    INSERT INTO allotment_allotment (series_id, settlement_date, price, accrued_minor, offer_id, party_id, units,
        face_minor, proceeds_minor, state, commitment_id, approval_id)
    SELECT series_id, settlement_date, price, {}, offer_id, (SELECT max(id) FROM identity_party), units, face_minor,
        {}, state, (SELECT max(id) FROM headroom_commitment), approval_id
    FROM allotment_allotment ORDER BY id LIMIT 1
"""
DRAFT = "UPDATE allotment_offer SET yield_pct = {} WHERE state = 'DRAFT' AND yield_pct IS {} NULL"
TIMES, YIELD = "allotment_unit_price_times_units", "offer_yield_of_debt"
GUARDS = [
    ("allotment_allotment", TIMES, AGAIN.format("0", "208651")),
    ("allotment_allotment", TIMES, AGAIN.format("0", "208653")),
    ("allotment_allotment", TIMES, AGAIN.format("1", "208652")),
    ("allotment_offer", YIELD, DRAFT.format("11.5", "")),
    ("allotment_offer", YIELD, DRAFT.format("NULL", "NOT")),
]


@pytest.mark.parametrize(
    ("table", "guard", "statement"), GUARDS, ids=[f"{at}-{row[1]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(owner: psycopg.Connection[Any], table: str, guard: str, statement: str) -> None:
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=guard)
    assert owner.execute("SELECT units, proceeds_minor FROM allotment_allotment").fetchall() == [(2, 208_652)]
