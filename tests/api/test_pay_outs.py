"""Settlement cash asked back by its holder: once, of his own wallet, and no more than it holds."""

from __future__ import annotations

from typing import Any

import pytest

from custody.cash.models import CashBurn
from tests.api.calling import STRANGER, caller
from tests.factories import cashless
from tests.factories.ledger import NOW
from tests.factories.trades import Floor
from tests.support.people import person
from tokenization.api.models import FirstAnswer
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db
PATH = "cash/pay-outs"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenization.kernel.clock.now", lambda: NOW)


def kept() -> tuple[int, int]:
    return CashBurn.objects.count(), FirstAnswer.objects.count()


def asked(wallet: str, minor: str = "400000", **more: Any) -> dict[str, Any]:
    return {"wallet": wallet, "amount": {"minor": minor, "currency": "PKR"}, "payee": "XX24TEST123456"} | more


def test_a_holder_asks_for_what_he_has_and_only_once_for_it() -> None:
    floor = Floor()
    cashless.hold(floor.cash, floor.buyer.wallet, 500_000)
    mine, who, other = floor.buyer.wallet.address, caller(floor.buyer.user), caller(floor.seller.user)
    said = who.post(PATH, asked(mine), key="one")
    assert said.status == 201, said.body
    assert said.body == {
        "id": CashBurn.objects.get().pk,
        "party": floor.buyer.party.reference,
        "wallet": mine,
        "amount": {"minor": "400000", "currency": "PKR", "minor_digits": 2},
        "payee": "…3456",
        "state": "REQUESTED",
        "reason": "",
        "requested_at": "2026-07-01T05:00:00Z",
        "bank_reference": "",
    }
    assert who.post(PATH, asked(mine), key="one").body == said.body
    assert who.get(PATH).body == {"items": [said.body], "next": None}
    assert other.get(PATH).body["items"] == []
    before = kept()
    assert before == (1, 1)
    for caller_, body, status, field in (
        (who, asked(mine, "100001"), 400, "amount.minor"),
        (who, asked(mine, "0"), 400, "amount.minor"),
        (who, asked(mine, amount={"minor": "1", "currency": "EUR"}), 400, "amount.currency"),
        (who, asked(mine, payee=""), 400, "payee"),
        (who, asked("0x" + "99" * 20), 404, "wallet"),
        (other, asked(mine), 404, "wallet"),
    ):
        refused = caller_.post(PATH, body)
        assert (refused.status, refused.body["field"]) == (status, field), refused.body
    assert kept() == before


def test_no_other_role_asks() -> None:
    for role in [role for role in Role if role is not Role.INVESTOR]:
        who = caller(person(role))
        assert (who.get(PATH).status, who.post(PATH).status) == (403, 403)
    assert (STRANGER.get(PATH).status, STRANGER.post(PATH).status) == (401, 401)
    assert kept() == (0, 0)
