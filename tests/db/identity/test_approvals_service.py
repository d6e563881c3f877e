from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.db.identity import actions
from tests.factories.identity import NOW, party, person
from tokenization.identity.approvals import (
    action_named,
    approval_approve,
    approval_preview,
    approval_propose,
    approval_reject,
    approval_withdraw,
    root,
)
from tokenization.identity.models import Approval, AuditEntry, Party
from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.errors import Conflict, NotAllowed, PlatformError, Refused

LATER = NOW + timedelta(hours=1)


class Case:
    """A maker, a checker of his house, a registrar's checker, a party, and the proposal to rename it."""

    def __init__(self) -> None:
        self.maker = person("DEBT_MAKER")
        self.checker = person("DEBT_CHECKER")
        self.registrar = person("REGISTRAR_CHECKER")
        self.party = party(name="Old name")

    def propose(self, action: str = "test.party.rename", **extra: Any) -> Approval:
        payload = {"party": self.party.pk, "name": "New name", **extra}
        return approval_propose(action=action, payload=payload, actor=self.maker, now=NOW)

    def approve(self, approval: Approval, actor: Any = None, **extra: Any) -> Approval:
        return approval_approve(approval_id=approval.pk, actor=actor or self.checker, now=LATER, **extra)

    def assert_unchanged(self, approval: Approval, entries: int) -> None:
        assert Party.objects.get(pk=self.party.pk).name == "Old name"
        again = Approval.objects.get(pk=approval.pk)
        assert (again.state, again.checker_id, again.decided_at, again.preview_at_decision) == (
            "PENDING",
            None,
            None,
            None,
        )
        assert AuditEntry.objects.count() == entries


@pytest.fixture
def case(db: None) -> Case:
    return Case()


def test_a_proposal_binds_payload_items_and_effect(case: Case) -> None:
    approval = case.propose()
    leaves = [sha256_hex(f"{case.party.pk}:{line}") for line in ("one", "two")]
    approval.refresh_from_db()
    assert approval.payload == canonical_json({"party": case.party.pk, "name": "New name"})
    assert approval.payload_hash == sha256_hex(approval.payload)
    assert (approval.items_root, approval.item_count) == (root(leaves), 2)
    assert list(approval.items.values_list("position", "leaf", "body")) == [
        (0, leaves[0], {"line": "one"}),
        (1, leaves[1], {"line": "two"}),
    ]
    assert approval.preview == {"rows": [["Name", "Old name", "New name"]], "warnings": ["It is only a test."]}
    assert (approval.maker, approval.maker_house, approval.made_at) == (case.maker, "ISSUER", NOW)
    assert (approval.state, approval.title, approval.subject) == (
        "PENDING",
        "Rename a party",
        f"identity.party:{case.party.pk}",
    )
    assert Party.objects.get(pk=case.party.pk).name == "Old name"
    entry = AuditEntry.objects.get(action="approval.propose")
    assert (entry.actor, entry.subject) == (case.maker, f"identity.approval:{approval.pk}")


def test_approval_executes_and_is_audited(case: Case) -> None:
    approval = case.approve(case.propose())
    approval.refresh_from_db()
    assert (approval.state, approval.checker, approval.checker_house) == ("APPROVED", case.checker, "ISSUER")
    assert approval.decided_at == LATER
    assert Party.objects.get(pk=case.party.pk).name == "New name"
    actions_done = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions_done[-3:] == ["approval.propose", "test.renamed", "approval.approve"]
    body = AuditEntry.objects.get(action="approval.approve").body
    assert approval.payload_hash in body
    assert approval.items_root in body


def test_the_maker_cannot_approve_even_with_the_power(case: Case) -> None:
    both = person("DEBT_MAKER", "DEBT_CHECKER")
    case.maker = both
    approval = case.propose()
    entries = AuditEntry.objects.count()
    with pytest.raises(NotAllowed) as refusal:
        case.approve(approval, both)
    assert refusal.value.rule == "four eyes"
    case.assert_unchanged(approval, entries)
    assert case.approve(approval).state == "APPROVED", "control: another checker can"


