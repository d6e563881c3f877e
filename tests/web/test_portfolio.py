"""What a holding cost, has earned and is worth, what it will pay, and whose it is: exact figures on the page."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from issuance.allotment.models import Allotment, allotment_machine
from issuance.series.models import Series
from tests.factories import commodities, issuance
from tests.support.people import party, person
from tests.support.tokens import minted, token_of, wallet_of
from tokenization.identity.models import Party, PartyMember, User
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
ALICE, BOB, GOLD_HOLDER = "0x" + "a1" * 20, "0x" + "b2" * 20, "0x" + "d4" * 20
BOND = {
    "kind": "PIB",
    "convention": "PK-PIB",
    "coupon_pct": Decimal("12"),
    "issue_date": date(2026, 7, 2),
    "maturity_date": date(2029, 7, 2),
}


@pytest.fixture
def september(monkeypatch: pytest.MonkeyPatch) -> None:
    """2 September 2026: 62 of the 184 days of the first coupon period have passed."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 9, 2, 6, tzinfo=UTC))


def bought(people: issuance.Office, series: Series, buyer: Party, units: int, **terms: object) -> Allotment:
    (row,) = issuance.allot(people, issuance.offer(people, series, **terms), (buyer, units))
    for state in ("PAID", "SETTLED"):
        allotment_machine.move(row, state)
    return row


def bondholder(units_held: int, units_bought: int) -> tuple[User, Series]:
    people = issuance.office()
    bond = issuance.series(people, **BOND)
    holder, user = issuance.party(people), person(Role.INVESTOR)
    PartyMember.objects.create(party=holder, user=user)
    wallet_of(holder, ALICE)
    bought(people, bond, holder, units_bought, yield_pct=None, price=Decimal("101.5000"), target_units=units_bought)
    minted(token_of(bond), {ALICE: units_held, BOB: 77})
    return user, bond


@pytest.mark.usefixtures("september")
def test_a_bond_shows_cost_accrued_interest_value_and_all_that_it_will_pay(client: Client) -> None:
    user, bond = bondholder(1_000, 1_000)
    client.force_login(user)
    page = client.get("/portal/").content.decode()
    # Clean 101.5 of a million; 6 x 62/184 = 2.0217 per 100 accrued; half of 12 % on 4 January, a Monday.
    for said in (
        "PKR 1,000,000.00", "PKR 1,015,000.00", "PKR 20,217.00", "101.5000 of 2 Jul 2026, offer at a fixed price",
        "Next payment, 4 Jan 2027, before tax", "PKR 60,000.00", "Face value held", "Value at last prices",
    ):  # fmt: skip
        assert said in page, said
    answer = client.get(f"/portal/holdings/{bond.token_contract.pk}/")
    page = answer.content.decode()
    assert "12 % a year" in page
    coming = answer.context["coming"].rows
    assert [(row[0].text, row[2].text, row[3].text) for row in coming] == [
        ("4 Jan 2027", "Coupon", "PKR 60,000.00"),
        ("2 Jul 2027", "Coupon", "PKR 60,000.00"),
        ("3 Jan 2028", "Coupon", "PKR 60,000.00"),
        ("3 Jul 2028", "Coupon", "PKR 60,000.00"),
        ("2 Jan 2029", "Coupon", "PKR 60,000.00"),
        ("2 Jul 2029", "Coupon", "PKR 60,000.00"),
        ("2 Jul 2029", "Repayment at maturity", "PKR 1,000,000.00"),
    ]


@pytest.mark.usefixtures("september")
@pytest.mark.parametrize(
    ("held", "words"),
    [
        # Part was sold on: what is left cost its share. Part came otherwise: its cost nobody knows.
        (400, "PKR 406,000.00"),
        (1_500, "PKR 1,015,000.00 for 1,000 of 1,500 units"),
    ],
)
def test_cost_is_the_average_of_what_was_bought_here(client: Client, held: int, words: str) -> None:
    user, _ = bondholder(held, 1_000)
    client.force_login(user)
    assert words in client.get("/portal/").content.decode()


@pytest.mark.usefixtures("september")
def test_two_purchases_are_averaged_and_the_last_price_counts(client: Client) -> None:
    people = issuance.office()
    bill = issuance.series(people)
    holder, user = issuance.party(people), person(Role.INVESTOR)
    PartyMember.objects.create(party=holder, user=user)
    wallet_of(holder, ALICE)
    first = bought(people, bill, holder, 100)
    second = bought(people, bill, holder, 300, settlement_date=date(2026, 8, 3), yield_pct=Decimal("10.0000"))
    bought(people, bill, issuance.party(people), 10, settlement_date=date(2026, 9, 3), yield_pct=Decimal("9.0000"))
    minted(token_of(bill), {ALICE: 400})
    client.force_login(user)
    page = client.get("/portal/").content.decode()
    total = first.proceeds_minor + second.proceeds_minor
    assert f"PKR {total // 100:,}.{total % 100:02d}" in page
    # 52 days at 10 %: 100/(1 + 5.2/365) = 98.5954; the sale that settles tomorrow is not yet a price of today.
    assert "98.5954 of 3 Aug 2026" in page
    assert "PKR 394,381.60" in page
    assert "of 3 Sep 2026" not in page


@pytest.mark.usefixtures("september")
def test_what_was_never_sold_has_no_price_and_is_not_counted_as_nothing(client: Client) -> None:
    user = person(Role.INVESTOR)
    holder = party(user)
    wallet_of(holder, ALICE)
    minted(token_of(issuance.series(issuance.office())), {ALICE: 5})
    client.force_login(user)
    page = client.get("/portal/").content.decode()
    assert "no price yet" in page
    assert "not bought here" in page
    assert "Value at last prices, without 1 that has none" in page


