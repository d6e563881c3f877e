"""Records are looked at and never changed, by anybody: every ModelAdmin, every way in."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.people import party, person
from tokenization.backoffice.site import office
from tokenization.identity.models import Party, RoleGrant, User
from tokenization.identity.roles import House, Role

pytestmark = pytest.mark.django_db

MODELS = sorted(office._registry, key=lambda model: model._meta.label)


def test_every_business_model_has_a_record() -> None:
    labels = {model._meta.label for model in MODELS}
    assert {"identity.Approval", "series.Series", "outbox.Intent", "register.Entry", "reconciliation.Break"} <= labels
    assert len(labels) >= 45


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_record_can_be_added_changed_or_deleted(client: Client, model: type) -> None:
    """A superuser is tried: Django's own permissions would let him, the office does not."""
    user = person(Role.DEBT_MAKER)
    User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
    client.force_login(user)
    stem = f"/office/{model._meta.app_label}/{model._meta.model_name}/"
    before = model._default_manager.count()
    found = model._default_manager.first()
    key = found.pk if found else 1
    assert client.post(f"{stem}add/", {"x": "1"}).status_code == 403
    assert client.get(f"{stem}add/").status_code == 403
    assert client.post(f"{stem}{key}/change/", {"x": "1"}).status_code in ({403} if found else {302, 403, 404})
    assert client.post(f"{stem}{key}/delete/", {"post": "yes"}).status_code in ({403} if found else {302, 403, 404})
    client.post(stem, {"action": "delete_selected", "_selected_action": [key], "post": "yes"})
    assert model._default_manager.count() == before
    assert client.get(stem).status_code == 200


def test_a_partys_page_shows_and_keeps_it(client: Client) -> None:
    made = party()
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    page = client.get(f"/office/identity/party/{made.pk}/change/")
    assert page.status_code == 200
    assert made.name in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    changed = client.post(f"/office/identity/party/{made.pk}/change/", {"name": "Somebody else"})
    assert changed.status_code == 403
    assert Party.objects.get(pk=made.pk).name == made.name


def test_passwords_are_not_shown(client: Client) -> None:
    user = person(Role.OPERATOR)
    client.force_login(user)
    page = client.get(f"/office/identity/user/{user.pk}/change/").content.decode()
    assert user.username in page
    assert "pbkdf2" not in page


def test_who_asks_is_read_once_for_the_guard_and_the_whole_menu(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/office/identity/party/").status_code == 200
    assert sum("identity_rolegrant" in query["sql"] for query in asked) == 1


def test_a_role_taken_away_closes_the_office_at_once(client: Client) -> None:
    user = person(Role.DEBT_MAKER, house=House.ISSUER)
    client.force_login(user)
    assert client.get("/office/").status_code == 200
    RoleGrant.objects.filter(user=user).delete()
    assert client.get("/office/").status_code == 403
