"""Trades by the interface: both sides sign with their own keys, and nobody else knows of them."""

from __future__ import annotations

from typing import Any

import pytest

from custody.settlement.trades.models import Trade, TradeSide, TradeSignature
from tests.api.calling import STRANGER, Caller, caller
from tests.factories.ledger import NOW
from tests.factories.trades import Floor, Investor, investor
from tests.support.people import person
from tokenization.api.models import FirstAnswer
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenization.kernel.clock.now", lambda: NOW)


@pytest.fixture
def floor() -> Floor:
    return Floor()


def terms(floor: Floor, by: Investor, **more: Any) -> dict[str, Any]:
    return {
        "party": by.party.reference,
        "isin": floor.token.code,
        "units": "5",
        "amount": {"minor": "480000", "currency": "PKR"},
        "seller_wallet": floor.seller.wallet.address,
        "buyer_wallet": floor.buyer.wallet.address,
        "valid_until": "2026-07-01T11:00:00+05:00",
    } | more


def signed(by: Investor, told: dict[str, Any]) -> str:
    """As a wallet program does: from the typed data as answered, nothing else."""
    data = told["typed_data"]
    kinds = {row["name"]: row["type"] for row in data["types"]["Trade"]}
    message = {name: int(text) if kinds[name].startswith("uint") else text for name, text in data["message"].items()}
    return by.key.sign_typed_data({**data, "message": message})


def kept() -> tuple[int, ...]:
    return Trade.objects.count(), TradeSide.objects.count(), TradeSignature.objects.count(), FirstAnswer.objects.count()


def sides(floor: Floor) -> tuple[Caller, Caller, Caller]:
    return caller(floor.seller.user), caller(floor.buyer.user), caller(investor(floor.books.people).user)


def test_a_trade_is_proposed_and_signed_by_both_and_by_nobody_else(floor: Floor) -> None:
    seller, buyer, other = sides(floor)
    said = seller.post("trades", terms(floor, floor.seller), key="one")
    assert said.status == 201, said.body
    told = said.body
    assert seller.post("trades", terms(floor, floor.seller), key="one").body == told
    assert told | {"typed_data": None, "digest": None, "contract": None} == {
        "id": Trade.objects.get().pk,
        "isin": floor.token.code,
        "units": "5",
        "amount": {"minor": "480000", "currency": "PKR", "minor_digits": 2},
        "state": "PROPOSED",
        "waits_for": "Not signed yet by: seller, buyer",
        "reason": "",
        "valid_until": "2026-07-01T06:00:00Z",
        "chain_id": "31337",
        "contract": None,
        "digest": None,
        "sides": [
            {
                "role": "SELLER",
                "wallet": floor.seller.wallet.address,
                "party": floor.seller.party.reference,
                "signed": False,
            },
            {"role": "BUYER", "wallet": floor.buyer.wallet.address, "party": None, "signed": False},
        ],
        "typed_data": None,
    }
    path = f"trades/{told['id']}"
    assert other.get(path).status == 404
    assert other.get("trades").body["items"] == []
    assert [row["id"] for row in buyer.get("trades").body["items"]] == [told["id"]]
    before = kept()
    outsider = {"party": floor.seller.party.reference, "signature": signed(floor.seller, told)}
    assert other.post(f"{path}/sign", outsider).status == 404
    assert buyer.post(f"{path}/sign", outsider).body["field"] == "party"
    wrong = seller.post(f"{path}/sign", outsider | {"signature": signed(floor.buyer, told)})
    assert (wrong.status, wrong.body["field"], wrong.body["rule"]) == (
        400,
        "signature",
        "signed by the wallet's own key",
    )
    assert other.post(f"{path}/decline", {"party": floor.seller.party.reference}).status == 404
    assert kept() == before
    assert seller.post(f"{path}/sign", outsider).body["waits_for"] == "Not signed yet by: buyer"
    done = buyer.post(f"{path}/sign", {"party": floor.buyer.party.reference, "signature": signed(floor.buyer, told)})
    assert (done.status, done.body["state"]) == (201, "SIGNED")
    late = buyer.post(f"{path}/decline", {"party": floor.buyer.party.reference})
    assert (late.status, late.body["rule"]) == (400, "declined before both have signed")


def test_either_side_declines_before_both_have_signed(floor: Floor) -> None:
    seller, buyer, _ = sides(floor)
    pk = seller.post("trades", terms(floor, floor.seller)).body["id"]
    said = buyer.post(f"trades/{pk}/decline", {"party": floor.buyer.party.reference, "reason": "too dear"})
    assert (said.body["state"], said.body["reason"]) == (
        "FAILED",
        f"Declined by {floor.buyer.party.reference}: too dear",
    )


@pytest.mark.parametrize(
    ("change", "status", "field", "rule"),
    [
        ({"units": 5}, 400, "units", "string"),
        ({"units": "0"}, 400, "units", "positive"),
        ({"amount": {"minor": "1", "currency": "USD"}}, 400, "amount.currency", "one currency"),
        ({"valid_until": "2026-07-01T11:00:00"}, 400, "valid_until", "ISO 8601"),
        ({"valid_until": "2026-07-01T05:00:00Z"}, 400, "valid_until", "dated end"),
        ({"seller_wallet": "0x12"}, 400, "seller_wallet", "hexadecimal"),
        ({"buyer_wallet": "0x" + "99" * 20}, 400, "buyer_wallet", "registered wallet, valid KYC"),
        ({"isin": "XX0000000000"}, 400, "isin", "ISO 6166: two letters, nine characters and a check digit"),
        ({"party": "NOBODY"}, 404, "party", "own parties"),
        ({"fee": "1"}, 400, "fee", "unknown field"),
    ],
)
def test_bad_terms_name_field_and_rule(
    floor: Floor, change: dict[str, Any], status: int, field: str, rule: str
) -> None:
    said = caller(floor.seller.user).post("trades", terms(floor, floor.seller, **change))
    assert (said.status, said.body["field"], said.body["rule"]) == (status, field, rule), said.body
    assert kept() == (0, 0, 0, 0)


def test_nobody_trades_with_wallets_of_others(floor: Floor) -> None:
    third = investor(floor.books.people)
    said = caller(third.user).post("trades", terms(floor, third))
    assert (said.status, said.body["rule"]) == (403, "own wallet on one side")
    assert caller(third.user).post("trades", terms(floor, floor.seller)).status == 404
    assert kept() == (0, 0, 0, 0)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.INVESTOR] + [None])
def test_no_other_role_trades(role: Role | None) -> None:
    who = caller(person(role) if role else person())
    for path in ("trades", "trades/1"):
        assert (who.get(path).status, STRANGER.get(path).status) == (403, 401)
    for path in ("trades", "trades/1/sign", "trades/1/decline"):
        assert (who.post(path).status, STRANGER.post(path).status) == (403, 401)
    assert kept() == (0, 0, 0, 0)
