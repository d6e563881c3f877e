"""Approving and rejecting from the page: who may, what is said, and that a refusal changes nothing."""

from __future__ import annotations

import pytest
from django.test import Client

from issuance.authority.models import LegalAuthority
from tests.support.people import person
from tests.web.test_office_browser import proposed_authority
from tokenization.backoffice.pages.deciders import Deciders, waiting, why_not
from tokenization.identity.approvals import approval_preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Role, powers_of
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def approval() -> Approval:
    return proposed_authority(person(Role.DEBT_MAKER))


def seen(approval: Approval) -> dict[str, str]:
    return {"seen": approval_preview(approval=approval, now=clock.now()).digest()}


def state(approval: Approval) -> tuple[str, str]:
    return Approval.objects.get(pk=approval.pk).state, LegalAuthority.objects.get().state


def post(client: Client, user: User, approval: Approval, what: str, body: dict[str, str]) -> str:
    client.force_login(user)
    answer = client.post(f"/office/decisions/{approval.pk}/{what}/", body, follow=True)
    return answer.content.decode()


def test_a_checker_approves_what_he_has_seen(client: Client, approval: Approval) -> None:
    assert "Approved, and in effect. Whose turn comes next stands on Today." in post(
        client, person(Role.DEBT_CHECKER), approval, "approve", seen(approval)
    )
    assert state(approval) == ("APPROVED", "IN_FORCE")


def test_nobody_approves_without_the_preview(client: Client, approval: Approval) -> None:
    assert "read the preview first" in post(client, person(Role.DEBT_CHECKER), approval, "approve", {})
    assert state(approval) == ("PENDING", "DRAFT")


def test_nobody_approves_another_effect_than_he_saw(client: Client, approval: Approval) -> None:
    page = post(client, person(Role.DEBT_CHECKER), approval, "approve", {"seen": "0x" + "0" * 64})
    assert "The effect has changed since you looked at it." in page
    assert state(approval) == ("PENDING", "DRAFT")


def test_the_maker_may_not_approve(client: Client, approval: Approval) -> None:
    page = post(client, approval.maker, approval, "approve", seen(approval))
    assert "may not" in page
    assert state(approval) == ("PENDING", "DRAFT")


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.REGISTRAR_CHECKER, Role.FISCAL_AGENT_CHECKER])
def test_a_role_without_the_power_may_not_decide(client: Client, approval: Approval, role: Role) -> None:
    for what, body in (("approve", seen(approval)), ("reject", {"reason": "no"}), ("withdraw", {"reason": "no"})):
        post(client, person(role), approval, what, body)
        assert state(approval) == ("PENDING", "DRAFT")


def test_a_checker_sees_no_withdraw_and_a_stranger_no_buttons(client: Client, approval: Approval) -> None:
    client.force_login(person(Role.OPERATOR))
    page = client.get(f"/office/decisions/{approval.pk}/").content.decode()
    assert "your role does not include" in page
    assert "/approve/" not in page


def test_who_may_approve_is_said_by_role_and_name(client: Client, approval: Approval) -> None:
    client.force_login(approval.maker)
    nobody = "Debt office, checker: nobody has this role now"
    assert nobody in client.get("/office/decisions/").content.decode()
    checkers = [person(Role.DEBT_CHECKER) for _ in range(4)]
    User.objects.filter(pk=checkers[3].pk).update(is_active=False)
    User.objects.filter(pk=checkers[0].pk).update(first_name="Zara", last_name="Zaman")
    for path in ("/office/decisions/", "/office/", f"/office/decisions/{approval.pk}/"):
        page = client.get(path).content.decode()
        assert "Who may approve" in page, path
        said = page.split("Debt office, checker: ")[1].split("<")[0]
        assert said.endswith("Zara Zaman"), path
        assert said.count(",") == 2, path
    client.force_login(checkers[0])
    assert "Who may approve" not in client.get("/office/decisions/").content.decode()


