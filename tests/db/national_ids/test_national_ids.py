"""The national identity number of a person: verified by two, sealed, one party to a number, shown by its end."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, transaction

from tests.factories.identity import party, person
from tests.factories.national_ids import BARE, NUMBER, OTHER, approved, betrays, natural, payload, proposed, registered
from tests.unit.maths.vectors import VECTORS
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, ApprovalItem, AuditEntry, NationalId, Party
from tokenization.identity.national_ids.actions import NationalIdRegister
from tokenization.identity.national_ids.schemes import national_number
from tokenization.identity.national_ids.selectors import national_id_of
from tokenization.identity.national_ids.selectors import registered as holder_of
from tokenization.kernel import clock
from tokenization.kernel.errors import Conflict, NotAllowed, Refused
from tokenization.kernel.secrets import equality_hashes, masked, unseal

pytestmark = pytest.mark.django_db


def everything() -> str:
    """All that any table holds, as whoever copies the database reads it."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model._meta.proxy and model._meta.managed:
                cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
                found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_a_number_is_nowhere_in_plain() -> None:
    row = registered(natural())
    assert row.number == NUMBER
    kept = everything()
    assert len(kept) > 1_000
    assert betrays(kept) == []
    assert masked(NUMBER) in kept  # in the preview that was approved
    # Nor a hash that anybody can try numbers against.
    for text in (NUMBER, BARE):
        assert hashlib.sha256(text.encode()).hexdigest() not in kept
    assert row.number_index == equality_hashes(NUMBER)[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM identity_nationalid")
        raw = cursor.fetchone()[0]
    assert raw.startswith("gAAAA")
    assert unseal(raw) == NUMBER


def test_what_two_people_approve_binds_the_sealed_number_and_shows_its_end() -> None:
    row = registered(natural(reference="P-NAT"))
    approval = row.approval
    assert unseal(json.loads(approval.payload)["number"]) == NUMBER
    assert unseal(ApprovalItem.objects.get(approval=approval).body["number"]) == NUMBER
    assert approval.preview["rows"][0][1:] == ["none", "…21-9"]
    assert (approval.subject, str(row)) == ("CNIC of P-NAT", "CNIC …21-9")
    said = "".join(AuditEntry.objects.values_list("body", flat=True))
    assert betrays(said) == []
    assert approval.payload_hash in said


@pytest.mark.parametrize("typed", [NUMBER, BARE, f"  {NUMBER} "])
def test_it_is_kept_as_it_is_written_whichever_way_it_is_typed(typed: str) -> None:
    row = approved(proposed(natural(), typed))
    assert row.number == NUMBER
    assert row.number_index == equality_hashes(NUMBER)[0]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "13 digits"),
        ("10000-7654321", "13 digits"),
        ("10000-7654321-99", "13 digits"),
        ("1-0000-7654321-9", "13 digits"),
        ("100007654321-9", "13 digits"),
        ("10000 7654321 9", "13 digits"),
        ("10000-765432I-9", "13 digits"),
        ("00000-7654321-9", "the first digit is 1 to 7"),
        ("80000-7654321-9", "the first digit is 1 to 7"),
        ("10000-7654321-0", "the last 1 to 9"),
    ],
)
def test_what_is_no_cnic_is_refused_without_being_repeated(typed: str, words: str) -> None:
    whose = natural()
    with pytest.raises(Refused, match=words) as refusal:
        proposed(whose, typed)
    assert (refusal.value.field, refusal.value.rule) == ("number", "CNIC")
    assert not typed or typed not in str(refusal.value)
    assert Approval.objects.count() == NationalId.objects.count() == 0


def test_the_published_examples_are_told_apart() -> None:
    row = VECTORS["cnic"]
    for number, good in zip(row["inputs"]["cnics"], row["expected"], strict=True):
        if good:
            assert national_number(number, "CNIC") == number, row["source"]
        else:
            with pytest.raises(Refused):
                national_number(number, "CNIC")
    with pytest.raises(Refused, match="not known"):
        national_number(NUMBER, "PASSPORT")