def test_a_repaid_paper_accrues_nothing_and_expects_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    user, bond = bondholder(1_000, 1_000)
    monkeypatch.setattr(clock, "now", lambda: datetime(2029, 7, 3, 6, tzinfo=UTC))
    client.force_login(user)
    answer = client.get(f"/portal/holdings/{bond.token_contract.pk}/")
    page = answer.content.decode()
    assert "none: interest ended at maturity" in page
    assert "100 of 2 Jul 2029, repayment at face" in page
    assert answer.context["coming"].rows == []
    assert client.get("/portal/").status_code == 200


@pytest.mark.usefixtures("september")
def test_a_holding_of_others_does_not_exist(client: Client) -> None:
    user, bond = bondholder(1_000, 1_000)
    stranger = person(Role.INVESTOR)
    wallet_of(party(stranger), "0x" + "c3" * 20)
    pk = bond.token_contract.pk
    client.force_login(stranger)
    assert client.get(f"/portal/holdings/{pk}/").status_code == 404
    client.force_login(user)
    assert client.get(f"/portal/holdings/{pk}/").status_code == 200
    page = client.get(f"/portal/holdings/{pk}/").content.decode()
    assert "0xb2b2b2" not in page


@pytest.mark.usefixtures("september")
def test_one_user_of_two_parties_sees_whose_each_holding_is(client: Client) -> None:
    user = person(Role.INVESTOR)
    one, two = party(user), party(user)
    wallet_of(one, ALICE)
    wallet_of(two, BOB)
    bill = issuance.series(issuance.office())
    token = token_of(bill)
    minted(token, {ALICE: 5, BOB: 7})
    client.force_login(user)
    answer = client.get("/portal/")
    (shown,) = answer.context["holdings"]
    assert [(row[2].text, row[7].text) for row in shown.rows] == [("5", one.name), ("7", two.name)]
    # Bills bear no interest: there is no column of dashes about it.
    assert "Accrued interest" not in [column.title for column in shown.columns]
    page = client.get(f"/portal/holdings/{token.pk}/").content.decode()
    assert one.name in page
    assert two.name in page


def gold_of(user: User, *measures: str) -> list[Series]:
    """400 units of a reserve series for each measure, bought at PKR 1,043.2575 a unit."""
    people = issuance.office()
    holder = issuance.party(people)
    PartyMember.objects.create(party=holder, user=user)
    wallet_of(holder, GOLD_HOLDER)
    made = []
    for number, measure in enumerate(measures, start=8):
        row = commodities.series(people, commodities.programme(people, measure), maturity_date=date(2031, 7, 2))
        (sold,) = issuance.allot(people, issuance.offer(people, row, price=Decimal("1043.2575")), (holder, 400))
        for state in ("PAID", "SETTLED"):
            allotment_machine.move(sold, state)
        minted(token_of(row), {GOLD_HOLDER: 400}, number=number)
        made.append(row)
    return made


@pytest.mark.usefixtures("september")
def test_gold_and_oil_are_told_by_what_lies_behind_them_and_not_as_debt(client: Client) -> None:
    user = person(Role.INVESTOR)
    gold, _oil = gold_of(user, "XAU", "OIL")
    client.force_login(user)
    answer = client.get("/portal/")
    (shown,) = answer.context["holdings"]
    titles = ["Security", "Long-stop date", "Units", "Backing", "Cost", "Value", "Last price"]
    assert ([column.title for column in shown.columns], shown.caption) == (titles, "")
    assert {tuple(cell.text for cell in row[1:]) for row in shown.rows} == {
        ("2 Jul 2031", "400", backing, "PKR 417,303.00", "PKR 417,303.00",
         "1043.2575 a unit of 2 Jul 2026, offer at a fixed price")
        for backing in ("0.400 fine troy ounce", "4.00 net standard barrels at 60 F")
    }  # fmt: skip
    page = client.get(f"/portal/holdings/{gold.token_contract.pk}/").content.decode()
    for said in (
        "long-stop date 2 Jul 2031", "Backing of one unit", "0.001 fine troy ounce", "Ownership of a share of",
    ):  # fmt: skip
        assert said in page, said
    for debt in ("Accrued interest", "Coupon", "matures", "Next payments", "Payments to you", "Face value"):
        assert debt not in page, debt


@pytest.mark.usefixtures("september")
def test_who_holds_both_reads_each_as_what_it_is(client: Client) -> None:
    user, _bond = bondholder(1_000, 1_000)
    (gold,) = gold_of(user, "XAU")
    client.force_login(user)
    debt, reserves = client.get("/portal/").context["holdings"]
    assert (debt.caption, reserves.caption) == ("Bonds and bills", "Backed by reserves")
    assert [len(debt.rows), len(reserves.rows)] == [1, 1]
    assert [column.title for column in debt.columns][3:6] == ["Face value", "Cost", "Accrued interest"]
    assert debt.rows[0][5].text == "PKR 20,217.00"
    assert reserves.rows[0][0].text == f"{gold.name}, {gold.isin}"


@pytest.mark.usefixtures("september")
def test_a_spreadsheet_of_gold_keeps_ounces_and_rupees_apart(client: Client) -> None:
    user = person(Role.INVESTOR)
    gold_of(user, "XAU")
    client.force_login(user)
    holder = Party.objects.get(members__user=user)
    answer = client.get(f"/portal/statement/?party={holder.pk}&on=2026-09-02&kind=csv")
    heads, values = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    said = dict(zip(heads, values, strict=True))
    assert [said[name] for name in ("Currency", "Face", "Paid in", "Cost", "Accrued interest", "Value")] == [
        "XAU", "0.400", "PKR", "417303.00", "", "417303.00",
    ]  # fmt: skip
