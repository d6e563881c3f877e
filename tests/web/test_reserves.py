"""Reserves in the office, and the examiner's own pages: a list refused line by line, a key that never comes here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from contracts.gateway.keys import LocalKey
from contracts.gateway.typed_data import recover
from custody.reserves.lists import csv_of
from custody.reserves.models import ReserveAttestation, VaultItem, VaultList
from tests.factories import examined, reserves, vault_lists
from tests.factories.examined import NOW, Examined
from tests.support.people import person
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def upload(client: Client, vault: int, content: bytes) -> str:
    file = SimpleUploadedFile("list.csv", content)
    return client.post("/office/reserves/", {"vault": vault, "file": file}, follow=True).content.decode()


def test_the_registrars_officer_takes_a_list_in_or_reads_what_is_wrong(client: Client) -> None:
    vault = reserves.vault()
    client.force_login(person(Role.REGISTRAR_OFFICER))
    assert "No list has been taken in yet." in client.get("/office/reserves/").content.decode()
    page = upload(client, vault.pk, vault_lists.wrong_weight_lists()["arithmetic.csv"])
    assert "The list was refused whole; nothing was written." in page
    assert "401.125 x 995.8/1000 = 399.440, and the list says 399.441" in page
    assert VaultList.objects.count() == 0
    page = upload(client, vault.pk, csv_of(vault_lists.weight_list()))
    assert "List 1 of VLT-ONE was taken in: 27 items." in page
    assert "10,784.815 fine troy ounces" in page


def test_another_officer_looks_and_takes_nothing_in(client: Client) -> None:
    vault = reserves.vault()
    client.force_login(person(Role.DEBT_MAKER))
    answer = client.post(
        "/office/reserves/", {"vault": vault.pk, "file": SimpleUploadedFile("x.csv", csv_of(vault_lists.weight_list()))}
    )
    assert (answer.status_code, VaultList.objects.count()) == (403, 0)
    assert "you may look" in answer.content.decode()


def test_items_are_filtered_and_exported_as_they_stand(client: Client) -> None:
    bars = reserves.bars(3)
    reserves.decide("EncumberItems", bars[:1], to="PLEDGED", holder="Bank of tests")
    client.force_login(person(Role.DEBT_MAKER))
    page = client.get("/office/reserves/items/", {"state": "FREE"}).content.decode()
    assert "TS00001" in page
    assert "TS00000" not in page
    answer = client.get("/office/reserves/items/", {"state": "PLEDGED", "as": "csv"})
    lines = answer.content.decode("utf-8-sig").strip().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(
        "TEST REFINER A/TS00000/2018,VLT-ONE,401.125 fine troy ounces,995.8,399.440 fine troy ounces"
    )


def test_the_office_shows_what_carries_new_units(client: Client) -> None:
    case = Examined()
    case.in_force()
    client.force_login(person(Role.DEBT_CHECKER))
    page = client.get("/office/reserves/").content.decode()
    assert page.count("1,193.176 fine troy ounces") == 4
    assert "days" in page


def test_an_allocation_is_proposed_from_its_form(client: Client) -> None:
    gold, bars = reserves.token(), reserves.bars(2)
    client.force_login(person(Role.DEBT_MAKER))
    form = {"token": gold.pk, "items": [row.pk for row in bars], "reason": "first series"}
    client.post("/office/propose/allocate/", form)
    waiting = Approval.objects.get(action="custody.reserves.AllocateItems")
    assert json.loads(waiting.payload)["items"] == [row.pk for row in bars]
    assert list(VaultItem.objects.values_list("state", flat=True)) == ["FREE", "FREE"]


def drawn_up(client: Client, case: Examined, **more: str) -> ReserveAttestation:
    ends = (examined.EXPIRY - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    form = {
        "token": str(case.token.pk),
        "encumbered": "0",
        "expiry": ends,
        "scope": "All bars",
        "standard": "ISAE 3000",
    }
    client.post("/examiner/", form | more)
    return ReserveAttestation.objects.latest("pk")


def test_the_examiner_draws_up_signs_outside_and_hands_in(client: Client) -> None:
    case = Examined()
    client.force_login(case.examiner)
    assert "You have drawn up no attestation yet." in client.get("/examiner/").content.decode()
    row = drawn_up(client, case, quantity="1193.170")
    assert (row.quantity_minor, row.claimed_minor, row.state) == (1_193_170, 1_193_176, "DRAFT")
    answer = client.get(f"/examiner/attestations/{row.pk}/message/")
    message = json.loads(answer.content)
    assert (message["primaryType"], message["message"]["quantity"]) == ("Attestation", 1_193_170)
    assert client.get(f"/examiner/attestations/{row.pk}/report/").content == bytes(row.report.content)
    signature = case.key.sign_typed_data(message)
    assert recover(message, signature) == case.key.address
    page = client.post(f"/examiner/attestations/{row.pk}/", {"signature": signature}, follow=True).content.decode()
    assert "Your signature was taken." in page
    row.refresh_from_db()
    assert (row.state, row.signature) == ("RECEIVED", signature)


def test_the_examiner_writes_the_end_in_the_time_that_the_page_names(client: Client) -> None:
    """The pages speak of Pakistan's time; what he signs is the same instant."""
    case = Examined()
    client.force_login(case.examiner)
    page = client.get("/examiner/").content.decode()
    assert "UTC" not in page
    assert "Time of Pakistan (PKT)" in page
    day = (examined.EXPIRY - timedelta(days=1)).date()
    row = drawn_up(client, case, expiry=f"{day}T17:30:00")
    assert row.expiry == datetime(day.year, day.month, day.day, 12, 30, tzinfo=UTC)
    message = json.loads(client.get(f"/examiner/attestations/{row.pk}/message/").content)
    assert int(row.expiry.timestamp()) in message["message"].values()


