"""The bank's files by the fiscal agent, payments by their holders, and neither by anybody else."""

from __future__ import annotations

from typing import Any

import pytest

from custody.registries.models import BankEntry, BankStatement
from custody.servicing.models import Entitlement
from custody.settlement.models import CashEntry, SettlementInstruction, SuspenseItem
from tests.api.calling import STRANGER, Said, caller
from tests.factories import bank
from tests.factories import ledgerless as world
from tests.factories.servicing import Maturity
from tests.support.people import person
from tokenization.api.models import FirstAnswer
from tokenization.files.models import StoredFile
from tokenization.identity.models import PartyMember
from tokenization.identity.roles import Role
from tokenization.kernel.canonical import sha256_hex

pytestmark = pytest.mark.django_db
FISCAL = {Role.FISCAL_AGENT_OFFICER}


def pkr(minor: int) -> dict[str, object]:
    return {"minor": str(minor), "currency": "PKR", "minor_digits": 2}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenization.kernel.clock.now", lambda: world.NOW)


def kept() -> tuple[int, ...]:
    models: list[Any] = [BankStatement, BankEntry, CashEntry, SuspenseItem, StoredFile, FirstAnswer]
    return tuple(model.objects.count() for model in models)


def send(content: bytes, *, key: str | None = None, role: Role = Role.FISCAL_AGENT_OFFICER) -> Said:
    return caller(person(role)).upload("bank-files", content, name="statement.xml", key=key)


class TestBankFiles:
    def test_a_statement_pays_what_it_credits_once(self) -> None:
        bank.account()
        first, second = world.settlements(world.token(), 10, 20)
        lines = (bank.credit("B-1", first.amount_minor, first.payment_reference), bank.credit("B-2", 77, "whose?"))
        content, who = bank.camt053(bank.statement(*lines)), caller(person(Role.FISCAL_AGENT_OFFICER))
        said = who.upload("bank-files", content, name="statement.xml", key="one")
        assert said.status == 201, said.body
        outcome = {row["kind"]: (row["entries"], row["amount"]) for row in said.body.pop("outcome")}
        assert said.body == {
            "kind": "STATEMENT",
            "identification": "STMT-1",
            "iban": bank.IBAN,
            "file_sha256": sha256_hex(content),
            "entries": 2,
            "new": 2,
        }
        assert outcome["PAID"] == (1, pkr(first.amount_minor))
        assert sum(entries for entries, _ in outcome.values()) == 2
        states = list(SettlementInstruction.objects.order_by("pk").values_list("state", flat=True))
        assert states == ["CASH_CONFIRMED", "AWAITING_CASH"]
        before = kept()
        again = who.upload("bank-files", content, name="statement.xml", key="one")
        assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
        other = who.upload("bank-files", content, name="statement.xml", key="two")
        assert (other.status, other.body["field"], other.body["rule"]) == (400, "file", "once")
        assert kept() == before
        assert second.state == "AWAITING_CASH"

    def test_faults_come_by_line_and_rule_and_nothing_is_taken(self) -> None:
        bank.account()
        made = bank.statement(bank.credit("B-1", 100), closing_minor=99)
        before = kept()
        said = send(bank.camt053(made))
        assert (said.status, said.body["rule"]) == (400, "all or nothing")
        assert said.body["errors"]
        assert {"line", "field", "rule", "detail"} == set(said.body["errors"][0])
        assert kept() == before

    @pytest.mark.parametrize("role", [role for role in Role if role not in FISCAL] + [None])
    def test_nobody_else_sends_one(self, role: Role | None) -> None:
        bank.account()
        content, before = bank.camt053(bank.statement(bank.credit("B-1", 100))), kept()
        who = caller(person(role) if role else person())
        assert who.upload("bank-files", content).status == 403
        assert STRANGER.upload("bank-files", content).status == 401
        assert kept() == before


class TestPayments:
    def test_a_payment_is_told_to_its_holder_with_its_block(self) -> None:
        books = Maturity()
        alice, bob = books.holder(1, 700), books.holder(2, 299)
        event = books.released()
        user = person(Role.INVESTOR)
        PartyMember.objects.create(party=alice, user=user)
        line, other = (Entitlement.objects.get(event=event, party=party) for party in (alice, bob))
        who = caller(user)
        told = who.get(f"payments/{line.pk}").body
        assert who.get("payments").body == {"items": [told], "next": None}
        expected = {
            "id": line.pk,
            "party": alice.reference,
            "isin": books.series.isin,
            "what": "Redemption",
            "units": "700",
            "disputed_units": "0",
            "gross": pkr(70_000_000),
            "tax": pkr(line.tax_minor),
            "suspense": pkr(0),
            "net": pkr(70_000_000 - line.tax_minor),
            "payment_date": event.payment_date.isoformat(),
            "record_block": {"number": str(event.record_block_number), "hash": event.record_block_hash},
            "state": "DUE",
            "channel": "BANK",
            "paid_at": None,
            "bank_reference": "",
        }
        assert {name: told[name] for name in expected} == expected
        books.pay(line, "BANK-77")
        paid = who.get(f"payments/{line.pk}").body
        assert (paid["state"], paid["bank_reference"]) == ("PAID", "BANK-77")
        assert paid["paid_at"] == "2026-09-24T04:00:00Z"
        assert who.get(f"payments/{other.pk}").status == 404

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.INVESTOR] + [None])
    def test_no_other_role_is_paid(self, role: Role | None) -> None:
        who = caller(person(role) if role else person())
        assert {who.get(path).status for path in ("payments", "payments/1")} == {403}
        assert {STRANGER.get(path).status for path in ("payments", "payments/1")} == {401}
