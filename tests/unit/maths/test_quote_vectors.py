"""Published examples once more, through the front door: JSON in, the market's printed digits out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from issuance.maths.quotes.lines import answer_line
from tests.unit.maths.vectors import VECTORS, near, starting


def ask(**fields: object) -> dict[str, str]:
    answered = json.loads(answer_line(json.dumps(fields, default=str).encode()))
    assert "error" not in answered, answered
    return answered


@pytest.mark.parametrize("name", starting("us-II-"))
def test_us_notes(name):
    given = VECTORS[name]["inputs"]
    terms = {key: given[key] for key in ("settlement", "maturity", "dated")}
    answered = ask(
        id=name,
        convention="US-NOTE",
        **terms,
        first_coupon=given["first_interest"],
        coupon_pct=str(given["coupon_pct"]),
        yield_pct=f"{Decimal(given['yield_']) * 100:f}",
        round=False,
    )
    expected = VECTORS[name]["expected"]
    assert round(Decimal(answered["clean_price"]), 6) == expected["price"]
    assert round(Decimal(answered["accrued"]), 6) == expected["accrued"]
    back = ask(
        id=name,
        convention="US-NOTE",
        **terms,
        first_coupon=given["first_interest"],
        coupon_pct=str(given["coupon_pct"]),
        clean_price=answered["clean_price"],
        round=False,
    )
    assert round(Decimal(back["yield_pct"]), 8) == Decimal(given["yield_"]) * 100


@pytest.mark.parametrize("name", ["us-VI-A", "us-VI-D2-price"])
def test_us_bills(name):
    row = VECTORS[name]
    dates = {90: ("1989-11-24", "1990-02-22"), 364: ("1990-06-07", "1991-06-06")}[row["inputs"]["days"]]
    rate = Decimal(row["inputs"]["discount_rate"]) * 100
    answered = ask(id=1, convention="US-BILL", settlement=dates[0], maturity=dates[1], yield_pct=str(rate.normalize()))
    near(row, Decimal(answered["price"]))
    assert answered["days"] == row["inputs"]["days"]


def test_a_us_discount_rate():
    row = VECTORS["us-VI-C"]
    answered = ask(
        id=1, convention="US-BILL", settlement="1982-12-30", maturity="1983-06-30", price=row["inputs"]["price"]
    )
    near(row, Decimal(answered["yield_pct"]), "pct")


@pytest.mark.parametrize("name", [name for name in starting("uk-dmo-ex") if name.endswith("price")])
def test_gilts_at_a_yield(name):
    given = VECTORS[name]["inputs"]
    answered = ask(
        id=name,
        convention="UK-GILT",
        settlement=given["settlement"],
        maturity=given["maturity"],
        coupon_pct=str(given["coupon_pct"]),
        yield_pct=str(Decimal(given["yield_"]) * 100),
        round=False,
    )
    near(VECTORS[name], Decimal(answered["dirty_price"]))
    ex = given["ex_dividend"] and "-s4-" not in name
    assert answered["accrued"].startswith("-") is ex


@pytest.mark.parametrize("name", starting("uk-auc-gilt", "de-bund", "fr-oat"))
def test_yields_of_clean_prices(name):
    row = VECTORS[name]
    given = row["inputs"]
    answered = ask(
        id=name,
        convention={"uk": "UK-GILT", "de": "DE-BUND", "fr": "FR-OAT"}[name[:2]],
        settlement=given["settlement"],
        maturity=given["maturity"],
        coupon_pct=str(given["coupon_pct"]),
        clean_price=str(given["clean_price"]),
        round=False,
    )
    if isinstance(row["expected"], dict):
        near(row, Decimal(answered["yield_pct"]), "yield_pct")
        near(row, Decimal(answered["accrued"]), "accrued")
    else:
        near(row, Decimal(answered["yield_pct"]))


def test_an_australian_bond_prints_three_decimals_of_accrued():
    row = VECTORS["au-agb2017-xd-2014-08-08"]
    given = row["inputs"]
    answered = ask(
        id=1,
        convention="AU-BOND",
        settlement=given["settlement"],
        maturity=given["maturity"],
        coupon_pct="6",
        clean_price="103",
    )
    assert (answered["accrued"], answered["dirty_price"]) == ("-0.116", "102.884")
    assert answered["yield_pct"] == "4.7235"


def test_thirty_360():
    row = VECTORS["us-agency-31st"]
    answered = ask(
        id=1,
        convention="US-AGENCY",
        settlement=row["inputs"]["settlement"],
        maturity=row["inputs"]["maturity"],
        coupon_pct="1.5",
        clean_price="100",
    )
    assert answered["accrued"] == "0.700000"
    assert abs(Decimal(answered["yield_pct"]) - 100 * row["expected"]["yield_"]) <= Decimal("0.01")
