"""How far a token and the platform's contracts are on their way to the chain, counted from what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.gateway.roles import ISSUER_KEYS
from contracts.outbox.models import Intent, IntentMove, Signer
from contracts.outbox.services.enqueue import signer_row
from custody.tokenisation import plan
from custody.tokenisation.models import ChainContract, ChainSetting, TokenContract
from custody.tokenisation.progress import CODE, deployment_work, token_work, tokens_under_way
from custody.tokenisation.services.cash import cash_token_plan
from custody.tokenisation.services.tokens import token_plan
from tests.factories import commodities, issuance
from tests.factories import ledgerless as world
from tokenization.kernel.progress import Work

pytestmark = pytest.mark.django_db
NOW = world.NOW
Said = list[tuple[str, str, str]]


@pytest.fixture
def office() -> issuance.Office:
    world.contracts_live()
    for number, name in enumerate(ISSUER_KEYS, start=1):
        Signer.objects.filter(pk=signer_row(name).pk).update(address=f"0x{number:040x}")
    return issuance.office()


def planned(office: issuance.Office) -> TokenContract:
    row = issuance.series(office)
    return token_plan(series=row, approval=row.term_sheets.get().approved_by, now=NOW)


def moved(intent: Intent | None, to: str, at: datetime, reason: str = "") -> None:
    assert intent is not None
    IntentMove.objects.create(intent=intent, old=intent.state, new=to, reason=reason, at=at)
    Intent.objects.filter(pk=intent.pk).update(state=to, reason=reason)


def ceiling() -> Intent:
    return ChainSetting.objects.get(key__startswith="programme:").intent


def said(work: Work) -> Said:
    return [(step.title, step.stage, step.words) for step in work.steps]


def fresh(token: TokenContract) -> Work:
    return token_work(TokenContract.objects.select_related("series", "intent").get(pk=token.pk))


def test_a_token_is_followed_from_its_programmes_ceiling_until_its_code_is_compared(office: issuance.Office) -> None:
    token = planned(office)
    work = fresh(token)
    assert said(work) == [
        ("Ceiling of the programme", "NOW", "its turn at the signer"),
        ("Token created", "LATER", "what comes before it"),
        ("Token live", "LATER", "the step before"),
    ]
    assert (work.done, work.of, work.under_way, work.steps[0].since) == (0, 3, True, NOW)
    at = NOW + timedelta(minutes=3)
    moved(ceiling(), "BROADCAST", at)
    assert said(fresh(token))[0] == ("Ceiling of the programme", "NOW", "a block that takes it")
    assert fresh(token).steps[0].since == at
    moved(ceiling(), "MINED", at)
    assert [(stage, words) for _, stage, words in said(fresh(token))][:2] == [
        ("NOW", "its block to become final"), ("NOW", "its turn at the signer"),
    ]  # fmt: skip
    moved(ceiling(), "FINAL", at)
    moved(token.intent, "FINAL", at)
    assert [step.stage for step in fresh(token).steps] == ["DONE", "DONE", "NOW"]
    assert fresh(token).steps[2].words == CODE
    assert tokens_under_way() == [token]
    TokenContract.objects.filter(pk=token.pk).update(state="LIVE")
    work = fresh(token)
    assert (work.done, work.of, work.under_way, work.left) == (3, 3, False, [])
    assert tokens_under_way() == []


def test_what_was_given_up_is_said_to_have_failed_and_why(office: issuance.Office) -> None:
    token = planned(office)
    moved(ceiling(), "REJECTED", NOW, "the key may not do this")
    assert said(fresh(token))[0] == ("Ceiling of the programme", "FAILED", "the key may not do this")
    assert fresh(token).done == 0
    assert not fresh(token).under_way


def test_what_gets_into_no_block_waits_for_a_person(office: issuance.Office) -> None:
    token = planned(office)
    moved(ceiling(), "STUCK", NOW, "replaced too often")
    assert said(fresh(token))[0][2] == "a person: it does not get into a block: replaced too often"


def test_a_reserve_is_opened_before_its_token_is_created(office: issuance.Office) -> None:
    row = commodities.series(office)
    token = token_plan(series=row, approval=row.term_sheets.get().approved_by, now=NOW)
    assert [step.title for step in fresh(token).steps] == [
        "Ceiling of the programme", "Reserve opened", "Token created", "Token live",
    ]  # fmt: skip


def test_cash_is_under_way_until_it_is_accepted_a_day_later(office: issuance.Office) -> None:
    approval = issuance.series(office).term_sheets.get().approved_by
    token = cash_token_plan(currency="PKR", ceiling_minor=10**9, approval=approval, now=NOW)
    listing = ChainSetting.objects.get(key="cash:PKR:accepted")
    assert [(title, stage) for title, stage, _ in said(fresh(token))][-2:] == [
        ("Accepted as cash: announced", "NOW"), ("Accepted as cash: in force", "LATER"),
    ]  # fmt: skip
    for intent in Intent.objects.exclude(pk=listing.intent_id):
        moved(intent, "FINAL", NOW)
    TokenContract.objects.filter(pk=token.pk).update(state="LIVE")
    ChainSetting.objects.filter(pk=listing.pk).update(
        state="ANNOUNCED", executable_from=datetime(2026, 7, 2, 9, tzinfo=UTC)
    )
    work = fresh(token)
    assert (work.done, work.of) == (4, 5)
    assert work.left[0].words == "announced, executable from 02 July 2026 09:00 UTC"
    assert tokens_under_way() == [token]
    moved(listing.intent, "FINAL", NOW)
    ChainSetting.objects.filter(pk=listing.pk).update(state="LIVE")
    assert (fresh(token).done, tokens_under_way()) == (5, [])


def test_what_was_withdrawn_waits_for_nothing(office: issuance.Office) -> None:
    approval = issuance.series(office).term_sheets.get().approved_by
    token = cash_token_plan(currency="PKR", ceiling_minor=10**9, approval=approval, now=NOW)
    ChainSetting.objects.filter(key="cash:PKR:accepted").update(state="WITHDRAWN")
    TokenContract.objects.filter(pk=token.pk).update(state="LIVE")
    assert fresh(token).steps[-1].words == "withdrawn by two persons"
    assert tokens_under_way() == []


def test_the_deployment_is_counted_contract_by_contract() -> None:
    work = deployment_work()
    assert (work.done, work.of) == (0, len(plan.STEPS) + 1)
    assert {step.stage for step in work.steps} == {"LATER"}
    world.contracts_live()
    work = deployment_work()
    live = ChainContract.objects.filter(state="LIVE").count()
    assert work.done == live + ChainSetting.objects.filter(key="wiring", state="LIVE").count()
    ChainContract.objects.filter(name="ENGINE").update(state="SENT")
    assert "Engine" in [step.title for step in deployment_work().left]
