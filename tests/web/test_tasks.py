"""Forms that record or propose, with the rows of a bill that matures: each calls its service, once, for its role."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contracts.indexer.models import Tip
from contracts.outbox.models import Halt
from contracts.outbox.services.halt import halt_open
from custody.instructions.models import Instruction
from custody.reconciliation.models import Break, Run
from custody.registries.models import RegistryConfirmation
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.services import servicing_advance
from tests.factories.ledger import digest, wallet
from tests.factories.servicing import Maturity, line
from tests.support.people import person
from tokenization.identity import kyc
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval, KycDecision, Party, PartyMember
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def bill() -> Maturity:
    bill = Maturity()
    bill.first = bill.holder(1, 1_500)  # type: ignore[attr-defined]
    bill.second = bill.holder(2, 2_000)  # type: ignore[attr-defined]
    return bill


def does(client: Client, role: Role, task: str, **form: object) -> str:
    client.force_login(person(role))
    return client.post(f"/office/propose/{task}/", form, follow=True).content.decode()


def test_a_redemption_is_opened_funded_and_paid_from_the_pages(
    bill: Maturity, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: bill.payday)
    assert "Holders are recorded at" in does(
        client, Role.TREASURY_OFFICER, "redemption-open", token=bill.token.pk, rail="BANK"
    )
    assert ServicingEvent.objects.get().state == "OPEN"
    event = bill.approved()
    assert does(client, Role.TREASURY_OFFICER, "funding", event=event.pk, bank_reference="F") == does(
        client, Role.TREASURY_OFFICER, "nothing"
    )
    page = does(client, Role.FISCAL_AGENT_OFFICER, "funding", event=event.pk, bank_reference="BANK-F")
    assert "PKR 3,500,000.00 set aside for the holders" in page
    assert event.fundings.get().amount_minor == 3_500_000_00
    does(client, Role.TREASURY_OFFICER, "payment-release", event=event.pk)
    proposal = Approval.objects.latest("pk")
    assert (proposal.action, proposal.item_count) == ("custody.servicing.PaymentRelease", 2)
    approval_approve(approval_id=proposal.pk, actor=bill.treasury_checker, now=bill.payday)
    client.force_login(person(Role.FISCAL_AGENT_OFFICER))
    due = line(event, 1).payment
    answer = client.post(f"/office/payments/{due.pk}/paid/", {"bank_reference": "BANK-P"}, follow=True)
    assert "Recorded as paid." in answer.content.decode()
    assert Payment.objects.get(pk=due.pk).state == "PAID"


def test_a_release_waits_for_the_final_burn(bill: Maturity, client: Client) -> None:
    event = bill.approved()
    burn = Instruction.objects.get(entitlement=line(event, 1))
    form = {"instruction": burn.pk, "registry_reference": "CSD-X-1"}
    assert "Select a valid choice" in does(client, Role.REGISTRAR_OFFICER, "release", **form)
    servicing_advance(now=bill.payday)
    bill.burn_all(event)
    page = does(client, Role.REGISTRAR_OFFICER, "release", **form)
    assert "1,500 units released at the registry." in page
    released = RegistryConfirmation.objects.get(instruction=burn)
    assert (released.kind, released.units, released.registry_reference) == ("EXTINGUISH", 1_500, "CSD-X-1")


def test_undue_units_are_proposed_for_annulment_where_they_are(bill: Maturity, client: Client) -> None:
    bill.undue(3, 1_000)
    wallet(3)
    dispute = bill.token.disputes.get()
    page = does(client, Role.DEBT_MAKER, "annul", dispute=dispute.pk)
    assert "Proposed. It now waits for a second person." in page
    assert "1,000 units" in page
    proposal = Approval.objects.latest("pk")
    drafted = Instruction.objects.get(kind="ANNUL")
    assert (proposal.action, proposal.item_count) == ("custody.instructions.AnnulApprove", 1)
    assert (drafted.state, drafted.units, dispute.state) == ("DRAFT", 1_000, "OPEN")


def test_compliance_decides_on_a_party(bill: Maturity, client: Client) -> None:
    party = Party.objects.get(pk=bill.first.pk)  # type: ignore[attr-defined]
    before = KycDecision.objects.count()
    form = {"party": party.pk, "status": "SUSPENDED", "reason": "papers lost"}
    does(client, Role.DEBT_MAKER, "kyc", **form)
    assert KycDecision.objects.count() == before
    assert "suspended" in does(client, Role.COMPLIANCE_OFFICER, "kyc", **form)
    assert not kyc.is_valid(party, clock.now() + timedelta(seconds=1))
    assert "An approval ends" in does(
        client, Role.COMPLIANCE_OFFICER, "kyc", party=party.pk, status="APPROVED", reason="papers found"
    )
    assert KycDecision.objects.count() == before + 1


def test_wallets_without_proof_are_not_sent(bill: Maturity, client: Client) -> None:
    assert "No wallet waits to be registered." in does(client, Role.COMPLIANCE_OFFICER, "wallets")


def test_an_operator_clears_a_halt_after_reading_what_to_do(client: Client) -> None:
    halt = halt_open(
        reason="CHAIN_BEHIND",
        signer=None,
        message="The node is behind the database.",
        what_to_do="Restore the node, then clear this halt.",
        now=clock.now() - timedelta(minutes=1),
    )
    client.force_login(person(Role.DEBT_MAKER))
    for path in ("/office/", "/office/decisions/", "/assurance/"):
        page = client.get(path).content.decode()
        assert "Nothing is being sent to the chain: The node is behind the database." in page
        assert "What to do: Restore the node, then clear this halt." in page
    does(client, Role.DEBT_MAKER, "halt", halt=halt.pk)
    assert Halt.objects.get().cleared_at is None
    assert "Cleared." in does(client, Role.OPERATOR, "halt", halt=halt.pk)
    assert Halt.objects.get().cleared_at is not None
    assert "Nothing is being sent" not in client.get("/office/").content.decode()


def test_pages_say_that_the_node_is_silent_and_still_render(bill: Maturity, client: Client, settings: object) -> None:
    settings.CHAIN_RPC_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    user = person(Role.INVESTOR)
    PartyMember.objects.create(party=bill.first, user=user)  # type: ignore[attr-defined]
    for role_user, paths in (
        (person(Role.OPERATOR), ("/office/", "/office/settlement/", "/office/programmes/")),
        (person(Role.AUDITOR), ("/assurance/", "/assurance/breaks/")),
        (user, ("/portal/",)),
    ):
        client.force_login(role_user)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200
            assert "The chain has not been heard since" in answer.content.decode(), path
    assert "1,500" in client.get("/portal/").content.decode()
    client.force_login(person(Role.AUDITOR))
    page = client.post(f"/assurance/securities/{bill.token.pk}/reconcile/", follow=True).content.decode()
    assert "It could not be compared now:" in page
    assert Run.objects.count() == 0
    Tip.objects.update(head_seen_at=clock.now())
    assert "has not been heard" not in client.get("/assurance/").content.decode()


@pytest.mark.parametrize("role", [Role.INVESTOR, Role.OPERATOR, Role.FISCAL_AGENT_OFFICER])
def test_who_may_not_reconcile_starts_nothing(bill: Maturity, client: Client, role: Role) -> None:
    client.force_login(person(role))
    assert client.post(f"/assurance/securities/{bill.token.pk}/reconcile/").status_code == 403
    assert Run.objects.count() == 0


def test_a_run_and_its_break_tell_their_story(bill: Maturity, client: Client) -> None:
    bill.undue(3, 1_000)
    dispute = bill.token.disputes.select_related("log__block").get()
    block = dispute.log.block
    run = Run.objects.create(
        token=bill.token,
        block_number=block.number,
        block_hash=block.hash,
        block_time=block.timestamp,
        head_number=block.number + 2,
        at=clock.now(),
        green=False,
        phase="test",
    )
    run.equations.create(
        name="supply.undue", words="units that no instruction explains = none", left=1_000, right=0, difference=1_000,
        holds=False,
    )  # fmt: skip
    run.equations.create(
        name="cash.account", words="settlement account = paid", left=123_456_789, right=123_456_789, difference=0,
        unit="minor", holds=True,
    )  # fmt: skip
    found = Break.objects.create(
        token=bill.token, kind="UNDUE_CREATION", key=f"test:{digest(1)}", units=1_000, unit="units",
        tx_hash=dispute.tx_hash, log=dispute.log, opened_by=run, last_seen=run,
        story=f"1000 units were created by transaction {dispute.tx_hash}.",
    )  # fmt: skip
    client.force_login(person(Role.AUDITOR))
    page = client.get(f"/assurance/runs/{run.pk}/").content.decode()
    assert "off by 1,000 units" in page
    assert "PKR 1,234,567.89" in page
    page = client.get(f"/assurance/breaks/{found.pk}/").content.decode()
    assert "1,000 units were created by transaction <code" in page
    assert "Today 1,000 of 1,000 units are still in dispute." in page
    assert f"/assurance/transactions/{dispute.tx_hash}/" in page
    page = client.get(f"/assurance/transactions/{dispute.tx_hash}/").content.decode()
    assert "no instruction explains it" in page
    assert f"Break {found.pk}" in page
    assert client.get(f"/assurance/transactions/{digest('none')}/").status_code == 404
    assert dispute.tx_hash in client.get("/assurance/breaks.csv").content.decode()


def test_the_portal_of_one_party_never_shows_the_other(bill: Maturity, client: Client) -> None:
    event = bill.released()
    mine, theirs = line(event, 1), line(event, 2)
    user = person(Role.INVESTOR)
    PartyMember.objects.create(party=bill.first, user=user)  # type: ignore[attr-defined]
    client.force_login(user)
    page = client.get("/portal/").content.decode()
    assert "1,500" in page
    assert "2,000" not in page
    assert bill.second.reference not in page  # type: ignore[attr-defined]
    assert theirs.wallet.address not in page
    assert client.get(f"/portal/payments/{mine.pk}/").status_code == 200
    for method in ("get", "post", "put", "delete"):
        assert getattr(client, method)(f"/portal/payments/{theirs.pk}/").status_code in {404, 405}
    assert client.get(f"/portal/payments/{theirs.pk}/").status_code == 404
    assert set(Payment.objects.values_list("state", flat=True)) == {"DUE"}
