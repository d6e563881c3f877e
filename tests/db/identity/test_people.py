"""People, powers, parties and their KYC."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from tests.factories.identity import NOW, PASSWORD, approved_party, party, person
from tokenization.identity import kyc
from tokenization.identity.actors import system_user
from tokenization.identity.models import AuditEntry, KycDecision, Party, PartyMember, RoleGrant, User
from tokenization.identity.roles import HOUSES, MATRIX, Power, Role, has_power, powers_of, require_power
from tokenization.identity.services import kyc_decide, party_create, party_member_add, user_create
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PAIRS = [power.value.removesuffix("_DRAFT") for power in Power if power.value.endswith("_DRAFT")]


@pytest.mark.parametrize("pair", PAIRS)
def test_no_role_may_both_draft_and_approve(pair: str) -> None:
    draft, approve = Power(f"{pair}_DRAFT"), Power(f"{pair}_APPROVE")
    assert not [role for role, powers in MATRIX.items() if {draft, approve} <= powers]
    assert any(draft in powers for powers in MATRIX.values())
    assert any(approve in powers for powers in MATRIX.values())


def test_supply_is_created_by_the_issuer_and_the_registrar() -> None:
    makers = {house for role, powers in MATRIX.items() if Power.ISSUE_DRAFT in powers for house in HOUSES[role]}
    checkers = {house for role, powers in MATRIX.items() if Power.ISSUE_APPROVE in powers for house in HOUSES[role]}
    assert (makers, checkers) == ({"ISSUER"}, {"REGISTRAR"})


def test_the_operator_has_no_business_power() -> None:
    assert MATRIX[Role.OPERATOR] == {Power.OPERATE}
    assert set(MATRIX) == set(Role) == set(HOUSES)
    assert frozenset().union(*MATRIX.values()) == set(Power)


def test_the_matrix_is_printed_as_a_table() -> None:
    out = StringIO()
    call_command("roles", stdout=out)
    lines = out.getvalue().splitlines()
    assert "  1  DEBT_MAKER            ISSUER" in lines
    row = next(line for line in lines if line.startswith("ISSUE_APPROVE")).split()
    assert row[1:] == ["x" if Power.ISSUE_APPROVE in MATRIX[role] else "." for role in Role]


def test_powers_come_from_roles_alone() -> None:
    officer = person("FISCAL_AGENT_OFFICER")
    assert powers_of(officer) == MATRIX[Role.FISCAL_AGENT_OFFICER]
    assert has_power(officer, Power.CASH_CONFIRM)
    require_power(officer, Power.CASH_CONFIRM)
    with pytest.raises(NotAllowed, match="may not: approve a refund") as refusal:
        require_power(officer, Power.REFUND_APPROVE)
    assert refusal.value.rule == "REFUND_APPROVE"
    officer.is_superuser = True
    assert not has_power(officer, Power.REFUND_APPROVE)
    officer.is_active = False
    assert powers_of(officer) == frozenset()


def test_the_system_cannot_sign_in_and_holds_no_power() -> None:
    system = system_user()
    assert (system.house, system.has_usable_password(), powers_of(system)) == ("SYSTEM", False, frozenset())


def test_a_user_is_created_with_his_roles_and_audited() -> None:
    user = user_create(username="amina", password=PASSWORD, house="ISSUER", roles=["DEBT_MAKER"], now=NOW)
    assert user.check_password(PASSWORD)
    assert (user.is_superuser, user.is_staff) == (False, False)
    assert list(user.role_grants.values_list("role", flat=True)) == ["DEBT_MAKER"]
    entry = AuditEntry.objects.get(action="user.create")
    assert (entry.actor, entry.body) == (system_user(), '{"house":"ISSUER","roles":["DEBT_MAKER"],"username":"amina"}')
    assert PASSWORD not in entry.body


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"house": "REGISTRAR"}, Refused),
        ({"house": "SYSTEM", "roles": []}, Refused),
        ({"roles": ["DEBT_MAKER", "REGISTRAR_CHECKER"]}, Refused),
        ({"username": "system"}, Conflict),
    ],
)
def test_a_user_who_breaks_a_rule_is_not_created(fields: dict[str, Any], kind: type[Exception]) -> None:
    values = {"username": "bilal", "password": PASSWORD, "house": "ISSUER", "roles": ["DEBT_MAKER"], **fields}
    with pytest.raises(kind):
        user_create(**values, now=NOW)
    assert (User.objects.count(), RoleGrant.objects.count(), AuditEntry.objects.count()) == (1, 0, 0)


def test_a_role_is_held_once_and_is_a_known_one() -> None:
    user = person("AUDITOR")
    for role, rule in (("AUDITOR", "role_grant_once"), ("KING", "role_grant_role_known")):
        with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO identity_rolegrant (user_id, role) VALUES (%s, %s)", [user.pk, role])


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("kind", "ROBOT", Refused),
        ("category", "FRIEND", Refused),
        ("country", "pk", Refused),
        ("country", "PAK", Refused),
    ],
)
def test_a_wrong_party_is_not_created(field: str, value: str, kind: type[Exception]) -> None:
    officer = person("COMPLIANCE_OFFICER")
    values = {"reference": "P1", "name": "Bank", "kind": "BANK", "country": "PK", "category": "BANK", field: value}
    with pytest.raises(kind) as refusal:
        party_create(**values, actor=officer, now=NOW)
    assert refusal.value.field == field  # type: ignore[attr-defined]
    assert Party.objects.count() == 0


def test_a_party_is_made_by_compliance_once() -> None:
    made = party(reference="P1")
    with pytest.raises(Conflict):
        party(reference="P1")
    with pytest.raises(NotAllowed):
        party(actor=person("DEBT_MAKER"))
    assert list(Party.objects.all()) == [made]


def test_the_latest_decision_counts_at_any_instant() -> None:
    officer = person("COMPLIANCE_OFFICER")
    found = party(actor=officer)
    assert not kyc.is_valid(found, NOW)
    assert kyc.valid_until(found) is None
    end = NOW + 30 * DAY
    kyc_decide(party=found, status="APPROVED", valid_until=end, reason="seen", actor=officer, now=NOW)
    assert [kyc.is_valid(found, at) for at in (NOW - DAY, NOW, end - DAY / 86_400_000, end)] == [
        False,
        True,
        True,
        False,
    ]
    assert kyc.valid_until(found) == end
    kyc_decide(party=found, status="SUSPENDED", reason="a doubt", actor=officer, now=NOW + 5 * DAY)
    assert [kyc.is_valid(found, NOW + n * DAY) for n in (4, 5, 6)] == [True, False, False]
    assert kyc.valid_until(found) is None
    kyc_decide(
        party=found, status="APPROVED", valid_until=NOW + 60 * DAY, reason="clear", actor=officer, now=NOW + 7 * DAY
    )
    assert [kyc.is_valid(found, NOW + n * DAY) for n in (6, 7, 59, 60)] == [False, True, True, False]
    assert KycDecision.objects.filter(party=found).count() == 3


def test_many_parties_are_asked_with_one_query(django_assert_num_queries: Any) -> None:
    officer = person("COMPLIANCE_OFFICER")
    good = [approved_party(actor=officer) for _ in range(3)]
    lapsed, never = approved_party(actor=officer, until=NOW + DAY), party(actor=officer)
    with django_assert_num_queries(1):
        assert kyc.valid_parties([*good, lapsed, never], NOW + 2 * DAY) == {p.pk for p in good}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "APPROVED"}, "valid_until"),
        ({"status": "APPROVED", "valid_until": NOW}, "valid_until"),
        ({"status": "REFUSED", "valid_until": NOW + DAY}, "valid_until"),
        ({"status": "PERHAPS"}, "status"),
        ({"status": "REFUSED", "reason": " "}, "reason"),
    ],
)
def test_a_decision_that_makes_no_sense_is_refused(fields: dict[str, Any], field: str) -> None:
    officer = person("COMPLIANCE_OFFICER")
    found = party(actor=officer)
    with pytest.raises(Refused) as refusal:
        kyc_decide(**{"party": found, "reason": "seen", "actor": officer, "now": NOW, **fields})
    assert refusal.value.field == field
    assert not KycDecision.objects.exists()


def test_only_compliance_decides() -> None:
    found = party()
    with pytest.raises(NotAllowed):
        kyc_decide(party=found, status="REFUSED", reason="no", actor=person("AUDITOR"), now=NOW)
    assert not KycDecision.objects.exists()


def test_the_database_refuses_an_approval_without_end() -> None:
    officer = person("COMPLIANCE_OFFICER")
    found = party(actor=officer)
    with (
        pytest.raises(IntegrityError, match="kyc_decision_validity"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO identity_kycdecision (party_id, status, valid_from, decided_by_id, decided_at, reason) "
            "VALUES (%s, 'APPROVED', now(), %s, now(), 'raw')",
            [found.pk, officer.pk],
        )


def test_a_member_is_added_once() -> None:
    user, officer = person("INVESTOR"), person("COMPLIANCE_OFFICER")
    found = approved_party(users=[user], actor=officer)
    party_member_add(party=found, user=user, actor=officer, now=NOW)
    assert list(PartyMember.objects.values_list("user", "party")) == [(user.pk, found.pk)]
    assert AuditEntry.objects.filter(action="party.member").count() == 1
