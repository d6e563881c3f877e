"""Allotments, portfolio, what is to come and statements: the own parties' and at a named block, nobody else's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from custody.settlement.models import SettlementInstruction
from issuance.allotment.models import Allotment
from tests.api.calling import STRANGER, Caller, caller
from tests.factories import issuance, ledgerless
from tests.factories.purchases import Purchases
from tests.support.people import person
from tests.support.tokens import minted, token_of, wallet_of
from tokenization.identity.models import Party, PartyMember
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db
ALICE, BOB = "0x" + "a1" * 20, "0x" + "b2" * 20
PATHS = ("allotments", "portfolio", "payments/expected", "statement", "allotments/1")


def pkr(minor: int) -> dict[str, object]:
    return {"minor": str(minor), "currency": "PKR", "minor_digits": 2}


def member(party: Party) -> Caller:
    user = person(Role.INVESTOR)
    PartyMember.objects.create(party=party, user=user)
    return caller(user)


@pytest.fixture
def september(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 9, 2, 6, tzinfo=UTC))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.INVESTOR] + [None])
def test_no_other_role_has_anything_of_its_own(role: Role | None) -> None:
    who = caller(person(role) if role else person())
    assert {who.get(path).status for path in PATHS} == {403}
    assert {STRANGER.get(path).status for path in PATHS} == {401}


class TestAllotments:
    def test_an_allotment_says_how_to_pay_and_stops_saying_it_once_paid(self) -> None:
        books = Purchases()
        buyer = books.owned(1)
        (row,) = books.allotted((buyer, 10))
        who = member(buyer)
        # 84 days at 11.5 %: 100 / (1 + 0.115 * 84 / 365) = 97.4218.
        price = f"{row.price}"
        body: dict[str, Any] = {
            "id": row.pk,
            "party": buyer.reference,
            "isin": books.series.isin,
            "came_from": "OFFER",
            "bid": None,
            "state": "ALLOTTED",
            "settlement_date": "2026-07-02",
            "units": "10",
            "face": pkr(1_000_000),
            "price": price,
            "accrued": pkr(0),
            "to_pay": pkr(int(Decimal(price) * 10_000)),
            "settlement_state": None,
            "wallet": None,
            "payment": None,
        }
        assert who.get(f"allotments/{row.pk}").body == body
        opened = books.opened_for(row, 1)
        told = who.get(f"allotments/{row.pk}").body
        assert told["settlement_state"] == "AWAITING_CASH"
        assert told["wallet"] == opened.wallet.address
        assert told["payment"]["amount"] == body["to_pay"]
        assert told["payment"]["reference"] == opened.payment_reference
        assert told["payment"]["until"] == opened.deliver_by.astimezone(UTC).isoformat().replace("+00:00", "Z")
        assert who.get("allotments").body == {"items": [told], "next": None}

    def test_what_is_paid_or_lapsed_is_not_to_be_paid_again(self) -> None:
        books = Purchases()
        buyer = books.owned(1)
        (row,) = books.allotted((buyer, 10))
        ledgerless.pay(books.approved_for(row, 1))
        told = member(buyer).get(f"allotments/{row.pk}").body
        assert (told["settlement_state"], told["payment"]) == ("CASH_CONFIRMED", None)

    def test_those_of_others_do_not_exist(self) -> None:
        books = Purchases()
        alice, bob = books.owned(1), books.owned(2)
        of_alice, of_bob = books.allotted((alice, 10), (bob, 20))
        who = member(alice)
        assert who.get(f"allotments/{of_bob.pk}").status == 404
        assert [row["id"] for row in who.get("allotments").body["items"]] == [of_alice.pk]
        assert member(issuance.party(books.people)).get("allotments").body["items"] == []
        assert (Allotment.objects.count(), SettlementInstruction.objects.count()) == (2, 0)


class TestPortfolio:
    @pytest.mark.usefixtures("september")
    def test_holdings_are_told_at_a_block_and_what_is_unknown_is_null_with_a_reason(self) -> None:
        people = issuance.office()
        alice, bob = issuance.party(people), issuance.party(people)
        series = issuance.series(people)
        block = minted(token_of(series), {ALICE: 700, BOB: 299})
        wallet_of(alice, ALICE)
        wallet_of(bob, BOB)
        body = member(alice).get("portfolio").body
        assert body == {
            "on": "2026-09-02",
            "holdings": [
                {
                    "party": alice.reference,
                    "isin": series.isin,
                    "name": series.name,
                    "maturity_date": "2026-09-24",
                    "units": "700",
                    "disputed_units": "0",
                    "face": pkr(70_000_000),
                    "cost": None,
                    "cost_units": "0",
                    "accrued": None,
                    "accrued_reason": "This paper pays no interest.",
                    "value": None,
                    "value_reason": "The state has not sold this paper yet.",
                    "last_price": None,
                    "wallets": [{"wallet": ALICE, "units": "700"}],
                }
            ],
            "cash": [],
            "at": {"number": "7", "hash": block.hash, "time": "2026-07-02T05:00:00Z", "behind_head": "3"},
        }
        assert member(bob).get("portfolio").body["holdings"][0]["units"] == "299"
        assert member(issuance.party(people)).get("portfolio").body["holdings"] == []

    @pytest.mark.usefixtures("september")
    def test_what_a_bond_earned_and_will_pay(self) -> None:
        people = issuance.office()
        holder = issuance.party(people)
        bond = issuance.series(
            people, kind="PIB", convention="PK-PIB", coupon_pct=Decimal("12"), maturity_date=date(2029, 7, 2)
        )
        minted(token_of(bond), {ALICE: 1_000})
        wallet_of(holder, ALICE)
        who = member(holder)
        (held,) = who.get("portfolio").body["holdings"]
        # 62 of 184 days of half of 12 %, printed with four digits: 2.0217 per 100 of a million.
        assert (held["accrued"], held["accrued_reason"]) == (pkr(2_021_700), None)
        coming = who.get("payments/expected").body
        told = [(row["paid_on"], row["what"], row["gross"]) for row in coming["items"]]
        assert told == [
            ("2027-01-04", "Coupon", pkr(6_000_000)),
            ("2027-07-02", "Coupon", pkr(6_000_000)),
            ("2028-01-03", "Coupon", pkr(6_000_000)),
            ("2028-07-03", "Coupon", pkr(6_000_000)),
            ("2029-01-02", "Coupon", pkr(6_000_000)),
            ("2029-07-02", "Coupon", pkr(6_000_000)),
            ("2029-07-02", "Repayment at maturity", pkr(100_000_000)),
        ]
        assert (coming["at"]["number"], coming["items"][0]["party"]) == ("7", holder.reference)

    def test_before_the_first_final_block_the_answer_is_unavailable(self) -> None:
        who = caller(person(Role.INVESTOR))
        for path in ("portfolio", "payments/expected"):
            said = who.get(path)
            assert (said.status, said.headers["Retry-After"]) == (503, "30")
            assert said.body["next_step"] == "Try again in a minute."


class TestStatements:
    @pytest.mark.usefixtures("september")
    def test_a_statement_is_of_one_of_the_own_parties_at_the_days_last_block(self) -> None:
        people = issuance.office()
        alice, bob = issuance.party(people), issuance.party(people)
        block = minted(token_of(issuance.series(people)), {ALICE: 700, BOB: 299})
        wallet_of(alice, ALICE)
        wallet_of(bob, BOB)
        who = member(alice)
        said = who.get("statement", party=alice.reference, on="2026-07-02")
        assert said.status == 200, said.body
        assert (said.body["party"], said.body["on"]) == (alice.reference, "2026-07-02")
        assert [row["units"] for row in said.body["holdings"]] == ["700"]
        assert said.body["at"]["hash"] == block.hash
        early = who.get("statement", party=alice.reference, on="2026-07-01")
        assert (early.status, early.body["field"]) == (404, "on")
        for party in (bob.reference, "NOBODY", ""):
            foreign = who.get("statement", party=party, on="2026-07-02")
            assert (foreign.status, foreign.body["field"]) == (404, "party")

    @pytest.mark.usefixtures("september")
    @pytest.mark.parametrize("on", ["", "2026-09-03", "2026-02-30", "yesterday", "20260902x"])
    def test_a_day_is_a_day_up_to_today(self, on: str) -> None:
        people = issuance.office()
        holder = issuance.party(people)
        minted(token_of(issuance.series(people)), {ALICE: 1})
        said = member(holder).get("statement", party=holder.reference, on=on)
        assert (said.status, said.body["field"]) == (400, "on")


def test_a_wallet_given_up_is_no_longer_told() -> None:
    people = issuance.office()
    holder = issuance.party(people)
    minted(token_of(issuance.series(people)), {ALICE: 700})
    row = wallet_of(holder, ALICE).holders.get()
    type(row).objects.filter(pk=row.pk).update(valid_until=row.valid_from + timedelta(days=1))
    assert member(holder).get("portfolio").body["holdings"] == []
