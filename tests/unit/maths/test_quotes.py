"""Quotes by JSON Lines: the figures, the printed digits, and what is refused by which rule."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.quotes.lines import LONGEST_LINE, answer_line, answer_lines
from issuance.maths.quotes.request import QUOTED

BILL = {"id": "b1", "convention": "PK-MTB", "settlement": "2026-07-02", "maturity": "2026-09-24"}
BOND = {
    "id": "p1", "convention": "PK-PIB", "settlement": "2026-09-02", "maturity": "2029-07-02", "coupon_pct": "12"
}  # fmt: skip


def ask(**fields: object) -> dict[str, object]:
    return json.loads(answer_line(json.dumps(fields).encode()))


def refused(**fields: object) -> tuple[str, str]:
    answered = ask(**fields)
    assert set(answered) == {"id", "error"}, answered
    assert set(answered["error"]) == {"field", "rule"}
    return answered["error"]["field"], answered["error"]["rule"]


def test_a_bill_both_ways():
    """11.5 % over 84 days: 3,650,000 / 37,466; and the printed price has its own yield."""
    assert ask(**BILL, yield_pct="11.5") == {"id": "b1", "price": "97.4217", "yield_pct": "11.5000", "days": 84}
    assert ask(**BILL, price="97.4217") == {"id": "b1", "price": "97.4217", "yield_pct": "11.4998", "days": 84}


def test_a_bill_with_twelve_significant_digits():
    """3,650,000 / 37,466 = 97.42166230715... Any number of digits may be asked."""
    assert ask(**BILL, yield_pct="11.5", round=False) == {
        "id": "b1", "price": "97.4216623072", "yield_pct": "11.5", "days": 84
    }  # fmt: skip
    assert ask(**BILL, price="97.421662307159", round=False)["yield_pct"] == "11.5000000000"


def test_a_bond_both_ways():
    """62 of 184 days on 12 %, five and 122/184 half-years at 12 %: 100 x 1.06^(62/184) - 2.0217."""
    by_yield = ask(**BOND, yield_pct="12")
    assert by_yield == {
        "id": "p1", "clean_price": "99.9611", "accrued": "2.0217", "dirty_price": "101.9828",
        "yield_pct": "12.0000", "days": 1034,
    }  # fmt: skip
    assert ask(**BOND, clean_price="99.9611")["yield_pct"] == "12.0000"
    exact = ask(**BOND, yield_pct="12", round=False)
    assert (exact["accrued"], exact["yield_pct"]) == ("2.02173913043", "12")
    back = ask(**{**BOND, "clean_price": exact["clean_price"]}, round=False)
    assert Decimal(back["yield_pct"]) - 12 < Decimal("1e-9")


def test_on_a_coupon_date_at_par():
    answered = ask(**{**BOND, "settlement": "2026-07-02"}, clean_price="100")
    assert (answered["accrued"], answered["dirty_price"], answered["yield_pct"]) == ("0.0000", "100.0000", "12.0000")


def test_a_zero_coupon_bond_and_a_discounted_sukuk_have_a_price():
    zero = {"id": 7, "convention": "PK-PIB-ZERO", "settlement": "2027-07-02", "maturity": "2029-07-02"}
    assert ask(**zero, yield_pct="12") == {"id": 7, "price": "79.7194", "yield_pct": "12.0000", "days": 731}
    sukuk = {**BILL, "convention": "PK-GIS", "maturity": "2027-07-01"}
    assert ask(**sukuk, yield_pct="12") == {"id": "b1", "price": "89.3119", "yield_pct": "12.0000", "days": 364}


def test_the_two_accrual_rules_of_investment_bonds():
    assert ask(**{**BOND, "convention": "PK-PIB-ACT365"}, yield_pct="12")["accrued"] == "2.0384"


def test_a_published_note_with_a_long_first_coupon():
    """31 CFR 356 App. B sec. II.E."""
    note = {
        "id": "II-E", "convention": "US-NOTE", "settlement": "1985-11-04", "maturity": "2005-08-15",
        "coupon_pct": "10.75", "dated": "1985-07-02", "first_coupon": "1986-02-15", "yield_pct": "10.470",
    }  # fmt: skip
    assert ask(**note) == {
        "id": "II-E", "clean_price": "102.214586", "accrued": "3.672798", "dirty_price": "105.887384",
        "yield_pct": "10.470", "days": 7224,
    }  # fmt: skip


def test_price_and_yield_together_must_be_a_printed_pair():
    assert ask(**BILL, price="97.4217", yield_pct="11.5") == ask(**BILL, yield_pct="11.5")
    assert ask(**BILL, price="97.4217", yield_pct="11.4998")["yield_pct"] == "11.4998"
    assert refused(**BILL, price="97.4217", yield_pct="11.6") == (
        "yield_pct", "must agree with the price, whose yield is 11.499827"
    )  # fmt: skip
    assert ask(**BOND, clean_price="99.9611", yield_pct="12")["dirty_price"] == "101.9828"
    assert refused(**BOND, clean_price="99.9711", yield_pct="12")[0] == "yield_pct"


NUMBER = 'a decimal number in a string, such as "97.4217"'
PLAIN = "a plain decimal number: digits and one point; no exponent, sign +, space, NaN or Infinity"
EXACT = "an exact number: a decimal in a string, not a JSON float"


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"settlement": "2026-09-24"}, "settlement", "before maturity 2026-09-24"),
        ({"settlement": "2026-09-25"}, "settlement", "before maturity 2026-09-24"),
        ({"settlement": "20260702"}, "settlement", 'a date "YYYY-MM-DD"'),
        ({"settlement": 20260702}, "settlement", 'a date "YYYY-MM-DD"'),
        ({"settlement": "2026-02-30"}, "settlement", "a date that exists, not 2026-02-30"),
        ({"maturity": None}, "maturity", 'a date "YYYY-MM-DD"'),
        ({"maturity": "2027-07-04"}, "maturity", "at most 366 days after settlement for PK-MTB"),
        ({"convention": "PK-XXX"}, "convention", f"one of {', '.join(sorted(QUOTED))}"),
        ({"convention": None}, "convention", "a string of 1 to 200 characters"),
        ({"price": "97.42175"}, "price", "at most 4 decimals"),
        ({"price": "0"}, "price", "above 0"),
        ({"price": "-97.4217"}, "price", "above 0"),
        ({"price": "100.0001"}, "price", "gives a yield below 0, which PK-MTB does not quote"),
        ({"price": "NaN"}, "price", PLAIN),
        ({"price": "Infinity"}, "price", PLAIN),
        ({"price": "9.74e1"}, "price", PLAIN),
        ({"price": "+97.4"}, "price", PLAIN),
        ({"price": " 97.4"}, "price", PLAIN),
        ({"price": "97,4217"}, "price", PLAIN),
        ({"price": "97."}, "price", PLAIN),
        ({"price": "\u0669\u0667"}, "price", PLAIN),
        ({"price": ""}, "price", PLAIN),
        ({"price": 97.4217}, "price", EXACT),
        ({"price": 1e2}, "price", EXACT),
        ({"price": float("nan")}, "price", EXACT),
        ({"price": float("inf")}, "price", EXACT),
        ({"price": True}, "price", NUMBER),
        ({"price": ["97.4217"]}, "price", NUMBER),
        ({"price": 10**20}, "price", PLAIN),
        ({"price": None, "yield_pct": "-0.0001"}, "yield_pct", "0 or more for PK-MTB"),
        ({"price": None, "yield_pct": "11.50005"}, "yield_pct", "at most 4 decimals"),
        ({"price": None, "yield_pct": "999999999"}, "yield_pct", "leaves no positive price"),
        ({"price": None}, "price", "price or yield_pct is needed"),
        ({"clean_price": "97.4217"}, "clean_price", "PK-MTB is quoted by price"),
        ({"coupon_pct": "12"}, "coupon_pct", "absent: PK-MTB pays no coupon"),
        ({"dated": "2026-07-02"}, "dated", "absent: PK-MTB pays no coupon"),
        ({"round": "false"}, "round", "true or false"),
        ({"id": None}, "id", "a string of 1 to 200 characters, or a whole number"),
        ({"id": 1.5}, "id", "a string of 1 to 200 characters, or a whole number"),
        ({"id": ""}, "id", "a string of 1 to 200 characters, or a whole number"),
    ],
)
def test_a_wrong_bill_is_refused_by_field_and_rule(change, field, rule):
    assert refused(**{**BILL, "price": "97.4217", **change}) == (field, rule)


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"coupon_pct": None}, "coupon_pct", "needed for PK-PIB"),
        ({"coupon_pct": "-1"}, "coupon_pct", "0 to 100"),
        ({"coupon_pct": "100.01"}, "coupon_pct", "0 to 100"),
        ({"coupon_pct": 12.5}, "coupon_pct", EXACT),
        ({"clean_price": None, "price": "100"}, "price", "PK-PIB is quoted by clean_price"),
        ({"clean_price": None}, "clean_price", "clean_price or yield_pct is needed"),
        ({"clean_price": "99.99999"}, "clean_price", "at most 4 decimals"),
        ({"clean_price": "900"}, "clean_price", "gives a yield below 0, which PK-PIB does not quote"),
        ({"clean_price": "99999999999999"}, "price", "a price whose yield a market would quote"),
        ({"clean_price": None, "yield_pct": "1000000"}, "yield_pct", "leaves no positive price"),
        ({"maturity": "2199-07-02"}, "maturity", "within 100 years, between 1910 and 2190"),
        ({"first_coupon": "2027-01-02"}, "dated", "needed with first_coupon"),
        ({"dated": "2026-09-03"}, "settlement", "on or after 2026-09-03, the day interest runs from"),
        (
            {"dated": "2026-06-01", "first_coupon": "2027-01-03"},
            "first_coupon",
            "a regular coupon date after 2026-06-01, counted back from 2029-07-02",
        ),
    ],
)
def test_a_wrong_bond_is_refused_by_field_and_rule(change, field, rule):
    assert refused(**{**BOND, "clean_price": "100", **change}) == (field, rule)


def test_negative_yields_are_a_term_of_the_market():
    """100 x 0.995^-(8 + 363/365)."""
    bund = {
        "id": 1, "convention": "DE-BUND", "settlement": "2020-08-17", "maturity": "2029-08-15", "coupon_pct": "0"
    }  # fmt: skip
    assert ask(**bund, yield_pct="-0.5")["clean_price"] == "104.611721"
    assert Decimal(ask(**bund, clean_price="104.611721")["yield_pct"]) == Decimal("-0.500000")


@pytest.mark.parametrize(
    ("line", "known", "field", "rule"),
    [
        (b"", None, "line", "a JSON object, not an empty line"),
        (b" \r\n", None, "line", "a JSON object, not an empty line"),
        (b"[1]", None, "line", "a JSON object"),
        (b"nothing", None, "line", "valid JSON"),
        (b'{"id": "x", "price": "1"', "x", "line", "valid JSON"),
        (b'{"id": 12, "price": }', 12, "line", "valid JSON"),
        (b'{"id": "\xff"}', None, "line", "UTF-8 text"),
        (b'{"id": "x", "price": "1", "price": "2"}', "x", "price", "given once"),
        (b'{"id": "x", "yeild_pct": "1"}', "x", "yeild_pct", "not a known field; known: clean_price, "),
        (b"[" * 60_000, None, "line", "JSON nested less deeply"),
        (b'{"id": "x"' + b" " * LONGEST_LINE, None, "line", "a line of at most 65536 bytes"),
        (b'{"id": "x", "price": ' + b"9" * 5_000 + b"}", "x", "line", "valid JSON"),
    ],
)
def test_a_malformed_line_gets_an_error_with_its_id_when_readable(line, known, field, rule):
    answered = json.loads(answer_line(line))
    assert answered["id"] == known
    assert answered["error"]["field"] == field
    assert answered["error"]["rule"].startswith(rule)


def test_answers_keep_the_order_whatever_happens_between():
    lines = [json.dumps({**BILL, "id": 1, "price": "99"}), "{", "", json.dumps({**BILL, "id": 4, "yield_pct": "10"})]
    answered = [json.loads(line) for line in answer_lines(line.encode() for line in lines)]
    assert [one["id"] for one in answered] == [1, None, None, 4]
    assert ["error" in one for one in answered] == [False, True, True, False]


words = st.text("0123456789.-+eE aN\u0000\u00e9\ud800", max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*BOND, "price", "clean_price", "yield_pct", "round", "dated"]), json_values))
def test_no_document_is_answered_with_anything_but_one_object(change):
    for base in (BILL, BOND):
        answered = json.loads(answer_line(json.dumps({**base, **change}).encode()))
        assert "id" in answered
        assert ("error" in answered) is not ("days" in answered)


@given(st.binary(max_size=200))
def test_no_bytes_are_answered_with_anything_but_one_object(line):
    assert set(json.loads(answer_line(line))) == {"id", "error"}


@given(st.decimals(min_value=0, max_value=40, places=4), st.sampled_from(["PK-MTB", "PK-PIB", "PK-PIB-ZERO", "PK-GIS"]))
def test_a_printed_answer_asked_again_is_the_same_answer(rate, name):
    base = {"id": 1, "convention": name, "settlement": "2026-09-02", "maturity": "2027-07-02"}
    if name == "PK-PIB":
        base["coupon_pct"] = "12.5"
    answered = ask(**base, yield_pct=str(rate))
    again = {key: answered[key] for key in ("price", "clean_price", "yield_pct") if key in answered}
    assert ask(**base, **again) == answered