@pytest.mark.parametrize(("change", "field"), [({"source": " "}, "source"), ({"party": 0}, "party")])
def test_it_says_whose_and_how_it_was_verified(change: dict[str, object], field: str) -> None:
    asked = payload(natural()) | change
    with pytest.raises(Refused) as refusal:
        approval_propose(
            action=NationalIdRegister.name, payload=asked, actor=person("COMPLIANCE_OFFICER"), now=clock.now()
        )
    assert refusal.value.field == field
    assert Approval.objects.count() == 0


def test_only_a_natural_person_has_one() -> None:
    with pytest.raises(Refused, match="Only a natural person") as refusal:
        proposed(party(kind="COMPANY"))
    assert (refusal.value.field, refusal.value.rule) == ("party", "a natural person")
    assert Approval.objects.count() == 0


def test_a_number_of_another_party_is_refused_when_it_is_asked_for() -> None:
    registered(natural())
    second, before = natural(), Approval.objects.count()
    with pytest.raises(Refused, match="registered to another party") as refusal:
        proposed(second, BARE)
    assert (refusal.value.field, refusal.value.rule) == ("number", "one person, one party")
    assert (Approval.objects.count(), NationalId.objects.count()) == (before, 1)


def test_a_number_of_another_party_is_refused_when_it_is_approved() -> None:
    first, second = proposed(natural()), proposed(natural())
    approved(first)
    with pytest.raises(Refused, match="registered to another party"):
        approval_approve(approval_id=second.pk, actor=person("COMPLIANCE_CHECKER"), now=clock.now())
    second.refresh_from_db()
    assert second.state == "PENDING"
    assert NationalId.objects.get().approval == first


def test_a_second_number_of_a_party_does_not_wait_beside_the_first() -> None:
    whose = natural()
    proposed(whose)
    with pytest.raises(Conflict, match="already waiting"):
        proposed(whose, OTHER)
    assert Approval.objects.count() == 1


def test_a_number_put_right_ends_the_one_before_and_sets_it_free() -> None:
    whose, later = natural(), clock.now() + timedelta(days=1)
    wrong = registered(whose)
    with pytest.raises(Refused, match="for the party already"):
        proposed(whose)
    asked = proposed(whose, OTHER, now=later)
    assert asked.preview["rows"][0][1:] == ["…21-9", "…22-8"]
    assert asked.preview["warnings"] == ["This ends the number registered before."]
    right = approved(asked, now=later)
    wrong.refresh_from_db()
    assert (wrong.valid_until, right.valid_from, right.valid_until) == (later, later, None)
    assert national_id_of(whose, "CNIC") == right
    assert holder_of(NUMBER, "CNIC") is None
    owner = registered(natural(), NUMBER, now=later)
    assert holder_of(NUMBER, "CNIC") == owner


def test_one_person_alone_registers_nothing() -> None:
    whose, officer = natural(), person("COMPLIANCE_OFFICER", "COMPLIANCE_CHECKER")
    asked = proposed(whose, actor=officer)
    with pytest.raises(NotAllowed, match="own proposal"):
        approval_approve(approval_id=asked.pk, actor=officer, now=clock.now())
    for role in ("DEBT_MAKER", "FISCAL_AGENT_OFFICER", "COMPLIANCE_CHECKER"):
        with pytest.raises(NotAllowed):
            proposed(natural(), OTHER, actor=person(role))
    assert NationalId.objects.count() == 0


def test_registrations_come_one_after_another() -> None:
    with transaction.atomic():
        registered(natural())
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchone()[0] == 1


def test_rows_cannot_be_found_by_the_number_itself() -> None:
    with pytest.raises(FieldError, match="is sealed"):
        NationalId.objects.filter(number=NUMBER).exists()
    with pytest.raises(FieldError, match="is sealed"):
        Party.objects.filter(national_ids__number=NUMBER).exists()


def test_under_two_keys_a_number_is_still_found_and_still_of_one_party(settings: object) -> None:
    old, new = "the-old-key-of-tests-that-is-long-enough", "the-new-key-of-tests-that-is-long-enough"
    settings.FIELD_KEYS = [old]  # type: ignore[attr-defined]
    first = registered(natural())
    settings.FIELD_KEYS = [new, old]  # type: ignore[attr-defined]
    assert first.number_index == equality_hashes(NUMBER)[1] != equality_hashes(NUMBER)[0]
    assert holder_of(NUMBER, "CNIC") == first
    with pytest.raises(Refused, match="registered to another party"):
        proposed(natural())