def test_a_strangers_signature_is_refused_in_words(client: Client) -> None:
    case = Examined()
    client.force_login(case.examiner)
    row = drawn_up(client, case)
    message = json.loads(client.get(f"/examiner/attestations/{row.pk}/message/").content)
    address = f"/examiner/attestations/{row.pk}/"
    page = client.post(address, {"signature": LocalKey.create().sign_typed_data(message)}).content.decode()
    assert "not this examiner&#x27;s over these figures" in page
    assert "65 bytes" in client.post(address, {"signature": "0x12"}).content.decode()
    row.refresh_from_db()
    assert row.state == "DRAFT"


def test_more_than_the_lists_say_is_refused_at_its_field(client: Client) -> None:
    case = Examined()
    client.force_login(case.examiner)
    ends = (examined.EXPIRY - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    form = {"token": case.token.pk, "quantity": "1193.177", "encumbered": "0", "expiry": ends, "scope": "x"}
    page = client.post("/examiner/", form | {"standard": "x"}).content.decode()
    assert "At most what the lists say" in page
    assert ReserveAttestation.objects.count() == 0


def test_an_examiner_finds_nobody_elses_attestation(client: Client) -> None:
    case = Examined()
    row = case.draft()
    other = person(Role.EXAMINER)
    case.enrol(LocalKey.create(), examined.party(other))
    for user in (other, person(Role.EXAMINER)):
        client.force_login(user)
        for part in ("", "message/", "report/"):
            assert client.get(f"/examiner/attestations/{row.pk}/{part}").status_code == 404
        assert client.post(f"/examiner/attestations/{row.pk}/", {"signature": "0x"}).status_code == 404
    row.refresh_from_db()
    assert row.state == "DRAFT"


@pytest.mark.parametrize("role", [role for role in Role if role != Role.EXAMINER])
def test_the_examination_is_closed_to_everybody_else(client: Client, role: Role) -> None:
    client.force_login(person(role))
    assert client.get("/examiner/").status_code == 403
