"""Every address as every role and as a stranger: none unlisted, none answers 500, closed by default."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.people import person
from tokenization.identity.roles import Role

pytestmark = pytest.mark.django_db

OFFICERS = {role for role in Role if role not in {Role.AUDITOR, Role.INVESTOR, Role.EXAMINER, Role.SUPERVISOR}}
ALLOWED = {
    "office/": OFFICERS,
    "portal/": {Role.INVESTOR},
    "examiner/": {Role.EXAMINER},
    "assurance/": OFFICERS | {Role.AUDITOR, Role.SUPERVISOR},
    "api/v1/": set(Role) - {Role.SUPERVISOR},
}
# For machines: they say nothing to strangers but which part is up (test_operations.py). For all: test_public.py.
OPEN = {"language/", "figures/", "sign-in/", "health/live", "health/ready", "metrics", "public/"}
# Signing out ends the walk; test_front_door.py tries both doors.
EVERYBODY = {"", "sign-out/", "office/logout/"}
# Everybody's own door, whatever his role: a stranger gets the sign-in page there too.
DOOR = ("sign-in/code/", "second-factor/")


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, path)
        else:
            yield path


def filled(path: str) -> str:
    """An address with values that name nothing."""
    for hole, value in (
        ("<int:pk>", "999999999"),
        ("<slug:name>", "nothing"),
        ("<str:isin>", "XX0000000000"),
        ("<str:tx_hash>", "0x" + "0" * 64),
        ("<path:object_id>", "999999999"),
        ("<int:content_type_id>", "999999"),
        ("(?P<url>.*)$", "nowhere/at/all/"),
        ("<path:url>", "nowhere/"),
    ):
        path = path.replace(hole, value)
    if path.startswith("office/^"):
        path = "office/" + path.removeprefix("office/^").replace("(?P<app_label>", "").split("|")[0].rstrip(")/$") + "/"
    return "/" + path


ALL = sorted(set(addresses(get_resolver().url_patterns)))


def walked(role: Role | None, one: Role = Role.DEBT_MAKER) -> list[str]:
    """Of the records' own pages (two addresses in three), which answer every officer alike, one officer opens all;
    the other officers open each record's list. Who is no officer knocks everywhere."""
    return [path for path in ALL if role is one or role not in OFFICERS or "<path:object_id>" not in path]


def test_every_address_belongs_to_a_face_or_is_listed_here() -> None:
    unlisted = [path for path in ALL if not path.startswith((*ALLOWED, *DOOR)) and path not in OPEN | EVERYBODY]
    assert unlisted == []
    assert len(ALL) > 100


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_get_the_sign_in_page_and_nothing_else(client: Client, method: str) -> None:
    wrong = {}
    for path in ALL:
        if path in OPEN:
            continue
        answer = getattr(client, method)(filled(path))
        refused = answer.status_code in {401, 403, 405} or (
            answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
        )
        if not refused:
            wrong[path] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("role", [*Role, None])
def test_each_role_enters_its_faces_only_and_nothing_breaks(
    client: Client, role: Role | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every view runs for every role; the records' templates, the same for all officers, are drawn for one of them."""
    if role is not Role.DEBT_MAKER:
        monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")
    client.force_login(person(role) if role else person())
    client.raise_request_exception = False
    wrong = {}
    for path in walked(role):
        if path in OPEN | EVERYBODY or path.startswith(DOOR):
            continue
        entered = next(roles for prefix, roles in ALLOWED.items() if path.startswith(prefix))
        for method in ("get", "post"):
            status = getattr(client, method)(filled(path)).status_code
            # 503: the interface has no final block to speak of yet.
            fine = (status < 500 or status == 503) and ((role in entered) or status in {403, 405})
            if not fine:
                wrong[f"{method} {path}"] = status
    assert wrong == {}


@pytest.mark.parametrize("role", [*Role, None])
def test_nobody_of_a_house_opens_anything_before_his_second_factor(client: Client, role: Role | None) -> None:
    user = person(role) if role else person()
    client.force_login(user)
    session = client.session
    del session["factor_given"]
    session.save()
    wrong = {}
    for path in walked(role):
        if path in OPEN or path.removeprefix("office/") in {"sign-out/", "logout/"} or role is Role.INVESTOR:
            continue
        for method in ("get", "post"):
            answer = getattr(client, method)(filled(path))
            door = answer.status_code < 400 or answer.status_code in {404, 405}
            led = answer.status_code == 302 and answer["Location"].startswith("/second-factor/")
            shut = door if path.startswith(DOOR) else led or (path.startswith("api/") and answer.status_code == 403)
            if not shut:
                wrong[f"{method} {path}"] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("role", sorted(OFFICERS))
def test_the_office_opens_on_an_empty_platform(client: Client, role: Role) -> None:
    client.force_login(person(role))
    for path in ("/office/", "/office/decisions/", "/office/propose/", "/office/programmes/"):
        assert client.get(path).status_code == 200, path