def test_a_person_without_the_power_can_do_neither(case: Case) -> None:
    with pytest.raises(NotAllowed) as refusal:
        approval_propose(
            action="test.party.rename", payload={"party": case.party.pk, "name": "N"}, actor=case.checker, now=NOW
        )
    assert refusal.value.rule == "ISSUE_DRAFT"
    assert Approval.objects.count() == 0
    approval = case.propose()
    entries = AuditEntry.objects.count()
    for outsider in (case.registrar, person("AUDITOR"), person("INVESTOR"), person("OPERATOR")):
        entries = AuditEntry.objects.count()
        with pytest.raises(NotAllowed):
            case.approve(approval, outsider)
        with pytest.raises(NotAllowed):
            approval_reject(approval_id=approval.pk, reason="no", actor=outsider, now=LATER)
        case.assert_unchanged(approval, entries)


def test_somebody_who_left_has_no_power(case: Case) -> None:
    approval = case.propose()
    case.checker.is_active = False
    case.checker.save()
    entries = AuditEntry.objects.count()
    with pytest.raises(NotAllowed):
        case.approve(approval)
    case.assert_unchanged(approval, entries)


def test_two_houses_must_agree(case: Case, settings: Any) -> None:
    approval = case.propose("test.party.rename.two")
    assert approval.two_houses
    entries = AuditEntry.objects.count()
    settings.APPROVAL_ACTIONS = ["tests.db.identity.actions.SameHouseHoldsBoth"]
    with pytest.raises(NotAllowed) as refusal:
        case.approve(approval)
    assert refusal.value.rule == "two houses"
    case.assert_unchanged(approval, entries)
    settings.APPROVAL_ACTIONS = actions.PATHS
    approved = case.approve(approval, case.registrar)
    assert (approved.maker_house, approved.checker_house) == ("ISSUER", "REGISTRAR")


def test_a_second_decision_of_any_kind_is_refused(case: Case) -> None:
    approval = case.approve(case.propose())
    entries = AuditEntry.objects.count()
    for again in (
        lambda: case.approve(approval, person("DEBT_CHECKER")),
        lambda: approval_reject(approval_id=approval.pk, reason="late", actor=case.checker, now=LATER),
        lambda: approval_withdraw(approval_id=approval.pk, actor=case.maker, now=LATER),
    ):
        with pytest.raises(Conflict, match="already decided: approved"):
            again()
    assert Approval.objects.get(pk=approval.pk).state == "APPROVED"
    assert AuditEntry.objects.filter(action__startswith="approval.").count() == 2
    assert AuditEntry.objects.count() == entries + 1, "only the new checker's own entry"


def test_an_action_that_fails_leaves_everything_as_it_was(case: Case) -> None:
    approval = case.propose("test.party.rename.failing")
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="The last step failed"):
        case.approve(approval)
    case.assert_unchanged(approval, entries)


def test_the_check_runs_again_at_approval(case: Case) -> None:
    approval = case.propose()
    party(name="New name")
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="already has this name"):
        case.approve(approval)
    with pytest.raises(Refused, match="already has this name"):
        approval_preview(approval=approval, now=LATER)
    case.assert_unchanged(approval, entries)


def test_the_effect_is_recalculated_shown_and_kept(case: Case) -> None:
    approval = case.propose()
    first = approval_preview(approval=approval, now=NOW)
    Party.objects.filter(pk=case.party.pk).update(name="Meanwhile")
    with pytest.raises(Conflict, match="effect has changed"):
        case.approve(approval, seen=first.digest())
    assert Approval.objects.get(pk=approval.pk).state == "PENDING"
    now_shown = approval_preview(approval=approval, now=LATER)
    assert now_shown.rows == [("Name", "Meanwhile", "New name")]
    case.approve(approval, seen=now_shown.digest())
    approval.refresh_from_db()
    assert approval.preview["rows"] == [["Name", "Old name", "New name"]]
    assert approval.preview_at_decision == {
        "rows": [["Name", "Meanwhile", "New name"]],
        "warnings": ["It is only a test."],
    }


