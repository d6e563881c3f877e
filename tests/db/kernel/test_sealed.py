"""What is kept about persons: sealed in the database, moved to a new key, seen whole on the record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.utils import IntegrityError
from django.test import Client

from custody.cash.models import CashBurn
from custody.servicing.actions import BankAccountVerify
from custody.servicing.models import BankAccount
from tests.factories import cashless
from tests.factories.servicing import synthetic_iban
from tests.factories.trades import Floor
from tests.support.database import TestCluster
from tests.support.people import APP_SECRET, enrol, party, person
from tests.support.rotation import rotated_as_owner
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, ApprovalItem, AuditEntry
from tokenization.identity.roles import MATRIX, Power, Role
from tokenization.kernel import clock
from tokenization.kernel.errors import Conflict
from tokenization.kernel.secrets import equality_hashes, masked, seal, unseal
from tokenization.local.postgres import OWNER

NUMBER = synthetic_iban(7)
OLD, NEW = "the-old-key-of-tests-that-is-long-enough", "the-new-key-of-tests-that-is-long-enough"
READERS = {role for role in Role if Power.BANK_DETAILS_READ in MATRIX[role]}


def verified() -> BankAccount:
    maker, checker = person(Role.COMPLIANCE_OFFICER), person(Role.COMPLIANCE_CHECKER)
    payload = {"party": party().pk, "iban": NUMBER, "title": "Test fund", "currency": "PKR", "source": "letter"}
    proposal = approval_propose(action=BankAccountVerify.name, payload=payload, actor=maker, now=clock.now())
    approval_approve(approval_id=proposal.pk, actor=checker, now=clock.now())
    return BankAccount.objects.get(approval=proposal)


def everything() -> str:
    """All that the tables about it hold, as whoever copies the database reads it."""
    found = []
    tables = (BankAccount, Approval, ApprovalItem, AuditEntry, CashBurn)
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.django_db
def test_a_verified_account_is_nowhere_in_plain() -> None:
    row = verified()
    assert row.iban == NUMBER
    kept = everything()
    assert NUMBER not in kept
    # Nor its own part, nor its end, nor a hash that anybody can try numbers against.
    assert NUMBER[4:] not in kept
    assert NUMBER[-4:] in kept  # masked, in the preview that was approved
    for guess in equality_hashes(NUMBER):
        assert guess.removeprefix("0x") not in kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban FROM servicing_bankaccount")
        raw = cursor.fetchone()[0]
        cursor.execute("SELECT encode(sha256(%s::bytea), 'hex')", [NUMBER.encode()])
        digest = cursor.fetchone()[0]
    assert raw.startswith("gAAAA")
    assert NUMBER[-4:] not in raw
    assert unseal(raw) == NUMBER
    assert digest not in kept


@pytest.mark.django_db
def test_what_two_people_approve_binds_the_sealed_number_and_shows_its_end() -> None:
    row = verified()
    approval = row.approval
    assert unseal(json.loads(approval.payload)["iban"]) == NUMBER
    assert approval.preview["rows"][0][1:] == ["none", masked(NUMBER)] == ["none", f"…{NUMBER[-4:]}"]
    assert str(row) == f"…{NUMBER[-4:]}, Test fund"


@pytest.mark.django_db
def test_a_second_account_of_a_party_does_not_wait_beside_the_first() -> None:
    maker = person(Role.COMPLIANCE_OFFICER)
    payload = {"party": party().pk, "iban": NUMBER, "title": "T", "currency": "PKR", "source": "letter"}
    approval_propose(action=BankAccountVerify.name, payload=payload, actor=maker, now=clock.now())
    with pytest.raises(Conflict, match="already waiting"):
        approval_propose(action=BankAccountVerify.name, payload=payload, actor=maker, now=clock.now())
    assert Approval.objects.count() == 1


@pytest.mark.django_db
def test_a_pay_outs_account_is_nowhere_in_plain() -> None:
    floor = Floor()
    cashless.hold(floor.cash, floor.buyer.wallet, 500_000)
    burn = cashless.request(floor.buyer.wallet, 1_000)
    assert CashBurn.objects.get(pk=burn.pk).payee == burn.payee == "PK36SCBL0000001123456702"
    assert burn.payee not in everything()


@pytest.mark.django_db
def test_rows_cannot_be_found_by_what_is_sealed() -> None:
    for lookup in ("iban", "iban__contains", "iban__in"):
        with pytest.raises(FieldError, match="is sealed"):
            BankAccount.objects.filter(**{lookup: NUMBER}).exists()


@pytest.mark.django_db
def test_the_database_takes_nothing_plain() -> None:
    floor = Floor()
    cashless.hold(floor.cash, floor.buyer.wallet, 500_000)
    cashless.request(floor.buyer.wallet, 1_000)
    columns = "token_id, wallet_id, party_id, amount_minor, instruction_id, bank_reference, state, reason"
    columns += ", requested_by_id, requested_at, recovers"
    with pytest.raises(IntegrityError, match="payee_check"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO cash_cashburn (payee, {columns}) SELECT 'PK00PLAIN', {columns} FROM cash_cashburn")


@pytest.mark.django_db
def test_saving_an_unchanged_row_changes_nothing_in_it() -> None:
    row = verified()
    with connection.cursor() as cursor:
        cursor.execute("SELECT iban FROM servicing_bankaccount")
        before = cursor.fetchone()
        BankAccount.objects.get(pk=row.pk).save()
        cursor.execute("SELECT iban FROM servicing_bankaccount")
        assert cursor.fetchone() == before


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.INVESTOR, Role.SUPERVISOR}])
def test_the_whole_number_is_for_those_who_need_it_and_each_look_is_recorded(client: Client, role: Role) -> None:
    row = verified()
    user = person(role)
    client.force_login(user)
    for address in (f"account/{row.pk}", f"proposal/{row.approval_id}"):
        answer = client.get(f"/office/details/{address}/")
        assert (answer.status_code == 200) is (role in READERS)
        assert (NUMBER in answer.content.decode()) is (role in READERS)
    looks = AuditEntry.objects.filter(action="bank_details.look", actor=user).order_by("pk")
    wanted = [f"servicing.bankaccount:{row.pk}", f"identity.approval:{row.approval_id}"] if role in READERS else []
    assert list(looks.values_list("subject", flat=True)) == wanted
    if role in {Role.AUDITOR, Role.EXAMINER}:
        return
    stem = f"/office/servicing/bankaccount/{row.pk}/change/"
    for page in ("/office/servicing/bankaccount/", stem, f"/office/decisions/{row.approval_id}/"):
        text = client.get(page).content.decode()
        assert NUMBER not in text
        assert masked(NUMBER) in text, page


@pytest.mark.django_db
def test_an_approval_without_a_sealed_number_has_nothing_to_show(client: Client) -> None:
    row = verified()
    client.force_login(person(Role.COMPLIANCE_CHECKER))
    assert client.get("/office/details/nothing/1/").status_code == 404
    assert client.get(f"/office/details/account/{row.pk + 1}/").status_code == 404


def test_a_new_key_writes_and_the_old_one_still_reads(settings: Any) -> None:
    settings.FIELD_KEYS = [OLD]
    kept = seal(NUMBER)
    settings.FIELD_KEYS = [NEW, OLD]
    assert unseal(kept) == NUMBER
    settings.FIELD_KEYS = [NEW]
    with pytest.raises(ImproperlyConfigured, match="no key that opens this"):
        unseal(kept)
    assert seal(NUMBER) != seal(NUMBER)


@pytest.mark.parametrize(("keys", "words"), [([], "is empty"), (["short"], "fewer than 32")])
def test_without_keys_nothing_is_kept(settings: Any, keys: list[str], words: str) -> None:
    settings.FIELD_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match=words):
        seal(NUMBER)


@pytest.mark.parametrize(
    ("text", "told"),
    [(NUMBER, f"…{NUMBER[-4:]}"), ("12345678", "…"), ("", ""), ("treasury single account", "treasury single account")],
)
def test_a_mask_tells_the_last_four_of_a_number(text: str, told: str) -> None:
    assert masked(text) == told


def test_rotation_moves_everything_to_the_new_key_as_the_owner_alone(
    fresh_db: str, postgres: TestCluster, settings: Any
) -> None:
    settings.FIELD_KEYS = [OLD]
    row, user = verified(), enrol(person(Role.DEBT_MAKER))
    settings.FIELD_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="Run this as the owner of the tables"):
        call_command("field_keys_rotate")
    with psycopg.connect(postgres.url(fresh_db, OWNER)) as owner:
        before = owner.execute("SELECT iban FROM servicing_bankaccount").fetchone()
    rotated_as_owner(postgres, fresh_db)
    settings.FIELD_KEYS = [NEW]
    assert BankAccount.objects.get(pk=row.pk).iban == NUMBER
    factor = Authenticator.objects.get(user=user, type="totp")
    assert unseal(factor.data["secret"]) == APP_SECRET
    with psycopg.connect(postgres.url(fresh_db, OWNER)) as owner:
        assert owner.execute("SELECT iban FROM servicing_bankaccount").fetchone() != before
        # And the guards stand again.
        with pytest.raises(psycopg.errors.IntegrityError, match="bank_account_is_fixed"):
            owner.execute("UPDATE servicing_bankaccount SET iban = 'gAAAAother'")
    assert datetime.now(UTC) > row.valid_from
