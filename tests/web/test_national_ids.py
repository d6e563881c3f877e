"""A person's national identity number on the pages: asked for, decided, seen by its end, whole for few and recorded."""

from __future__ import annotations

import io
import logging
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.services import evidence_advance, evidence_bytes, evidence_prepare
from tests.api.calling import caller
from tests.db.reconciliation.evidence.conftest import contract, signed_books
from tests.db.reconciliation.evidence.world import SignedBooks
from tests.db.reconciliation.world import run
from tests.factories.ledger import NOW
from tests.factories.national_ids import NUMBER, OTHER, betrays, natural, registered
from tests.support.people import person
from tokenization.identity.models import Approval, AuditEntry, NationalId, Party, PartyMember
from tokenization.identity.roles import MATRIX, Power, Role
from tokenization.kernel.secrets import masked

__all__ = ["contract", "signed_books"]
pytestmark = pytest.mark.django_db
FORM = "/office/propose/national-id/"
READERS = {role for role in Role if Power.NATIONAL_ID_READ in MATRIX[role]}
OFFICERS = [role for role in Role if role not in {Role.INVESTOR, Role.SUPERVISOR}]


def fields(of: Party, number: str = NUMBER) -> dict[str, object]:
    return {"party": of.pk, "number": number, "source": "card seen by two"}


