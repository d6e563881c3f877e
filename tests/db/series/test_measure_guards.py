"""What the database refuses of currencies and measures, each with the guard off as its control."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.factories import commodities
from tests.factories import issuance as made
from tests.support.clones import Clone
from tests.support.controls import guard_is_what_refuses

AUTHORITY = "UPDATE authority_legalauthority SET {} WHERE state = 'DRAFT' AND kind = '{}'"
RATE = """
    INSERT INTO authority_fxrate ("on", base, quote, rate, base_digits, quote_digits, source)
    VALUES ('2026-07-01', '{}', '{}', 2.5, 3, 2, 'raw')
"""
DEBT = "UPDATE series_series SET {} WHERE kind = 'MTB'"
GOLD = "UPDATE series_series SET {} WHERE kind = 'RESERVE'"
KINDS, SERIES, FX = "authority_kind_counts", "series_kind_counts", "fx_rate_of_currencies"
GUARDS = [
    ("authority_legalauthority", KINDS, AUTHORITY.format("currency = 'XAU'", "BORROWING")),
    ("authority_legalauthority", KINDS, AUTHORITY.format("kind = 'DISPOSAL'", "BORROWING")),
    ("authority_legalauthority", KINDS, AUTHORITY.format("kind = 'BORROWING'", "PLEDGE")),
    ("authority_legalauthority", KINDS, AUTHORITY.format("currency = 'PKR'", "PLEDGE")),
    ("authority_legalauthority", KINDS, AUTHORITY.format("basis = 'PROCEEDS'", "PLEDGE")),
    ("authority_fxrate", FX, RATE.format("XAU", "PKR")),
    ("authority_fxrate", FX, RATE.format("USD", "OIL")),
    ("authority_fxrate", FX, RATE.format("XAU", "OIL")),
    ("series_series", SERIES, DEBT.format("payment_currency = 'USD'")),
    ("series_series", SERIES, DEBT.format("currency = 'XAU', payment_currency = 'XAU'")),
    ("series_series", SERIES, DEBT.format("claim = 'OWNERSHIP'")),
    ("series_series", SERIES, DEBT.format("margin_bps = 1")),
    ("series_series", SERIES, DEBT.format("convention = 'UNIT-PRICE'")),
    ("series_series", SERIES, DEBT.format("kind = 'RESERVE'")),
    ("series_series", SERIES, GOLD.format("kind = 'MTB'")),
    ("series_series", SERIES, GOLD.format("currency = 'PKR'")),
    ("series_series", SERIES, GOLD.format("payment_currency = 'XAU'")),
    ("series_series", SERIES, GOLD.format("payment_currency = 'OIL'")),
    ("series_series", SERIES, GOLD.format("claim = ''")),
    ("series_series", SERIES, GOLD.format("claim = 'HOPE'")),
    ("series_series", SERIES, GOLD.format("margin_bps = 10000")),
    ("series_series", SERIES, GOLD.format("convention = 'PK-MTB'")),
    ("series_series", "series_coupon_of_a_bond", GOLD.format("coupon_pct = 1")),
]


@pytest.fixture(scope="module")
def owner(clone: Clone) -> Iterator[psycopg.Connection[Any]]:
    """The owner of a clone with drafts: an authority to borrow and one to pledge gold, a bill and a gold token."""
    with clone.filling():
        people = made.office()
        for kind, code in (("BORROWING", "PKR"), ("PLEDGE", "XAU")):
            made.authority_draft(
                reference=f"RAW {kind}",
                title="Test",
                law="Test Act",
                kind=kind,
                currency=code,
                ceiling_minor=1_000,
                valid_from=made.YEAR_START,
                valid_until=made.YEAR_END,
                actor=people.maker,
                now=people.now,
            )
        made.series_draft(**made.series_terms(made.programme(people)), actor=people.maker, now=people.now)
        commodities.draft(people)
    with clone.as_owner() as connection:
        yield connection


@pytest.mark.parametrize(
    ("table", "guard", "statement"), GUARDS, ids=[f"{at}-{row[1]}" for at, row in enumerate(GUARDS)]
)
def test_the_database_refuses(owner: psycopg.Connection[Any], table: str, guard: str, statement: str) -> None:
    guard_is_what_refuses(owner, table=table, guard=guard, statement=statement, words=guard)
    found = owner.execute("SELECT kind, currency, payment_currency, claim FROM series_series ORDER BY kind").fetchall()
    assert found == [("MTB", "PKR", "PKR", ""), ("RESERVE", "XAU", "PKR", "OWNERSHIP")]
