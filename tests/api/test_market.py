"""Series, schedules, auctions and offers: exact, as strings, for every role, never a draft."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.api.calling import STRANGER, caller
from tests.factories import auction as auctions
from tests.factories import issuance
from tests.support.people import person
from tests.support.tokens import token_of
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db
PATHS = ("series", "auctions", "offers")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
def test_every_role_may_read_the_market(role: Role) -> None:
    who = caller(person(role))
    assert [who.get(path).status for path in PATHS] == [200, 200, 200]


def test_strangers_and_accounts_without_a_role_may_not() -> None:
    assert [STRANGER.get(path).status for path in PATHS] == [401, 401, 401]
    assert [caller(person()).get(path).status for path in PATHS] == [403, 403, 403]


def test_a_series_is_told_with_its_terms() -> None:
    row = issuance.series(issuance.office())
    who = caller(person(Role.INVESTOR))
    before = who.get(f"series/{row.isin}").body
    token = token_of(row)
    body = who.get(f"series/{row.isin}").body
    sheet = row.term_sheets.get()
    assert before == body | {"token": None}
    assert body == {
        "isin": row.isin,
        "name": row.name,
        "short_name": row.short_name,
        "kind": "MTB",
        "state": "APPROVED",
        "currency": "PKR",
        "payment_currency": "PKR",
        "claim": "",
        "denomination": {"minor": "100000", "currency": "PKR", "minor_digits": 2},
        "ceiling_units": "10000",
        "issue_date": "2026-07-02",
        "maturity_date": "2026-09-24",
        "convention": row.convention,
        "calendar": "PK",
        "coupon_pct": "0.000000",
        "record_zone": "Asia/Karachi",
        "legal_record": row.legal_record,
        "legal_instrument": "Test Rules 2026, rule 2",
        "term_sheet": {"version": 1, "sha256": sheet.sha256},
        "token": {"chain_id": "31337", "address": token.address},
    }
    assert who.get("series").body == {"items": [body], "next": None}


def test_a_draft_series_and_a_mistyped_one_are_told_apart() -> None:
    people, who = issuance.office(), caller(person(Role.INVESTOR))
    terms = issuance.series_terms(issuance.programme(people))
    draft = issuance.series_draft(**terms, actor=people.maker, now=people.now)
    for path in (f"series/{draft.isin}", f"series/{draft.isin}/schedule"):
        said = who.get(path)
        assert (said.status, said.body["field"]) == (404, "isin")
    assert who.get("series/XX0000000000").body["rule"] == "ISO 6166: two letters, nine characters and a check digit"
    assert who.get("series").body["items"] == []


def test_the_schedule_of_a_bond_is_exact_and_that_of_a_bill_has_no_coupons() -> None:
    people, who = issuance.office(), caller(person(Role.AUDITOR))
    bill = issuance.series(people)
    bond = issuance.series(
        people,
        bill.programme,
        kind="PIB",
        convention="PK-PIB",
        maturity_date=date(2029, 7, 2),
        coupon_pct=Decimal("11.25"),
    )
    assert who.get(f"series/{bill.isin}/schedule").body == {
        "isin": bill.isin,
        "currency": "PKR",
        "coupons": [],
        "matures_on": "2026-09-24",
        "repaid_on": "2026-09-24",
    }
    body = who.get(f"series/{bond.isin}/schedule").body
    # 2 January 2027 is a Saturday, 2 January 2028 and 2 July 2028 are Sundays.
    assert [(row["starts"], row["ends"], row["paid_on"]) for row in body["coupons"]] == [
        ("2026-07-02", "2027-01-02", "2027-01-04"),
        ("2027-01-02", "2027-07-02", "2027-07-02"),
        ("2027-07-02", "2028-01-02", "2028-01-03"),
        ("2028-01-02", "2028-07-02", "2028-07-03"),
        ("2028-07-02", "2029-01-02", "2029-01-02"),
        ("2029-01-02", "2029-07-02", "2029-07-02"),
    ]
    # Half of 11.25.
    shares = {(row["per_hundred_numerator"], row["per_hundred_denominator"]) for row in body["coupons"]}
    assert shares == {("45", "8")}
    assert (body["matures_on"], body["repaid_on"]) == ("2029-07-02", "2029-07-02")


def test_an_auction_is_told_with_its_rule_and_its_close_to_the_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    people, who = issuance.office(), caller(person(Role.INVESTOR))
    made = auctions.announced(people, closes_at=auctions.CLOSES + timedelta(milliseconds=1))
    clock = "tokenization.kernel.clock.now"
    monkeypatch.setattr(clock, lambda: auctions.CLOSES)
    body = who.get(f"auctions/{made.pk}").body
    assert body == {
        "id": made.pk,
        "isin": made.series.isin,
        "number": 1,
        "state": "ANNOUNCED",
        "open": True,
        "opens_at": "2026-07-01T05:00:00Z",
        "closes_at": "2026-07-01T07:00:00.001000Z",
        "settlement_date": "2026-07-02",
        "maturity_date": "2026-09-24",
        "target": {"minor": "500000000", "currency": "PKR", "minor_digits": 2},
        "rule": "PK-MTB",
        "bid_in": "PRICE",
        "pricing": "MULTIPLE",
        "smallest_bid": {"minor": "500000", "currency": "PKR", "minor_digits": 2},
        "bid_step": {"minor": "500000", "currency": "PKR", "minor_digits": 2},
        "decimals": 4,
        "direct_categories": ["BANK", "PRIMARY_DEALER"],
    }
    assert who.get("auctions", open="true").body["items"] == [body]
    monkeypatch.setattr(clock, lambda: made.closes_at)
    assert who.get(f"auctions/{made.pk}").body["open"] is False
    assert who.get("auctions", open="true").body["items"] == []
    assert len(who.get("auctions").body["items"]) == 1


def test_offers_are_told_once_two_persons_opened_them() -> None:
    people, who = issuance.office(), caller(person(Role.INVESTOR))
    draft = issuance.offer_draft(
        series=issuance.series(people),
        yield_pct=Decimal("11.5"),
        settlement_date=issuance.ISSUE,
        target_units=10,
        actor=people.maker,
        now=people.now,
    )
    assert who.get("offers").body["items"] == []
    people.approve("issuance.allotment.open_offer", issuance.draft_payload(draft))
    draft.refresh_from_db()
    body = {
        "id": draft.pk,
        "isin": draft.series.isin,
        "state": "OPEN",
        "price": f"{draft.price}",
        "yield_pct": "11.5000",
        "settlement_date": "2026-07-02",
        "target_units": "10",
    }
    assert who.get("offers", open="true").body == {"items": [body], "next": None}
    issuance.offer_close(offer=draft, actor=people.maker, now=people.now)
    assert who.get("offers", open="true").body["items"] == []
    assert who.get("offers").body["items"] == [body | {"state": "CLOSED"}]
    said = who.get("offers", open="maybe")
    assert (said.status, said.body["field"], said.body["rule"]) == (400, "open", "true or false")
