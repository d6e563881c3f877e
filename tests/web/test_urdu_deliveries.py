"""Asking for bars, and the second factor, in Urdu: each page whole, each refusal told, and papers as before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import translation

from custody.register.models import Position
from custody.reserves.models import PhysicalRedemption, Vault
from custody.reserves.services import redemption_released, redemptions_advance
from tests.db.reserves.test_redemptions import FIRST, SECOND, THIRD, Held, burn, kyc_until
from tests.factories import ledgerless as world
from tests.factories.examined import NOW
from tests.support import paper
from tests.support.people import PASSWORD, app_code, enrol, person
from tests.web.test_deliveries import address, kept, read_back, typed
from tests.web.test_urdu import ARABIC, english, urdu
from tokenization.identity.roles import Role
from tokenization.kernel import clock
from tokenization.portal.deliveries import NEXT, STATE

pytestmark = pytest.mark.django_db
COLLECTOR: dict[str, object] = {"collector": "TS-17"}
Read = Callable[..., str]


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> Held:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    made = Held()
    # A name stays what it is in every language.
    Vault.objects.update(name="TEST VAULT")
    return made


@pytest.fixture
def read(client: Client) -> Read:
    """A page as its reader gets it, after looking that nothing on it is left in English."""

    def reading(path: str, said: dict[str, object] | None = None) -> str:
        answer = client.get(path) if said is None else client.post(path, said, follow=True)
        page = answer.content.decode()
        assert answer.status_code == 200, path
        assert '<html lang="ur" dir="rtl">' in page, path
        assert english(page) == [], path
        return page

    return reading


def test_bars_are_asked_for_and_followed(client: Client, case: Held, read: Read) -> None:
    client.force_login(case.user)
    urdu(client)
    page = read(address(case))
    assert "<h1>آپ کے یونٹوں کے عوض سلاخوں کی حوالگی</h1>" in page
    assert "TEST REFINER A/TS00000/2018، تحویل خانہ VLT-ONE، مقدار 399.440 خالص ٹرائے اونس، 399,440 یونٹ" in page
    assert "دستیاب 1,193,176 یونٹ" in page
    page = read(address(case), typed(case, 0, 2, **COLLECTOR))
    assert "796.415 خالص ٹرائے اونس کے عوض 796,415 یونٹ ختم کیے جائیں گے؛ TS-17 اسے " in page
    page = read(address(case), read_back(client, case, typed(case, 0, 2, **COLLECTOR)))
    row = PhysicalRedemption.objects.get()
    assert row.units == FIRST + THIRD
    for state in ("REQUESTED", "APPROVED", "BURNING", "RELEASE_ORDERED", "RELEASED"):
        _bring(row, case, state)
        page = read(f"/portal/deliveries/{row.pk}/")
        with translation.override("ur"):
            assert f">{STATE[state]}</span>" in page
            assert f"<dd>{NEXT[state]}</dd>" in page
    order = client.get(f"/portal/deliveries/{row.pk}/release-order.pdf")
    assert not ARABIC.search(paper.text(order.content))
    assert "Hand the items below, and no others, to the collecting agent." in paper.text(order.content)


def _bring(row: PhysicalRedemption, case: Held, state: str) -> None:
    if state == "APPROVED":
        case.approve(row)
    if state == "BURNING":
        redemptions_advance(now=NOW)
    if state == "RELEASE_ORDERED":
        burn(row)
        redemptions_advance(now=NOW)
    if state == "RELEASED":
        officer = world.officer("REGISTRAR_OFFICER")
        redemption_released(redemption=row, vault_reference="OUT-17", actor=officer, now=NOW)
    row.refresh_from_db()
    assert row.state == state


def test_what_cannot_be_delivered_is_refused_in_urdu(client: Client, case: Held, read: Read) -> None:
    client.force_login(case.user)
    urdu(client)
    assert "یہ خانہ درکار ھے۔" in read(address(case), typed(case, 0, **COLLECTOR) | {"items": []})
    sent = read_back(client, case, typed(case, 0, **COLLECTOR))
    kyc_until(case, None)
    before = kept()
    assert "آج درست نہیں۔ پہلے اس کی تجدید کریں" in read(address(case), sent)
    assert "یہ وہ نہیں جو آپ نے آخر میں جانچا تھا۔" in read(address(case), sent | {"checked": "forged"})
    Position.objects.update(units=SECOND - 1)
    page = read(address(case), typed(case, 1, **COLLECTOR))
    assert f"{SECOND:,} یونٹ درکار ہیں، اور اس والٹ میں {SECOND - 1:,} دستیاب ہیں۔" in page
    assert kept() == before


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ur", "اب اسے واپس نہیں لیا جا سکتا: یہ منظور ہو چکی ہے۔"),
        ("en", "It cannot be taken back any more: it is approved."),
    ],
)
def test_what_is_approved_is_not_taken_back(client: Client, case: Held, language: str, said: str) -> None:
    row = case.ask(0)
    case.approve(row)
    client.force_login(case.user)
    client.post("/language/", {"language": language, "next": "/portal/"})
    page = client.post(f"/portal/deliveries/{row.pk}/take-back/", follow=True).content.decode()
    assert said in page
    row.refresh_from_db()
    assert (row.state, row.reason) == ("APPROVED", "")


def test_taken_back_in_urdu(client: Client, case: Held, read: Read) -> None:
    row = case.ask(0, **COLLECTOR)
    client.force_login(case.user)
    urdu(client)
    page = read(f"/portal/deliveries/{row.pk}/take-back/", {})
    assert "واپس لے لی گئی: آپ کے یونٹ آپ کے والٹ میں ہی ہیں۔" in page
    assert "<dd>حامل نے واپس لی</dd>" in page


def test_the_second_factor_is_urdu_for_whoever_chose_it(client: Client, read: Read) -> None:
    user = person(Role.INVESTOR)
    client.force_login(user)
    urdu(client)
    for name, words in (
        ("", "<h1>دوسری تصدیق</h1>"), ("app/", "<h1>تصدیقی ایپ ترتیب دیں</h1>"),
        ("passkey/", "<h1>پاس کلید ترتیب دیں</h1>"),
    ):  # fmt: skip
        assert words in read(f"/second-factor/{name}"), name
    assert "یہ کوڈ درست نہیں۔ وہ کوڈ لکھیں" in read("/second-factor/app/", {"code": "000000"})
    assert "پاس کلید قبول نہیں ہوئی۔" in read("/second-factor/passkey/", {"credential": "{}"})
    enrol(user)
    assert "دوسری تصدیق ایک بار پھر دکھائیں" in read("/second-factor/again/")
    assert "آگے بڑھنے سے پہلے" in read("/second-factor/again/")
    session = client.session
    session["factor_given"] = 0
    session.save()
    assert "داخل ہونے کا طریقہ بدلنے سے پہلے" in read("/second-factor/recovery/renew/", {})
    assert "<h1>بحالی کے کوڈ</h1>" in read("/second-factor/recovery/renew/", {"factor_code": app_code()})
    page = read("/second-factor/")
    assert "<b>تصدیقی ایپ</b>، " in page
    assert "، 10 باقی" in page


def test_the_second_step_of_the_door_is_urdu(client: Client, read: Read) -> None:
    user = enrol(person(Role.INVESTOR))
    urdu(client)
    page = read("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert f"{user.get_full_name()}، آپ کا پاس ورڈ درست تھا۔ اب دکھائیں کہ یہ آپ ہی ہیں۔" in page
    assert "یہ کوڈ درست نہیں، یا پہلے استعمال ہو چکا ہے۔" in read("/sign-in/code/", {"factor_code": "12"})
    for _ in range(4):
        locked = client.post("/sign-in/code/", {"factor_code": "12"})
    assert (locked.status_code, locked["Content-Language"]) == (429, "ur")
    assert "<h1>کچھ دیر کے لیے مقفل</h1>" in locked.content.decode()
    assert english(locked.content.decode()) == []


def test_an_approval_asks_an_officer_in_english(client: Client) -> None:
    """The page that asks stands at the office's address: English with the rest of the office."""
    user = enrol(person(Role.DEBT_CHECKER))
    client.force_login(user)
    urdu(client)
    session = client.session
    session["factor_given"] = 0
    session.save()
    page = client.post("/office/decisions/1/approve/").content.decode()
    assert "Before you approve this, show your second factor once more." in page
    assert '<html lang="en">' in page