def test_items_that_no_longer_follow_from_the_payload_are_not_executed(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = case.propose()
    entries = AuditEntry.objects.count()
    monkeypatch.setattr(actions.PartyRename, "items", lambda self, payload: [])
    with pytest.raises(Refused, match="no longer what was proposed"):
        case.approve(approval)
    case.assert_unchanged(approval, entries)


def test_an_action_that_began_to_ask_for_two_houses_is_not_run_on_an_old_proposal(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = case.propose()
    entries = AuditEntry.objects.count()
    monkeypatch.setattr(actions.PartyRename, "two_houses", True)
    with pytest.raises(NotAllowed):
        case.approve(approval)
    case.assert_unchanged(approval, entries)


def test_rejection_needs_a_reason_and_executes_nothing(case: Case) -> None:
    approval = case.propose()
    entries = AuditEntry.objects.count()
    with pytest.raises(Refused, match="Say why"):
        approval_reject(approval_id=approval.pk, reason="  ", actor=case.checker, now=LATER)
    case.assert_unchanged(approval, entries)
    approval_reject(approval_id=approval.pk, reason=" wrong name ", actor=case.checker, now=LATER)
    again = Approval.objects.get(pk=approval.pk)
    assert (again.state, again.decision_reason, again.checker) == ("REJECTED", "wrong name", case.checker)
    assert Party.objects.get(pk=case.party.pk).name == "Old name"


def test_only_the_maker_withdraws(case: Case) -> None:
    approval = case.propose()
    entries = AuditEntry.objects.count()
    with pytest.raises(NotAllowed):
        approval_withdraw(approval_id=approval.pk, actor=case.checker, now=LATER)
    case.assert_unchanged(approval, entries)
    approval_withdraw(approval_id=approval.pk, actor=case.maker, now=LATER, reason="a slip")
    again = Approval.objects.get(pk=approval.pk)
    assert (again.state, again.checker, again.decided_at, again.decision_reason) == ("WITHDRAWN", None, LATER, "a slip")


def test_the_same_proposal_waits_once(case: Case) -> None:
    first = case.propose()
    with pytest.raises(Conflict, match="already waiting"):
        case.propose()
    assert Approval.objects.count() == 1
    approval_withdraw(approval_id=first.pk, actor=case.maker, now=LATER)
    assert case.propose().pk != first.pk


def test_what_cannot_be_written_down_exactly_is_not_proposed(case: Case) -> None:
    with pytest.raises(Refused, match="float 1.5 cannot be written down exactly"):
        case.propose(rate=1.5)
    assert Approval.objects.count() == 0


def test_duplicate_leaves_write_nothing(case: Case) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="approval_item_leaf"), transaction.atomic():
        case.propose(lines=["same", "same"])
    assert Approval.objects.count() == 0


def test_an_approval_without_items_has_the_empty_root(case: Case) -> None:
    approval = case.propose(lines=[])
    assert (approval.item_count, approval.items_root) == (0, root([]))
    assert case.approve(approval).state == "APPROVED"


def test_unknown_names_are_refused_in_words(case: Case, settings: Any) -> None:
    with pytest.raises(Refused, match="no action named 'test.nothing'"):
        action_named("test.nothing")
    settings.APPROVAL_ACTIONS = ["no.such.module.Action", *actions.PATHS]
    assert action_named("test.party.rename").title == "Rename a party"
    with pytest.raises(Refused, match="There is no approval 0"):
        approval_approve(approval_id=0, actor=case.checker, now=LATER)


@pytest.mark.usefixtures("committed")
def test_two_checkers_at_once_one_wins() -> None:
    case = Case()
    approval = case.propose()
    other = person("DEBT_CHECKER")
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def decide(actor: Any) -> None:
        try:
            start.wait(10)
            outcomes.append(case.approve(approval, actor).state)
        except PlatformError as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(actor,)) for actor in (case.checker, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["APPROVED", "Conflict"]
    assert AuditEntry.objects.filter(action="test.renamed").count() == 1


def test_an_approval_held_elsewhere_is_busy(
    committed: str, connect: Callable[..., psycopg.Connection[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokenization.kernel.errors import Busy

    monkeypatch.setattr("tokenization.kernel.locks.lock_first.__kwdefaults__", {"timeout_ms": 200})
    case = Case()
    # The test before this one committed a party of the usual new name.
    approval = case.propose(name="Another name")
    other = connect()
    other.execute("BEGIN")
    other.execute("SELECT 1 FROM identity_approval WHERE id = %s FOR UPDATE", [approval.pk])
    with pytest.raises(Busy, match="changed by somebody else"):
        case.approve(approval)
    assert Approval.objects.get(pk=approval.pk).state == "PENDING"
    other.execute("ROLLBACK")
    assert case.approve(approval).state == "APPROVED"
