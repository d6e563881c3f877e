"""A token is a series' or a currency's: its names, its suite, and what the database lets it be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from custody.instructions.models import Instruction
from custody.tokenisation.models import TokenContract
from custody.tokenisation.selectors import in_names, manifest
from custody.tokenisation.services import series_ceiling_change
from tests.factories import ledgerless as world
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses
from tokenization.kernel.errors import Refused

TABLE = "tokenisation_tokencontract"


@pytest.mark.django_db
def test_a_token_knows_its_code_its_suite_and_what_a_unit_is_worth() -> None:
    bill, cash = world.token(), world.cash_token()
    series = bill.series
    assert (bill.is_cash, bill.code, bill.name, bill.currency) == (False, series.isin, series.name, "PKR")
    assert (bill.controller, bill.engine, bill.minor_per_unit) == ("CONTROLLER", "ENGINE", series.denomination_minor)
    assert (cash.is_cash, cash.code, cash.name) == (True, "PKR-CASH", "Settlement cash in PKR")
    assert (cash.controller, cash.engine, cash.minor_per_unit) == ("CASH_CONTROLLER", "CASH_ENGINE", 1)
    assert in_names(f"{cash.address} and {bill.address}", now=world.NOW) == f"PKR-CASH and {series.isin}"
    assert [line.name for line in manifest()][-2:] == [series.isin, "PKR-CASH"]
    with pytest.raises(Refused, match="is no series"):
        series_ceiling_change(token=cash, ceiling_units=1, key="x", now=world.NOW)


@pytest.mark.django_db
def test_two_persons_for_securities_do_not_mint_cash() -> None:
    cash = world.cash_token()
    issue, _ = world.issue_pair(cash)
    with pytest.raises(Refused, match="PKR-CASH is cash"):
        world.approve_issue(issue)
    assert Instruction.objects.get(pk=issue.pk).state == "DRAFT"


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("purpose = 'CASH'", "token_contract_of_series_or_currency"),
        ("series_id = NULL", "token_contract_of_series_or_currency"),
        ("currency = 'USD'", "token_contract_currency"),
    ],
)
@pytest.mark.django_db
def test_raw_sql_makes_no_third_kind_of_token(change: str, guard: str) -> None:
    row = world.token()
    with pytest.raises(IntegrityError, match=guard), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {TABLE} SET {change} WHERE id = %s", [row.pk])  # noqa: S608 our own words
    kept = TokenContract.objects.get(pk=row.pk)
    assert (kept.purpose, kept.series_id, kept.currency) == ("SECURITY", row.series_id, "PKR")


@pytest.mark.django_db
def test_one_cash_token_for_each_currency() -> None:
    first = world.cash_token()
    with pytest.raises(IntegrityError, match="token_contract_one_cash_per_currency"), transaction.atomic():
        TokenContract.objects.create(
            purpose="CASH",
            currency="PKR",
            chain_id=first.chain_id,
            address=world.address(),
            salt=world.a_hash(),
            terms_hash=first.terms_hash,
            approval=first.approval,
        )
    world.cash_token("USD")
    assert sorted(TokenContract.objects.values_list("currency", flat=True)) == ["PKR", "USD"]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with a bill and the cash of its currency."""
    with clone.filling():
        world.token()
        world.cash_token()
    with clone.as_owner() as connection:
        yield connection


GUARDS = [
    ("token_contract_of_series_or_currency", f"UPDATE {TABLE} SET series_id = NULL WHERE purpose = 'SECURITY'"),
    ("token_contract_currency", f"UPDATE {TABLE} SET currency = 'USD' WHERE purpose = 'SECURITY'"),
    (
        "token_contract_one_cash_per_currency",
        f"INSERT INTO {TABLE} (purpose, currency, chain_id, address, salt, terms_hash, approval_id, state, next_number)"
        " SELECT purpose, currency, chain_id, '0x' || repeat('ab', 20), '0x' || repeat('ab', 32), terms_hash,"
        f" approval_id, state, 1 FROM {TABLE} WHERE purpose = 'CASH'",
    ),
]


@pytest.mark.parametrize(("guard", "statement"), GUARDS)
def test_with_the_guard_off_it_would_pass(owner: psycopg.Connection[Any], guard: str, statement: str) -> None:
    guard_is_what_refuses(owner, table=TABLE, guard=guard, statement=statement, words=guard)