def test_where_two_houses_are_needed_the_makers_own_is_not_named() -> None:
    maker = person(Role.DEBT_MAKER)
    asked = Approval(action="custody.cash.CashBurnApprove", two_houses=True, maker=maker, maker_house="TREASURY")
    person(Role.TREASURY_CHECKER)
    assert Deciders([asked]).of(asked) == "Fiscal agent, checker: nobody has this role now"
    agent = person(Role.FISCAL_AGENT_CHECKER)
    assert Deciders([asked]).of(asked) == f"Fiscal agent, checker: {agent.get_full_name()}"


@pytest.mark.parametrize("role", [Role.DEBT_CHECKER, Role.DEBT_MAKER, Role.REGISTRAR_CHECKER])
def test_the_queue_is_the_rule_of_who_may_decide(approval: Approval, role: Role) -> None:
    user = person(role)
    mine, others = waiting(user, powers_of(user))
    assert ([*mine], [*others]) == (([], [approval]) if why_not(approval, user) else ([approval], []))


def test_a_rejection_needs_a_reason(client: Client, approval: Approval) -> None:
    checker = person(Role.DEBT_CHECKER)
    assert "Say why." in post(client, checker, approval, "reject", {"reason": " "})
    assert state(approval) == ("PENDING", "DRAFT")
    assert "Rejected. Nothing was changed." in post(client, checker, approval, "reject", {"reason": "wrong law"})
    assert state(approval) == ("REJECTED", "DRAFT")
    assert Approval.objects.get(pk=approval.pk).decision_reason == "wrong law"


def test_a_second_decision_is_refused(client: Client, approval: Approval) -> None:
    body = seen(approval)
    post(client, person(Role.DEBT_CHECKER), approval, "approve", body)
    assert "already decided" in post(client, person(Role.DEBT_CHECKER), approval, "reject", {"reason": "late"})
    assert state(approval) == ("APPROVED", "IN_FORCE")


def test_a_get_decides_nothing(client: Client, approval: Approval) -> None:
    client.force_login(person(Role.DEBT_CHECKER))
    for what in ("approve", "reject", "withdraw"):
        assert client.get(f"/office/decisions/{approval.pk}/{what}/").status_code == 405
    assert state(approval) == ("PENDING", "DRAFT")


AUTHORITY = {
    "reference": "ACT-1",
    "title": "An act",
    "law": "Act 1, section 2",
    "kind": "BORROWING",
    "instrument": "STATUTE",
    "measure": "STOCK",
    "basis": "FACE",
    "currency": "pkr",
    "ceiling": "1250000.50",
    "restores_on_redemption": "on",
    "valid_from": "2026-01-01",
    "valid_until": "2036-12-31",
}


def test_a_maker_proposes_an_authority_by_form(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    answer = client.post("/office/propose/authority/", AUTHORITY)
    made = Approval.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/office/decisions/{made.pk}/")
    row = LegalAuthority.objects.get()
    assert (row.ceiling_minor, row.currency, row.state, made.state) == (125_000_050, "PKR", "DRAFT", "PENDING")


def test_an_amount_finer_than_the_currency_is_refused_and_leaves_nothing(client: Client) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    answer = client.post("/office/propose/authority/", {**AUTHORITY, "ceiling": "10.005"})
    assert answer.status_code == 200
    assert "more decimals than PKR allows" in answer.content.decode()
    assert (LegalAuthority.objects.count(), Approval.objects.count()) == (0, 0)


@pytest.mark.parametrize("role", [Role.DEBT_CHECKER, Role.REGISTRAR_OFFICER, Role.OPERATOR])
def test_a_role_that_may_not_propose_finds_no_form(client: Client, role: Role) -> None:
    client.force_login(person(role))
    assert client.get("/office/propose/authority/").status_code == 404
    assert client.post("/office/propose/authority/", AUTHORITY).status_code == 404
    assert (LegalAuthority.objects.count(), Approval.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["issue", "redemption", "refund", "suspense", "break"])
def test_a_form_of_custody_without_a_choice_proposes_nothing(client: Client, name: str) -> None:
    user = person(Role.DEBT_MAKER, Role.FISCAL_AGENT_OFFICER, Role.DEBT_CHECKER, Role.TREASURY_OFFICER)
    client.force_login(user)
    assert client.get(f"/office/propose/{name}/").status_code == 200
    assert client.post(f"/office/propose/{name}/", {}).status_code == 200
    assert Approval.objects.count() == 0