def test_two_officers_register_it_and_every_page_shows_its_end(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    whose = natural()
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    assert "written 12345-1234567-1" in client.get(FORM).content.decode()
    asked = client.post(FORM, fields(whose))
    approval = Approval.objects.get()
    decision = f"/office/decisions/{approval.pk}/"
    assert asked["Location"] == decision
    client.force_login(person(Role.COMPLIANCE_CHECKER))
    page = client.get(decision).content.decode()
    assert f"/office/details/proposal/{approval.pk}/" in page
    assert f"CNIC of {whose.reference}" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    client.post(f"{decision}approve/", {"seen": seen})
    row = NationalId.objects.get(party=whose)
    assert row.number == NUMBER
    stem = "/office/identity/nationalid/"
    for address in (decision, f"/office/identity/party/{whose.pk}/change/", stem, f"{stem}{row.pk}/change/"):
        text = client.get(address).content.decode()
        assert masked(NUMBER) in text, address
        assert betrays(text) == [], address
        assert row.number_index not in text, address
    for address in ("/office/", "/office/decisions/", "/office/identity/approval/", "/office/identity/auditentry/"):
        assert betrays(client.get(address).content.decode()) == [], address
    assert betrays("".join(AuditEntry.objects.values_list("body", flat=True))) == []
    assert caplog.records
    assert betrays(caplog.text) == []


@pytest.mark.parametrize("number", ["1234", "00000-7654321-9"])
def test_what_is_no_cnic_is_said_at_its_field(client: Client, number: str) -> None:
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    page = client.post(FORM, fields(natural(), number)).content.decode()
    assert "13 digits, written" in page if number == "1234" else "the first digit is 1 to 7" in page
    assert 'aria-invalid="true"' in page
    assert Approval.objects.count() == 0


def test_somebody_elses_number_is_said_at_its_field_without_saying_whose(client: Client) -> None:
    first = registered(natural(name="Somebody Else")).party
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    second, before = natural(), Approval.objects.count()
    page = client.post(FORM, fields(second)).content.decode()
    assert "This number is registered to another party." in page
    assert 'aria-invalid="true"' in page
    assert f"{first.reference} registered" not in page
    assert (Approval.objects.count(), NationalId.objects.count()) == (before, 1)


def test_a_company_cannot_be_chosen_and_others_may_not_ask(client: Client) -> None:
    company = natural()
    Party.objects.filter(pk=company.pk).update(kind="COMPANY")
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    assert "Select a valid choice" in client.post(FORM, fields(company)).content.decode()
    for role in (Role.DEBT_MAKER, Role.COMPLIANCE_CHECKER, Role.OPERATOR):
        client.force_login(person(role))
        assert client.get(FORM).status_code == client.post(FORM, fields(natural())).status_code == 404
    assert Approval.objects.count() == 0


def test_an_identity_check_says_when_a_persons_number_is_missing(client: Client) -> None:
    client.force_login(person(Role.COMPLIANCE_OFFICER))
    with_one, without, company = natural(), natural(), natural()
    registered(with_one)
    Party.objects.filter(pk=company.pk).update(kind="COMPANY")
    for whose, told in ((with_one, False), (without, True), (company, False)):
        form = {"party": whose.pk, "status": "SUSPENDED", "reason": "documents missing"}
        page = client.post("/office/propose/kyc/", form, follow=True).content.decode()
        assert "suspended." in page
        assert ("No CNIC of this person is registered yet." in page) is told


def test_the_whole_number_is_for_those_who_verify_it_and_each_look_is_recorded(client: Client) -> None:
    row = registered(natural())
    for role in OFFICERS:
        user = person(role)
        client.force_login(user)
        for address in (f"national-id/{row.pk}", f"proposal/{row.approval_id}"):
            answer = client.get(f"/office/details/{address}/")
            assert (answer.status_code == 200) is (role in READERS), (role, address)
            assert (NUMBER in answer.content.decode()) is (role in READERS), (role, address)
        looks = AuditEntry.objects.filter(actor=user, action="national_id.look").order_by("pk")
        wanted = [f"identity.nationalid:{row.pk}", f"identity.approval:{row.approval_id}"] if role in READERS else []
        assert list(looks.values_list("subject", flat=True)) == wanted
    assert {Role.COMPLIANCE_OFFICER, Role.COMPLIANCE_CHECKER} == READERS
    assert betrays("".join(AuditEntry.objects.values_list("body", flat=True))) == []


def test_the_investor_sees_the_end_of_his_own_and_of_nobody_elses(client: Client) -> None:
    user, other = person(Role.INVESTOR), person(Role.INVESTOR)
    whose, theirs, none = (natural(name=name) for name in ("Sample Person", "Other Person", "Third Person"))
    for member, party in ((user, whose), (user, none), (other, theirs)):
        PartyMember.objects.create(user=member, party=party)
    registered(whose)
    registered(theirs, OTHER)
    client.force_login(user)
    page = client.get("/portal/").content.decode()
    assert "National identity number (CNIC) of Sample Person</dt><dd>…21-9</dd>" in page
    assert "National identity number (CNIC) of Third Person</dt><dd>not registered yet</dd>" in page
    assert betrays(page) == []
    assert masked(OTHER) not in page
    client.post("/language/", {"language": "ur", "next": "/portal/"})
    urdu = client.get("/portal/").content.decode()
    assert "Sample Person کا قومی شناختی کارڈ نمبر (CNIC)" in urdu
    assert "ابھی درج نہیں" in urdu
    assert masked(NUMBER) in urdu


def test_a_company_is_shown_no_such_line(client: Client) -> None:
    user, company = person(Role.INVESTOR), natural()
    Party.objects.filter(pk=company.pk).update(kind="COMPANY")
    PartyMember.objects.create(user=user, party=company)
    client.force_login(user)
    assert "Your details" not in client.get("/portal/").content.decode()


def test_the_interface_says_nothing_of_it(signed_books: SignedBooks) -> None:
    user, whose = person(Role.INVESTOR), natural()
    PartyMember.objects.create(user=user, party=whose)
    registered(whose)
    paths = [path for path in api_paths() if "<" not in path and path != "schema"]
    assert len(paths) > 10
    answered = set()
    for asks in (caller(user), caller(person(Role.COMPLIANCE_OFFICER))):
        for path in paths:
            said = asks.get(path)
            answered |= {path} if said.status == 200 else set()
            assert betrays(str(said.body)) == [], path
            assert masked(NUMBER) not in str(said.body), path
    assert {"portfolio", "payments", "bids", "allotments"} <= answered


def api_paths() -> list[str]:
    (api,) = (entry for entry in get_resolver().url_patterns if str(entry.pattern) == "api/v1/")
    return [str(entry.pattern) for entry in api.url_patterns]  # type: ignore[union-attr]


def test_auditors_and_what_they_take_away_hold_it_sealed(client: Client, signed_books: SignedBooks) -> None:
    row = registered(natural())
    made = run(signed_books, "month end")
    client.force_login(person(Role.AUDITOR))
    addresses = [f"/assurance/approvals/{row.approval_id}/", "/assurance/approvals/", "/assurance/audit/"]
    addresses += [f"{page}?take=csv" for page in addresses[1:]]
    addresses += [f"/assurance/runs/{made.pk}.{form}" for form in ("csv", "xlsx", "pdf")]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert betrays(answer.content.decode(errors="ignore")) == [], address
    evidence_prepare(run=made, actor=person(Role.AUDITOR), now=NOW)
    evidence_advance(now=NOW)
    pack: Any = EvidencePack.objects.get()
    assert unpacked(evidence_bytes(pack)) == []


def unpacked(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) > 5
        return [name for name in archive.namelist() if betrays(archive.read(name).decode(errors="ignore"))]
