"""The JSON document of an auction: what is read, and every refusal by path and rule."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuance.maths.auction.bids import REJECT_ALL, Bid, Decision
from issuance.maths.auction.clearing import clear
from issuance.maths.auction.document import KNOWN, Refused, auction_of
from issuance.maths.auction.rules import RULES, Oversubscription
from issuance.maths.auction.sheet import sheet_of

BIDS = [
    {"id": "a", "bidder": "D1", "face": 400_000_000, "price": "97.5", "competitive": True},
    {"id": "b", "bidder": "D2", "face": "300000000", "yield_pct": "11.5", "competitive": True},
    {"id": 3, "bidder": "D3", "face": 500_000_000, "price": "97.4217", "yield_pct": "11.5"},
    {"id": "n", "bidder": "I1", "face": 5_000, "competitive": False, "price": None},
]
DOCUMENT = {
    "rule": "PK-MTB",
    "target": 1_000_000_000,
    "settlement": "2026-07-02",
    "maturity": "2026-09-24",
    "accept": {"cut_off": "97.4217"},
    "bids": BIDS,
}


def read(**change: object):
    return auction_of(json.dumps({**DOCUMENT, **change}))


def faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        auction_of(text)
    return [(fault.field, fault.rule) for fault in caught.value.faults]


def test_a_document_is_read_exactly():
    auction = read()
    assert auction.rule is RULES["PK-MTB"]
    assert (auction.target, auction.decision) == (1_000_000_000, Decision(cut_off=Decimal("97.4217")))
    assert auction.bids == (
        Bid("a", "D1", 400_000_000, Decimal("97.5")),
        Bid("b", "D2", 300_000_000, None, Decimal("11.5")),
        Bid("3", "D3", 500_000_000, Decimal("97.4217"), Decimal("11.5")),
        Bid("n", "I1", 5_000, competitive=False),
    )
    assert str(auction.bids[0].price) == "97.5000"


def test_its_sheet_prints_exact_decimals():
    auction = read()
    result = clear(
        rule=auction.rule, target=auction.target, bids=auction.bids, decision=auction.decision, paper=auction.paper
    )
    sheet = sheet_of(result, auction.numbered)
    assert [row["id"] for row in sheet["allotments"]] == ["a", 3, "b", "n"]
    assert sheet["cut_off"] == "97.4217"
    assert sheet["status"] == "ALLOTTED"
    assert (sheet["weighted_average_price"], sheet["weighted_average_yield_pct"]) == ("97.4478", "11.3805")
    assert sheet["allotments"][0] == {
        "id": "a", "bidder": "D1", "competitive": True, "face": 400_000_000, "price": "97.5000",
        "yield_pct": "11.1416", "amount": "390000000.00", "accrued": "0.00",
    }  # fmt: skip
    assert [row["yield_pct"] for row in sheet["allotments"]] == ["11.1416", "11.5000", "11.5000", "11.3804"]
    assert (sheet["residual"], sheet["bid_to_cover"], sheet["accrued"], sheet["voided"]) == (
        -200_000_000,
        "1.00",
        None,
        [],
    )
    assert sheet["totals"] == {
        "offered": 1_200_000_000, "offered_noncompetitive": 5_000, "accepted": 1_200_000_000,
        "accepted_noncompetitive": 5_000, "realised": "1169378472.39", "accrued": "0.00",
    }  # fmt: skip
    assert json.loads(json.dumps(sheet)) == sheet


def test_an_amount_may_be_shared_or_not_and_null_rejects_all():
    assert read(accept={"amount": "5000"}).decision == Decision(amount=5_000)
    assert read(accept={"amount": 5_000, "pro_rata": False}).decision == Decision(amount=5_000, pro_rata=False)
    assert read(accept={"amount": 5_000, "cut_off": 97}).decision == Decision(Decimal(97), 5_000)
    assert read(accept=None).decision == REJECT_ALL


def test_the_offer_may_set_its_own_minimum_multiple_and_oversubscription():
    rule = read(minimum=1_000_000, multiple="5000", oversubscription="PRO_RATA", bids=[]).rule
    assert (rule.minimum, rule.multiple, rule.noncompetitive.oversubscription) == (
        1_000_000, 5_000, Oversubscription.PRO_RATA
    )  # fmt: skip
    assert RULES["PK-MTB"].minimum == 5_000


def test_a_yield_auction_needs_no_dates():
    bids = [{"id": "a", "bidder": "a", "face": 1_000, "yield_pct": "5.1"}]
    text = json.dumps({"rule": "US-NOTE", "target": 1_000, "bids": bids, "accept": {"amount": 1_000}})
    assert auction_of(text).paper is None
    priced = json.dumps({**json.loads(text), "bids": [{"id": "a", "bidder": "a", "face": 1_000, "price": "99"}]})
    assert faults(priced) == [("bids[0].price", "a yield, where no settlement and maturity are given")]


def test_a_bond_needs_its_coupon():
    bond = {**DOCUMENT, "rule": "PK-PIB", "maturity": "2029-07-02", "bids": [], "accept": {"cut_off": "99"}}
    assert faults(json.dumps(bond)) == [("coupon_pct", "needed for PK-PIB")]
    assert auction_of(json.dumps({**bond, "coupon_pct": "12"})).paper.bears_interest


PLAIN = "a plain decimal number: digits and one point; no exponent, sign +, space, NaN or Infinity"
WHOLE = "a whole number of 0 or more, without point or exponent"


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"rule": "PK-XXX"}, "rule", f"one of {', '.join(sorted(RULES))}"),
        ({"rule": None}, "rule", "a string of 1 to 200 characters"),
        ({"target": 0}, "target", "above 0"),
        ({"target": "1e9"}, "target", WHOLE),
        ({"target": 1e9}, "target", WHOLE),
        ({"target": -5}, "target", WHOLE),
        ({"target": True}, "target", WHOLE),
        ({"settlement": None}, "settlement", 'a date "YYYY-MM-DD"'),
        ({"settlement": "2026-09-24"}, "settlement", "before maturity 2026-09-24"),
        ({"maturity": "2027-09-24"}, "maturity", "at most 366 days after settlement for PK-MTB"),
        ({"coupon_pct": "12"}, "coupon_pct", "absent: PK-MTB pays no coupon"),
        ({"bids": {}}, "bids", "a list of bids"),
        ({"bids": None}, "bids", "a list of bids"),
        ({"minimum": 0}, "minimum", "above 0"),
        ({"multiple": "x"}, "multiple", WHOLE),
        ({"oversubscription": "LOTTERY"}, "oversubscription", "one of ASCENDING, PRO_RATA"),
        ({"accept": {}}, "accept", "cut_off or amount is needed; null instead of the object rejects all bids"),
        ({"accept": 97}, "accept", "a JSON object"),
        ({"accept": {"cut_off": "97.42175"}}, "accept.cut_off", "at most 4 decimals"),
        ({"accept": {"cut_off": "0"}}, "accept.cut_off", "above 0"),
        ({"accept": {"cut_off": 97.4}}, "accept.cut_off", "an exact number: a decimal in a string, not a JSON float"),
        ({"accept": {"amount": "1.5"}}, "accept.amount", WHOLE),
        ({"accept": {"cut": "1"}}, "accept.cut", "not a known field; known: amount, cut_off, pro_rata"),
        ({"accept": {"amount": 1, "pro_rata": "yes"}}, "accept.pro_rata", "true or false"),
        (
            {"accept": {"cut_off": "97", "pro_rata": True}},
            "accept.amount",
            "needed with pro_rata: the face that the cut-off is shared down to",
        ),
        ({"taget": 1}, "taget", f"not a known field; known: {', '.join(sorted(KNOWN))}"),
    ],
)
def test_a_wrong_document_is_refused_by_field_and_rule(change, field, rule):
    assert faults(json.dumps({**DOCUMENT, **change})) == [(field, rule)]


@pytest.mark.parametrize(
    ("change", "path", "rule"),
    [
        ({"id": "b"}, "id", "given to one bid only"),
        ({"id": "3"}, "id", "given to one bid only"),
        ({"id": None}, "id", "a string of 1 to 200 characters"),
        ({"bidder": ""}, "bidder", "a string of 1 to 200 characters"),
        ({"face": 0}, "face", "at least 5000"),
        ({"face": 4_999}, "face", "at least 5000"),
        ({"face": 5_001}, "face", "a multiple of 5000"),
        ({"face": -5_000}, "face", WHOLE),
        ({"face": 5_000.0}, "face", WHOLE),
        ({"face": None}, "face", WHOLE),
        ({"price": "97.42175"}, "price", "at most 4 decimals"),
        ({"price": "0"}, "price", "above 0"),
        ({"price": "-1"}, "price", "above 0"),
        ({"price": "NaN"}, "price", PLAIN),
        ({"price": "9.7e1"}, "price", PLAIN),
        ({"price": 97.5}, "price", "an exact number: a decimal in a string, not a JSON float"),
        ({"price": "100.0001"}, "price", "gives a yield below 0, which PK-MTB does not quote"),
        ({"price": None}, "price", "price or yield_pct is needed in a competitive bid"),
        ({"price": "97.5", "yield_pct": "11.5"}, "yield_pct", "must agree with the price, whose yield is 11.1416"),
        ({"price": None, "yield_pct": "11.50001"}, "yield_pct", "at most 4 decimals"),
        ({"price": None, "yield_pct": "-0.0001"}, "yield_pct", "0 or more for PK-MTB"),
        ({"price": None, "yield_pct": "-100"}, "yield_pct", "above -100"),
        ({"price": None, "yield_pct": "99999999999"}, "yield_pct", "leaves no positive price"),
        ({"competitive": "yes"}, "competitive", "true or false"),
        ({"competitive": False}, "price", "absent: a non-competitive bid pays the average or the cut-off"),
        ({"tender": 1}, "tender", "not a known field; known: bidder, competitive, face, id, price, yield_pct"),
    ],
)
def test_a_wrong_bid_is_refused_by_path_and_rule(change, path, rule):
    bids = [*BIDS[1:], {**BIDS[0], **change}]
    assert faults(json.dumps({**DOCUMENT, "bids": bids})) == [(f"bids[3].{path}", rule)]


def test_every_fault_is_told_at_once_and_one_refuses_all():
    bids = [{**BIDS[0], "face": 7}, BIDS[1], "bid", {**BIDS[2], "price": "1e5"}]
    assert faults(json.dumps({**DOCUMENT, "target": 0, "accept": {}, "bids": bids})) == [
        ("target", "above 0"),
        ("accept", "cut_off or amount is needed; null instead of the object rejects all bids"),
        ("bids[0].face", "at least 5000"),
        ("bids[2]", "a JSON object"),
        ("bids[3].price", PLAIN),
    ]


def test_faults_are_told_to_a_thousand():
    assert len(faults(json.dumps({**DOCUMENT, "bids": [1] * 2_000}))) == 1_000


@pytest.mark.parametrize(
    ("text", "field", "rule"),
    [
        ("", "document", "valid JSON"),
        ("[]", "document", "a JSON object"),
        ('{"rule": "PK-MTB"', "document", "valid JSON"),
        ('{"rule": "PK-MTB", "rule": "PK-PIB"}', "rule", "given once"),
        ("[" * 100_000, "document", "JSON nested less deeply"),
    ],
)
def test_what_is_no_document_is_refused(text, field, rule):
    [(named, said)] = faults(text)
    assert (named, said[: len(rule)]) == (field, rule)


def test_leaving_the_decision_out_is_not_a_decision():
    text = json.dumps({name: value for name, value in DOCUMENT.items() if name != "accept"})
    assert faults(text) == [("accept", 'needed: {"cut_off": ...}, {"amount": ...}, or null to reject all bids')]


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("09.-eE ab", max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "face", "amount"]), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(KNOWN)), junk), st.dictionaries(st.sampled_from(sorted(BIDS[1])), junk))
def test_nothing_but_an_auction_or_a_refusal(change, bid_change):
    bids = [*BIDS, {**BIDS[0], "id": "x", **bid_change}]
    told = []
    try:
        auction = auction_of(json.dumps({**DOCUMENT, "bids": bids, **change}))
    except Refused as refused:
        told = [fault for fault in refused.faults if fault.field and fault.rule]
        auction = None
    assert told if auction is None else auction.target > 0
