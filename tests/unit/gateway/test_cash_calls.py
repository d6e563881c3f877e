"""Calls of settlement and of the paying agent: read back as built, split whole, numbered by the right contract."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.gateway import abi, calls, cash_events
from contracts.gateway.calls import Call, Leg, Order, Payment, PaymentKind, Rate, Redemption, Rounding, subset
from contracts.gateway.cash_events import Drawn, EventOpened, NumberRetired, Paid, PaidLine, Reserved, TradeSettled
from contracts.gateway.messages import Trade

DVP, AGENT, TOKEN, CASH, TREASURY = ("0x" + f"{n:02x}" * 20 for n in (0xD1, 0xA1, 0x70, 0xCA, 0x7E))
ONE, TWO, THREE = ("0x" + f"{n:02x}" * 20 for n in (1, 2, 3))
EVENT, ORDER = "0x" + "e1" * 32, Order(7, "0x" + "5a" * 32)


def back(call: Call) -> dict[str, Any]:
    found = abi.decode_call(call.artifact, call.data)
    assert found.name == call.function
    return found.args


def test_a_primary_batch_reads_back_and_names_what_each_leg_follows() -> None:
    legs = [Leg(11, ONE.upper().replace("X", "x"), 30, 2_900, follows=12), Leg(13, TWO, 5, 480, follows=14)]
    call = calls.settle_primary(DVP, TOKEN, CASH, TREASURY, legs, 99)
    args = back(call)
    assert (args["token"], args["cash"], args["treasury"], args["validUntil"]) == (TOKEN, CASH, TREASURY, 99)
    assert [tuple(leg.values()) for leg in args["legs"]] == [(11, ONE, 30, 2_900), (13, TWO, 5, 480)]
    assert call.numbered_by == TOKEN
    assert [(i.number, i.wallet, i.units, i.follows) for i in call.items] == [(11, ONE, 30, 12), (13, TWO, 5, 14)]
    assert call.description == f"Deliver 35 units of {TOKEN} against 3,380 minor units of {CASH} in 2 legs"


def test_a_trade_is_relayed_with_both_signatures_in_their_order_and_cannot_be_split() -> None:
    trade = Trade(TOKEN, ONE, TWO, 5, CASH, 700, 8, 9, 10)
    call = calls.settle_trade(DVP, trade, "0x" + "aa" * 65, "0x" + "bb" * 65)
    args = back(call)
    assert tuple(args["trade"].values()) == trade.as_tuple()
    assert (args["sellerSignature"], args["buyerSignature"]) == (b"\xaa" * 65, b"\xbb" * 65)
    assert (call.items, call.numbered_by) == ((), "")
    assert not calls.splittable(call.artifact, call.data, total=2)


def test_events_of_payment_read_back() -> None:
    opened = back(calls.open_event(AGENT, EVENT, TOKEN, CASH, PaymentKind.REDEMPTION, TREASURY))
    assert opened == {"id": EVENT, "token": TOKEN, "cash": CASH, "kind": 1, "treasury": TREASURY}
    assert back(calls.fund_event(AGENT, EVENT, 7_000)) == {"id": EVENT, "amount": 7_000}
    assert back(calls.close_event(AGENT, EVENT)) == {"id": EVENT}
    for bad in ("0x" + "00" * 32, "0x1234"):
        with pytest.raises(ValueError, match="32 bytes"):
            calls.close_event(AGENT, bad)


def test_payments_are_numbered_by_the_security_and_read_back() -> None:
    paid = calls.pay(AGENT, EVENT, TOKEN, [Payment(1, ONE, 10), Payment(2, TWO, 20, to_reserve=True)], 99)
    args = back(paid)
    assert [tuple(p.values()) for p in args["payments"]] == [(1, ONE, 10, False), (2, TWO, 20, True)]
    computed = calls.pay_computed(AGENT, EVENT, TOKEN, [(3, ONE), (4, TWO)], Rate(5, 2, Rounding.HALF_EVEN), 99)
    args = back(computed)
    assert (args["numbers"], args["wallets"]) == ([3, 4], [ONE, TWO])
    assert args["rate"] == {"numerator": 5, "denominator": 2, "rounding": 2}
    redeemed = calls.redeem_and_pay(AGENT, EVENT, TOKEN, [Redemption(5, ONE, 7, 70), Redemption(6, TWO, 8, 80)], 99)
    args = back(redeemed)
    assert [tuple(i.values()) for i in args["items"]] == [(5, ONE, 7), (6, TWO, 8)]
    assert args["amounts"] == [70, 80]
    assert {c.numbered_by for c in (paid, computed, redeemed)} == {TOKEN}
    assert [[i.number for i in c.items] for c in (paid, computed, redeemed)] == [[1, 2], [3, 4], [5, 6]]


def test_a_retired_number_keeps_its_burn_and_a_draw_is_counted_by_the_cash_token() -> None:
    retired = calls.retire(AGENT, TOKEN, [5, 6, 7], ORDER)
    assert back(retired)["numbers"] == [5, 6, 7]
    assert (retired.numbered_by, [i.number for i in retired.items]) == ("", [0, 0, 0])
    assert abi.decode_call("PayingAgent", subset("PayingAgent", retired.data, total=3, keep=[1])).args["numbers"] == [6]
    drawn = calls.draw_for(AGENT, CASH, wallet=ONE, to=TWO, amount=50, number=9, order=ORDER)
    args = back(drawn)
    assert (args["cash"], args["wallet"], args["to"], args["amount"], args["number"]) == (CASH, ONE, TWO, 50, 9)
    assert (drawn.numbered_by, [i.number for i in drawn.items]) == (CASH, [9])


BATCHES = {
    "settlePrimary": lambda ns: calls.settle_primary(DVP, TOKEN, CASH, TREASURY, [Leg(n, ONE, n, n) for n in ns], 9),
    "pay": lambda ns: calls.pay(AGENT, EVENT, TOKEN, [Payment(n, ONE, n) for n in ns], 9),
    "payComputed": lambda ns: calls.pay_computed(
        AGENT, EVENT, TOKEN, [(n, ONE) for n in ns], Rate(1, 1, Rounding.DOWN), 9
    ),
    "redeemAndPay": lambda ns: calls.redeem_and_pay(AGENT, EVENT, TOKEN, [Redemption(n, ONE, n, n) for n in ns], 9),
}
LISTS = {"settlePrimary": ["legs"], "pay": ["payments"], "payComputed": ["numbers"], "redeemAndPay": ["items"]}


@pytest.mark.parametrize("function", BATCHES)
@given(st.lists(st.integers(1, 2**63), min_size=2, max_size=9, unique=True), st.data())
@settings(max_examples=15, deadline=None)
def test_parts_hold_exactly_the_items_and_what_is_parallel_to_them(
    function: str, numbers: list[int], data: st.DataObject
) -> None:
    call = BATCHES[function](numbers)
    assert calls.splittable(call.artifact, call.data, total=len(numbers))
    keep = data.draw(st.lists(st.sampled_from(range(len(numbers))), unique=True))
    args = abi.decode_call(call.artifact, subset(call.artifact, call.data, total=len(numbers), keep=keep)).args
    (rows,) = [args[name] for name in LISTS[function]]
    assert [row["number"] if isinstance(row, dict) else row for row in rows] == [numbers[k] for k in keep]
    if function == "redeemAndPay":
        assert args["amounts"] == [numbers[k] for k in keep]
    if function == "payComputed":
        assert len(args["wallets"]) == len(keep)


def log(artifact: str, name: str, indexed: list[tuple[str, Any]], plain: list[tuple[str, Any]]) -> tuple[Any, bytes]:
    topics = [abi.event_topic(artifact, name)]
    topics += ["0x" + encode([kind], [value]).hex() for kind, value in indexed]
    return topics, encode([kind for kind, _ in plain], [value for _, value in plain])


def test_logs_become_facts() -> None:
    raw = bytes.fromhex(EVENT[2:])
    paid = log(
        "PayingAgent",
        "Paid",
        [("bytes32", raw), ("address", TOKEN)],
        [("uint64[]", [1, 2]), ("address[]", [ONE, TWO]), ("uint256[]", [10, 2**100])],
    )
    assert cash_events.decode(*paid) == Paid(EVENT, TOKEN, (PaidLine(1, ONE, 10), PaidLine(2, TWO, 2**100)))
    refusal = abi.selector(
        next(e for _, e in abi.custom_errors().values() if e["name"] == "TokenWalletFrozen")
    ) + encode(["address"], [ONE])
    for data, words in ((refusal, f"{ONE} is frozen by an order."), (b"", "")):
        reserved = log(
            "PayingAgent",
            "Reserved",
            [("bytes32", raw), ("uint64", 3), ("address", ONE)],
            [("uint256", 5), ("bytes", data)],
        )
        assert cash_events.decode(*reserved) == Reserved(EVENT, 3, ONE, 5, words)
    opened = log(
        "PayingAgent",
        "EventOpened",
        [("bytes32", raw), ("address", TOKEN), ("address", CASH)],
        [("uint8", 1), ("address", TREASURY), ("uint256", 10)],
    )
    assert cash_events.decode(*opened) == EventOpened(EVENT, TOKEN, CASH, PaymentKind.REDEMPTION, TREASURY, 10)
    drawn = log(
        "PayingAgent",
        "Drawn",
        [("address", CASH), ("uint64", 0), ("address", ONE)],
        [("address", TWO), ("uint256", 5), ("uint16", 0), ("bytes32", bytes(32))],
    )
    assert cash_events.decode(*drawn) == Drawn(CASH, 0, ONE, TWO, 5, 0, "0x" + "00" * 32)
    retired = log(
        "PayingAgent",
        "NumberRetired",
        [("address", TOKEN), ("uint64", 6)],
        [("uint16", 7), ("bytes32", b"\x5a" * 32)],
    )
    assert cash_events.decode(*retired) == NumberRetired(TOKEN, 6, 7, ORDER.reference)


def test_a_settled_trade_is_matched_by_its_digest_and_strangers_say_nothing() -> None:
    settled = log(
        "DeliveryVersusPayment",
        "TradeSettled",
        [("bytes32", b"\x11" * 32), ("address", TOKEN)],
        [("address", ONE), ("address", TWO), ("uint256", 5), ("address", CASH)]
        + [("uint256", 700), ("uint256", 8), ("uint256", 9)],
    )
    assert cash_events.decode(*settled) == TradeSettled("0x" + "11" * 32, TOKEN, ONE, TWO, 5, CASH, 700, 8, 9)
    assert cash_events.decode(["0x" + "00" * 32], b"") is None
    authority = log("PayingAgent", "AuthorityUpdated", [], [("address", ONE)])
    assert cash_events.decode(*authority) is None


def test_every_event_of_the_two_contracts_is_read_but_those_of_their_bases() -> None:
    declared = {
        entry["name"] for name in cash_events.ARTIFACTS for entry in abi.artifact(name).abi if entry["type"] == "event"
    }
    assert declared - set(cash_events.topics()) == {"AuthorityUpdated", "EIP712DomainChanged"}
    assert set(cash_events.topics()) <= declared
