"""Supply of a series: exact, stamped with its block, and closed to strangers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from tests.factories.issuance import office, series
from tests.support.people import person
from tests.support.tokens import minted, token_of
from tokenization.identity.models import User
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db
WALLETS = ("0x" + "a1" * 20, "0x" + "b2" * 20)


def get(client: Client, isin: str) -> tuple[int, dict[str, object], str]:
    answer = client.get(f"/api/v1/series/{isin}/supply")
    return answer.status_code, json.loads(answer.content), answer["Content-Type"]


def test_supply_is_exact_and_names_its_block(client: Client) -> None:
    token = token_of(series(office()))
    block = minted(token, {WALLETS[0]: 700, WALLETS[1]: 299})
    client.force_login(person(Role.AUDITOR))
    status, body, _ = get(client, token.series.isin)
    assert status == 200
    assert body == {
        "isin": token.series.isin,
        "name": token.series.name,
        "currency": "PKR",
        "minor_digits": 2,
        "denomination_minor": "100000",
        "outstanding_face_minor": "99900000",
        "chain_id": "31337",
        "token": token.address,
        "holders": "2",
        "units": {
            "outstanding": "999",
            "issued": "0",
            "redeemed": "0",
            "annulled": "0",
            "unexplained": "999",
            "disputed": "0",
        },
        "at": {"number": "7", "hash": block.hash, "time": "2026-07-02T05:00:00Z", "behind_head": "3"},
    }


@pytest.mark.parametrize("role", [Role.DEBT_MAKER, Role.INVESTOR, Role.AUDITOR, Role.OPERATOR])
def test_every_role_may_read_it(client: Client, role: Role) -> None:
    token = token_of(series(office()))
    minted(token, {WALLETS[0]: 1})
    client.force_login(person(role))
    assert get(client, token.series.isin)[0] == 200


def test_strangers_and_accounts_without_a_role_may_not(client: Client) -> None:
    token = token_of(series(office()))
    status, body, kind = get(client, token.series.isin)
    assert (status, kind) == (401, "application/problem+json")
    nobody = person()
    client.force_login(nobody)
    assert get(client, token.series.isin)[0] == 403
    dismissed = person(Role.AUDITOR)
    client.force_login(dismissed)
    User.objects.filter(pk=dismissed.pk).update(is_active=False)
    assert get(client, token.series.isin)[0] == 401
    assert "units" not in body


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_supply_cannot_be_written(client: Client, method: str) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    assert getattr(client, method)("/api/v1/series/XX0000000000/supply").status_code == 405


def test_a_mistyped_isin_is_a_problem_that_names_field_and_rule(client: Client) -> None:
    client.force_login(person(Role.AUDITOR))
    status, body, kind = get(client, "ZZ0000000001")
    assert (status, kind) == (400, "application/problem+json")
    assert body["field"] == "isin"
    assert body["rule"] == "ISO 6166: two letters, nine characters and a check digit"
    assert body["status"] == 400


def test_a_series_without_a_token_is_not_found(client: Client) -> None:
    row = series(office())
    client.force_login(person(Role.AUDITOR))
    status, body, _ = get(client, row.isin)
    assert (status, body["field"]) == (404, "isin")


def test_before_the_first_final_block_the_answer_is_unavailable(client: Client) -> None:
    token = token_of(series(office()))
    client.force_login(person(Role.AUDITOR))
    status, body, _ = get(client, token.series.isin)
    assert (status, body["next_step"]) == (503, "Try again in a minute.")


def test_the_committed_description_is_fresh(tmp_path: Path) -> None:
    made = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)
    assert made.read_text() == (settings.BASE_DIR / "tokenization/api/openapi.yaml").read_text()


def test_every_api_view_names_its_permission() -> None:
    """The default is to answer nobody; a view that forgets its permission is closed, not open."""
    from tokenization.api.permissions import DenyAll

    api = next(entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/")
    for entry in api.url_patterns:
        view = getattr(entry.callback, "cls", None) or entry.callback.view_class
        classes = entry.callback.initkwargs.get("permission_classes", view.permission_classes)
        assert classes
        assert DenyAll not in classes
