"""A supervisor reads of assurance what his mandates name, while they are in force, and nothing else."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from custody.reconciliation.conclusions.models import Conclusion
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.mandates.actions import MandateEnd, MandateGive
from custody.reconciliation.mandates.selectors import tokens_mandated
from custody.reconciliation.models import Break, Mandate, MandateEnding, Run
from custody.tokenisation.models import TokenContract
from tests.api.calling import caller
from tests.db.reconciliation.conftest import books, contract
from tests.db.reconciliation.test_statement_and_cash import paid
from tests.db.reconciliation.world import A, Contract, run
from tests.factories import commodities, issuance, ledgerless
from tests.factories.ledger import NOW, Books, digest
from tests.support.people import person
from tokenization.assurance.models import Look
from tokenization.assurance.reach import REACHED
from tokenization.assurance.urls import urlpatterns
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, AuditEntry, User
from tokenization.identity.roles import Power, Role, powers_of
from tokenization.kernel import clock
from tokenization.kernel.errors import NotAllowed, Refused

__all__ = ["books", "contract", "paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]
TODAY = date(2026, 7, 1)
ABOUT_EVERYTHING = ("approvals", "audit", "audit-check", "bank", "registry", "files", "file", "file-download")
DEEDS = ("conclude", "evidence", "reconcile")


def asked(supervisor: User, scope: str, **more: Any) -> dict[str, Any]:
    values = {
        "supervisor": supervisor.pk, "scope": scope, "programme": None, "series": None,
        "first_day": TODAY.isoformat(), "last_day": (TODAY + timedelta(days=30)).isoformat(),
    }  # fmt: skip
    return values | more


def decided(action: str, payload: dict[str, Any]) -> Approval:
    made = approval_propose(action=action, payload=payload, actor=person(Role.COMPLIANCE_OFFICER), now=NOW)
    return approval_approve(approval_id=made.pk, actor=person(Role.COMPLIANCE_CHECKER), now=NOW)


def given(supervisor: User, scope: str, **more: Any) -> Mandate:
    return Mandate.objects.get(approval=decided(MandateGive.name, asked(supervisor, scope, **more)))


def ended(mandate: Mandate) -> None:
    decided(MandateEnd.name, {"mandate": mandate.pk, "reason": "The review is over."})


def run_of(token: TokenContract) -> Run:
    return Run.objects.create(
        token=token, block_number=100, block_hash=digest(100), block_time=NOW, head_number=100, at=NOW, green=True
    )


@dataclass
class Two:
    """A security within the mandate and one outside, each with a run, a figure and an open break."""

    supervisor: User
    mandate: Mandate
    mine: Run
    my_break: Break
    other: Run
    other_break: Break


@pytest.fixture
def two(books: Books, contract: Contract) -> Two:
    contract.balances[A] += 3
    mine = run(books)
    other = run_of(ledgerless.token(books.people))
    other.observations.create(source="REGISTER", name="positions", value=7)
    other_break = Break.objects.create(
        token=other.token, key="k", kind="SUPPLY", units=7, unit="units", story="elsewhere", opened_by=other,
        last_seen=other,
    )  # fmt: skip
    supervisor = person(Role.SUPERVISOR)
    mandate = given(supervisor, "SERIES", series=books.series.pk)
    return Two(supervisor, mandate, mine, mine.opened_breaks.get(), other, other_break)


def addresses(made: Run, found: Break) -> list[str]:
    """Every page and file of a run, of its break and of one of its figures."""
    figure = made.observations.get(source="REGISTER", name="positions")
    run_, figure_ = f"/assurance/runs/{made.pk}", f"/assurance/figures/{figure.pk}"
    return [
        *(f"{run_}{ending}" for ending in ("/", ".csv", ".xlsx", ".pdf")),
        *(f"{figure_}{ending}" for ending in ("/", ".csv", ".xlsx", "/sample/", "/sample.csv", "/sample.xlsx")),
        f"/assurance/breaks/{found.pk}/",
    ]


def rows(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


# What he sees --------------------------------------------------------------------------------------------------------


def test_he_reads_what_his_mandate_names_and_each_look_is_noted(client: Client, two: Two) -> None:
    client.force_login(two.supervisor)
    for address in addresses(two.mine, two.my_break):
        assert client.get(address).status_code == 200, address
    noted = list(Look.objects.order_by("pk").values_list("what", "number", "who"))
    what = ["RUN", *["REPORT"] * 3, *["FIGURE"] * 3, *["SAMPLE"] * 3]
    assert noted == [
        *((one, two.mine.pk, two.supervisor.pk) for one in what),
        ("BREAK", two.my_break.pk, two.supervisor.pk),
    ]


def test_lists_and_exports_hold_his_rows_alone(client: Client, two: Two) -> None:
    mine, other = two.mine.token.code, two.other.token.code
    client.force_login(two.supervisor)
    for address in ("/assurance/", "/assurance/breaks/"):
        page = text(client, address)
        assert (mine in page, other in page, "elsewhere" in page) == (True, False, False), address
    assert [row["ISIN"] for row in rows(client, "/assurance/runs.csv")] == [mine]
    assert [(row["Break"], row["ISIN"]) for row in rows(client, "/assurance/breaks.csv")] == [
        (str(two.my_break.pk), mine)
    ]
    # Control: an auditor and an officer see both.
    for role in (Role.AUDITOR, Role.DEBT_MAKER):
        client.force_login(person(role))
        assert {row["ISIN"] for row in rows(client, "/assurance/runs.csv")} == {mine, other}
        assert {row["ISIN"] for row in rows(client, "/assurance/breaks.csv")} == {mine, other}


def test_nothing_of_another_security_is_found_by_him(client: Client, two: Two) -> None:
    client.force_login(two.supervisor)
    hidden = addresses(two.other, two.other_break)
    hidden += [f"/assurance/runs/{two.other.pk}/evidence.zip", f"/assurance/breaks/{two.other_break.pk}/evidence/"]
    for address in hidden:
        assert client.get(address).status_code == 404, address
    assert Look.objects.count() == 0
    client.force_login(person(Role.AUDITOR))
    for address in hidden[:4]:
        assert client.get(address).status_code == 200, address


def test_what_is_about_everything_is_neither_found_nor_in_his_menu(client: Client, two: Two) -> None:
    client.force_login(two.supervisor)
    page = text(client, "/assurance/")
    for name in ABOUT_EVERYTHING:
        address = reverse(f"assurance:{name}", args=[1] if name.startswith("file") and name != "files" else [])
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404), name
        assert f'href="{address}"' not in page
    assert "What falls due when" not in page
    assert {entry.name for entry in urlpatterns} - set(REACHED) == {*ABOUT_EVERYTHING, *DEEDS}


def test_he_changes_nothing(client: Client, two: Two) -> None:
    assert powers_of(two.supervisor) == frozenset()
    client.force_login(two.supervisor)
    page = text(client, f"/assurance/runs/{two.mine.pk}/") + text(client, "/assurance/")
    assert ("Record the conclusion" in page, "Make the evidence pack" in page, "Compare now" in page) == (False,) * 3
    said = {"opinion": "ADVERSE", "words": "No."}
    for address in (
        f"/assurance/runs/{two.mine.pk}/conclude/",
        f"/assurance/runs/{two.mine.pk}/evidence/",
        f"/assurance/securities/{two.mine.token_id}/reconcile/",
    ):
        assert client.post(address, said).status_code == 404, address
    assert (Conclusion.objects.count(), EvidencePack.objects.count(), Run.objects.count()) == (0, 0, 2)


def test_transaction_and_instruction_are_read_with_a_mandate_for_their_security(client: Client, two: Two) -> None:
    from custody.instructions.models import Instruction
    from custody.register.models import Entry

    issued = Entry.objects.filter(token=two.mine.token).select_related("log", "instruction").first()
    assert issued is not None
    assert issued.log is not None
    paths = [f"/assurance/transactions/{issued.log.tx_hash}/"]
    made = Instruction.objects.filter(token=two.mine.token, approval__isnull=False).order_by("pk")[0]
    paths += [f"/assurance/instructions/{made.pk}/", f"/assurance/approvals/{made.approval_id}/"]
    client.force_login(two.supervisor)
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    client.force_login(stranger := person(Role.SUPERVISOR))
    given(stranger, "SERIES", series=two.other.token.series_id)
    assert [client.get(path).status_code for path in paths] == [404, 404, 404]
    # The mandate's own approval is about a person and not about a token.
    assert client.get(f"/assurance/approvals/{two.mandate.approval_id}/").status_code == 404


def test_the_journal_of_all_securities_needs_a_mandate_for_cash(client: Client, books: Books, paid: Any) -> None:
    made, supervisor = run(books), person(Role.SUPERVISOR)
    given(supervisor, "DEBT")
    client.force_login(supervisor)
    page = text(client, f"/assurance/runs/{made.pk}/")
    journal = 0
    for one in made.observations.all():
        address = f"/assurance/figures/{one.pk}/"
        shown = one.source != "CASH"
        assert (f'href="{address}"' in page, client.get(address).status_code) == (shown, 200 if shown else 404), one
        journal += not shown
    assert journal > 5
    assert client.get(f"/assurance/entries/{paid.cash_entry_id}/").status_code == 404
    ledgerless.cash_token()
    given(supervisor, "CASH")
    assert client.get(f"/assurance/entries/{paid.cash_entry_id}/").status_code == 200


# When ----------------------------------------------------------------------------------------------------------------


def test_without_a_mandate_nothing_is_shown(client: Client, two: Two) -> None:
    client.force_login(person(Role.SUPERVISOR))
    assert "No mandate of yours is in force: nothing is shown." in text(client, "/assurance/")
    assert rows(client, "/assurance/runs.csv") == rows(client, "/assurance/breaks.csv") == []
    assert {client.get(address).status_code for address in addresses(two.mine, two.my_break)} == {404}


def test_an_ended_mandate_shows_nothing_at_once(client: Client, two: Two) -> None:
    client.force_login(two.supervisor)
    address = f"/assurance/runs/{two.mine.pk}/"
    assert client.get(address).status_code == 200
    assert f"You read under mandate: {two.mandate}." in text(client, "/assurance/")
    ended(two.mandate)
    assert {client.get(one).status_code for one in addresses(two.mine, two.my_break)} == {404}
    assert two.mine.token.code not in text(client, "/assurance/")
    assert AuditEntry.objects.filter(action="mandate.end", subject=f"mandate:{two.mandate.pk}").count() == 1


@pytest.mark.parametrize(("days", "seen"), [(-1, 404), (0, 200), (30, 200), (31, 404)])
def test_it_counts_from_its_first_day_to_its_last(
    client: Client, two: Two, monkeypatch: pytest.MonkeyPatch, days: int, seen: int
) -> None:
    at: datetime = NOW + timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: at)
    client.force_login(two.supervisor)
    assert client.get(f"/assurance/runs/{two.mine.pk}/").status_code == seen


def test_each_scope_names_its_tokens(books: Books) -> None:
    office = issuance.office()
    gold = ledgerless.token(office, commodities.series(office, commodities.programme(office, "XAU")))
    cash, bill = ledgerless.cash_token(), books.token
    for scope, more, wanted in (
        ("DEBT", {}, {bill}),
        ("RESERVE", {}, {gold}),
        ("CASH", {}, {cash}),
        ("SERIES", {"series": gold.series_id}, {gold}),
        ("PROGRAMME", {"programme": bill.series.programme_id}, {bill}),
    ):
        supervisor = person(Role.SUPERVISOR)
        given(supervisor, scope, **more)
        assert set(tokens_mandated(supervisor=supervisor, now=NOW)) == wanted, scope


# Giving --------------------------------------------------------------------------------------------------------------


def test_two_give_it_and_the_audit_names_them(two: Two) -> None:
    made = two.mandate.approval
    assert (made.state, made.maker_id != made.checker_id) == ("APPROVED", True)
    entry = AuditEntry.objects.get(action="mandate.give")
    assert (entry.subject, entry.actor_id) == (f"mandate:{two.mandate.pk}", made.checker_id)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.COMPLIANCE_OFFICER}))
def test_only_compliance_asks(role: Role) -> None:
    supervisor = person(Role.SUPERVISOR)
    with pytest.raises(NotAllowed):
        approval_propose(action=MandateGive.name, payload=asked(supervisor, "DEBT"), actor=person(role), now=NOW)
    assert Approval.objects.count() == 0


def test_nobody_decides_on_what_he_asked_for() -> None:
    both = person(Role.COMPLIANCE_OFFICER, Role.COMPLIANCE_CHECKER)
    supervisor = person(Role.SUPERVISOR)
    made = approval_propose(action=MandateGive.name, payload=asked(supervisor, "DEBT"), actor=both, now=NOW)
    for actor, rule in ((both, "four eyes"), (supervisor, Power.MANDATE_APPROVE)):
        with pytest.raises(NotAllowed) as caught:
            approval_approve(approval_id=made.pk, actor=actor, now=NOW)
        assert caught.value.rule == rule
    assert Mandate.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"scope": "ALL"}, "scope"),
        ({"scope": "SERIES"}, "series"),
        ({"scope": "PROGRAMME"}, "programme"),
        ({"series": 999_999}, "series"),
        ({"supervisor": None}, "supervisor"),
        ({"supervisor": 999_999}, "supervisor"),
        ({"first_day": "soon"}, "first_day"),
        ({"last_day": "2026-06-30"}, "last_day"),
        ({"first_day": "2026-06-01", "last_day": "2026-06-30"}, "last_day"),
        ({"last_day": "9999-01-01"}, "last_day"),
    ],
)
def test_what_is_no_mandate_is_refused(more: dict[str, Any], field: str) -> None:
    payload = asked(person(Role.SUPERVISOR), "DEBT") | more
    with pytest.raises(Refused) as caught:
        decided(MandateGive.name, payload)
    assert (caught.value.field, Approval.objects.count(), Mandate.objects.count()) == (field, 0, 0)


def test_one_scope_and_for_a_supervisor_alone(books: Books) -> None:
    for who, more, field in (
        (person(Role.SUPERVISOR), {"series": books.series.pk}, "series"),
        (person(Role.AUDITOR), {}, "supervisor"),
    ):
        with pytest.raises(Refused) as caught:
            decided(MandateGive.name, asked(who, "DEBT", **more))
        assert caught.value.field == field
    assert Mandate.objects.count() == 0


def test_it_ends_once_and_with_a_reason(two: Two) -> None:
    with pytest.raises(Refused, match="Say why"):
        decided(MandateEnd.name, {"mandate": two.mandate.pk, "reason": " "})
    ended(two.mandate)
    with pytest.raises(Refused, match="ended already"):
        decided(MandateEnd.name, {"mandate": two.mandate.pk, "reason": "Again."})
    assert MandateEnding.objects.get().mandate == two.mandate


def test_it_is_asked_for_and_ended_from_the_office(client: Client, books: Books) -> None:
    supervisor, officer = person(Role.SUPERVISOR), person(Role.COMPLIANCE_OFFICER)
    client.force_login(officer)
    form = {name: value for name, value in asked(supervisor, "SERIES", series=books.series.pk).items() if value}
    assert client.post("/office/propose/supervisor-mandate/", form).status_code == 302
    waits = Approval.objects.get(action=MandateGive.name, state="PENDING")
    assert (waits.maker, waits.subject) == (officer, f"supervisor:{supervisor.username}")
    approval_approve(approval_id=waits.pk, actor=person(Role.COMPLIANCE_CHECKER), now=NOW)
    made = Mandate.objects.get()
    assert (made.supervisor, made.series, made.first_day) == (supervisor, books.series, TODAY)
    form = {"mandate": str(made.pk), "reason": "Over."}
    assert client.post("/office/propose/supervisor-mandate-end/", form).status_code == 302
    client.force_login(person(Role.COMPLIANCE_CHECKER))
    for one in Approval.objects.filter(action__startswith="custody.reconciliation.Mandate"):
        assert client.get(f"/office/decisions/{one.pk}/").status_code == 200
    client.force_login(person(Role.DEBT_MAKER))
    assert client.get("/office/propose/supervisor-mandate/").status_code == 404
    assert made.covers in text(client, "/office/reconciliation/mandate/")


# Elsewhere -----------------------------------------------------------------------------------------------------------


def test_the_interface_and_the_other_faces_give_him_nothing(client: Client, two: Two) -> None:
    who = caller(two.supervisor)
    isin = two.mine.token.code
    for path in ("series", f"series/{isin}", f"series/{isin}/supply", "auctions", "offers", "portfolio"):
        assert who.get(path).status == 403, path
    client.force_login(two.supervisor)
    for path in (
        "/api/v1/schema",
        "/office/",
        "/portal/",
        "/examiner/",
        f"/office/reconciliation/run/{two.mine.pk}/change/",
    ):
        assert client.get(path).status_code == 403, path
