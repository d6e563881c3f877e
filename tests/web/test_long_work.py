"""Long work on the pages: which steps are done of how many, what is waited for and since when, kept fresh meanwhile."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from contracts.gateway.roles import ISSUER_KEYS
from contracts.outbox.models import Intent, Signer
from contracts.outbox.services.enqueue import signer_row
from custody.reconciliation.evidence.services import evidence_advance, evidence_prepare
from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import ChainContract, ChainSetting, TokenContract
from custody.tokenisation.services.tokens import token_plan
from tests.db.reconciliation.evidence.conftest import contract, signed_books
from tests.db.reconciliation.evidence.world import SignedBooks
from tests.db.reconciliation.world import A, run
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.factories.ledger import NOW
from tests.support.people import person
from tokenization.assurance.models import Look
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel.canonical import sha256_hex

__all__ = ["contract", "signed_books"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]


def part(page: str, name: str = "progress") -> str:
    return page.split(f'id="{name}"')[1].split("</ol>")[0]


def counted(said: str) -> list[tuple[str, str, str]]:
    """Each bar: its words, and what the browser draws of what."""
    return re.findall(r">([^<]+)</label>\s*<progress id=\"work-\w+\" max=\"(\d+)\" value=\"(\d+)\">", said)


def deployed() -> issuance.Office:
    world.contracts_live()
    for number, name in enumerate(ISSUER_KEYS, start=1):
        Signer.objects.filter(pk=signer_row(name).pk).update(address=f"0x{number:040x}")
    ChainSetting.objects.create(key="wiring", words="wiring", state="LIVE", intent=Intent.objects.first() or _intent())
    return issuance.office()


def _intent() -> Intent:
    return Intent.objects.create(
        key="wiring", signer=Signer.objects.first(), to="0x" + "1" * 40, data=b"", body_hash="0x" + "1" * 64,
        artifact="AccessManager", function="multicall", description="wiring", created_at=NOW, state="FINAL",
    )  # fmt: skip


def test_a_token_on_its_way_is_counted_step_by_step(client: Client) -> None:
    people = deployed()
    series = issuance.series(people)
    client.force_login(person(Role.DEBT_MAKER))
    page = client.get("/office/on-chain/").content.decode()
    assert "Nothing is on its way" in page
    assert "data-refresh" not in page
    token = token_plan(series=series, approval=series.term_sheets.get().approved_by, now=world.NOW)
    said = part(client.get("/office/on-chain/").content.decode())
    assert said.startswith(' data-refresh="5"')
    assert counted(said) == [("0 of 3 steps done", "3", "0")]
    assert series.isin in said
    assert "waits for its turn at the signer" in said
    assert "<script>" not in said
    Intent.objects.exclude(key="wiring").update(state="FINAL")
    said = part(client.get("/office/on-chain/").content.decode())
    assert counted(said) == [("2 of 3 steps done", "3", "2")]
    assert "waits for its code to be compared" in said
    assert 'href="/office/on-chain/"' in client.get("/office/sell/").content.decode()
    TokenContract.objects.filter(pk=token.pk).update(state="LIVE")
    assert "Nothing is on its way" in client.get("/office/on-chain/").content.decode()


def test_the_deployment_is_shown_until_it_stands(client: Client) -> None:
    deployed()
    ChainContract.objects.filter(name="ENGINE").update(state="SENT", intent=_second())
    client.force_login(person(Role.OPERATOR))
    said = part(client.get("/office/on-chain/").content.decode())
    whole = ChainContract.objects.count() + 1
    assert counted(said) == [(f"{whole - 1} of {whole} steps done", str(whole), str(whole - 1))]
    assert "Engine" in said


def _second() -> Intent:
    row = Intent.objects.get(key="wiring")
    row.pk, row.key, row.state = None, "deploy:ENGINE", "MINED"
    row.save(force_insert=True)
    return row


def test_what_failed_does_not_look_again_by_itself(client: Client) -> None:
    people = deployed()
    series = issuance.series(people)
    token_plan(series=series, approval=series.term_sheets.get().approved_by, now=world.NOW)
    Intent.objects.exclude(key="wiring").update(state="REJECTED", reason="the key may not do this")
    client.force_login(person(Role.DEBT_CHECKER))
    said = part(client.get("/office/on-chain/").content.decode())
    assert "data-refresh" not in said.split(">")[0]
    assert said.count("failed") == 2
    assert "the key may not do this" in said


def test_the_decision_leads_to_how_far_it_is(client: Client) -> None:
    series = issuance.series(issuance.office())
    approval = series.term_sheets.get().approved_by
    client.force_login(person(Role.DEBT_CHECKER))
    words = "See how far it is on its way"
    assert words not in client.get(f"/office/decisions/{approval.pk}/").content.decode()
    world.contracts_live()
    payload = f'{{"series":{series.pk}}}'
    asked = Approval.objects.create(
        action=SeriesTokenise.name, title="Tokenise a series", subject=f"series:{series.isin}", payload=payload,
        payload_hash=sha256_hex(payload), items_root="0x" + "2" * 64, item_count=0, two_houses=False,
        preview={"rows": [], "warnings": []}, maker=approval.maker, maker_house=approval.maker.house, made_at=NOW,
    )  # fmt: skip
    assert words not in client.get(f"/office/decisions/{asked.pk}/").content.decode()
    checker = person(Role.DEBT_CHECKER)
    Approval.objects.filter(pk=asked.pk).update(
        state="APPROVED", checker=checker, checker_house=checker.house, decided_at=NOW
    )
    assert words in client.get(f"/office/decisions/{asked.pk}/").content.decode()


def test_securities_are_counted_that_are_compared_up_to_their_last_movement(
    client: Client, signed_books: SignedBooks
) -> None:
    token = signed_books.token
    TokenContract.objects.filter(pk=token.pk).update(state="LIVE")
    client.force_login(person(Role.AUDITOR))
    words = "securities and cash compared up to their last movement"
    said = part(client.get("/assurance/").content.decode() + "</ol>")
    assert counted(said) == [(f"0 of 1 {words}", "1", "0")]
    assert said.startswith(' class="tk-card" data-refresh="15"')
    assert "waits for its first comparison" in said
    run(signed_books)
    page = client.get("/assurance/").content.decode()
    assert counted(page) == [(f"1 of 1 {words}", "1", "1")]
    assert "data-refresh" not in page
    signed_books.transfer(A, "0x" + "0" * 37 + "00b", 1)
    signed_books.mine_and_post()
    said = part(client.get("/assurance/").content.decode())
    assert counted(said) == [(f"0 of 1 {words}", "1", "0")]
    assert f"it moved in block {signed_books.number}" in said
    run(signed_books)
    assert counted(client.get("/assurance/").content.decode()) == [(f"1 of 1 {words}", "1", "1")]


def test_a_packs_steps_are_looked_at_without_a_look_at_the_run(client: Client, signed_books: SignedBooks) -> None:
    made = run(signed_books)
    user = person(Role.AUDITOR)
    client.force_login(user)
    page, address = f"/assurance/runs/{made.pk}/", f"/assurance/runs/{made.pk}/evidence/progress/"
    assert 'id="pack"' not in client.get(page).content.decode()
    assert client.get(address).content.decode().strip() == ""
    pack = evidence_prepare(run=made, actor=user, now=NOW)
    said = client.get(page).content.decode()
    assert f'data-from="{address}"' in said
    assert counted(part(said, "pack")) == [("1 of 3 steps done", "3", "1")]
    looks = Look.objects.count()
    assert "waits for the issuer&#x27;s key" in client.get(address).content.decode()
    evidence_advance(now=NOW + timedelta(minutes=1))
    assert counted(client.get(address).content.decode()) == [("2 of 3 steps done", "3", "2")]
    pack.refresh_from_db()
    Intent.objects.filter(pk=pack.intent_id).update(state="FINAL")
    assert "waits for its block to be noted" in client.get(address).content.decode()
    assert Look.objects.count() == looks
    client.force_login(person(Role.INVESTOR))
    assert client.get(address).status_code == 403
