"""After an allotment: what is next, by whom and until when, and the settlements opened in one step from the pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from custody.servicing.actions import PaymentRelease
from custody.settlement.models import SettlementInstruction
from custody.tokenisation.models import Wallet
from issuance.allotment.models import Allotment
from issuance.series.models import Series
from tests.factories import auction as auctions
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.factories.servicing import Maturity
from tests.support.people import person
from tokenization.backoffice.forms.custody import OpenForm
from tokenization.identity.models import PartyMember
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_july")]
NOW = world.NOW
HEADING = "Next, from allotment to delivery"


@pytest.fixture
def series() -> Series:
    """Allotted to two funds that have their wallets on chain, and to one that has none."""
    people = issuance.office()
    row = issuance.series(people)
    parties = [issuance.party(people, reference=f"FUND-{number}") for number in (1, 2, 3)]
    issuance.allot(people, issuance.offer(people, row), *((party, 100) for party in parties))
    for party in parties[:2]:
        Wallet.objects.filter(pk=world.wallet(party).pk).update(chain_state="REGISTERED")
    return row


def page(client: Client, role: Role, path: str = "") -> str:
    client.force_login(person(role))
    answer = client.get(f"/office/{path}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def opened(client: Client, series: Series, role: Role = Role.DEBT_MAKER) -> str:
    client.force_login(person(role))
    answer = client.post("/office/propose/settlements/", {"series": series.pk, "rail": "BANK"}, follow=True)
    return answer.content.decode()


def test_nothing_is_said_where_nothing_was_allotted(client: Client) -> None:
    assert HEADING not in page(client, Role.DEBT_MAKER)


def test_an_auction_that_has_closed_waits_for_its_decision(client: Client) -> None:
    people = issuance.office()
    row = auctions.booked(people)
    said = page(client, Role.DEBT_MAKER)
    assert f"Decide auction {row.number} of {row.series.isin}: it has closed" in said
    assert f'href="/office/auctions/{row.pk}/"' in said
    assert ">target PKR 5,000,000.00</td>" in said
    auctions.decided(people, row, {"cut_off": "97.5"})
    assert "Decide auction" not in page(client, Role.DEBT_MAKER)


def test_without_a_token_the_first_step_is_to_tokenise(client: Client, series: Series) -> None:
    words = f"Tokenise {series.isin}: without a token nothing of it can settle"
    maker = page(client, Role.DEBT_MAKER)
    assert words in maker
    assert "Debt office: you" in maker
    assert 'href="/office/propose/tokenise/"' in maker
    agent = page(client, Role.FISCAL_AGENT_OFFICER)
    assert words in agent
    assert "Debt office: you" not in agent
    assert 'href="/office/propose/tokenise/"' not in agent
    board = page(client, Role.REGISTRAR_OFFICER, f"settlement/?on={series.issue_date.isoformat()}")
    assert board.count("the security is tokenised") == 3
    assert "No settlement is open for this day yet." in board
    assert "Nothing settles on this day." not in board


def test_what_has_matured_is_not_offered_to_be_opened(series: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    world.token(series=series)
    assert [*OpenForm().fields["series"].queryset] == [series]  # type: ignore[attr-defined]
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=365))
    assert [*OpenForm().fields["series"].queryset] == []  # type: ignore[attr-defined]


def test_with_a_token_the_settlements_are_opened_in_one_step(client: Client, series: Series) -> None:
    world.token(series=series)
    assert f"Open the settlements of {series.isin}: until then no buyer can pay" in page(client, Role.DEBT_MAKER)
    board = f"settlement/?on={series.issue_date.isoformat()}"
    assert page(client, Role.DEBT_MAKER, board).count("its settlement is opened") == 3
    said = opened(client, series)
    assert f"Opened: 2 purchases of {series.isin}." in said
    assert "Left out for want of a wallet on chain: FUND-3" in said
    rows = SettlementInstruction.objects.order_by("pk")
    assert [(row.allotment.party.reference, row.allotment.units, row.state) for row in rows] == [
        ("FUND-1", 100, "AWAITING_CASH"), ("FUND-2", 100, "AWAITING_CASH"),
    ]  # fmt: skip
    assert page(client, Role.DEBT_MAKER, board).count("its settlement is opened") == 1
    agent = page(client, Role.FISCAL_AGENT_OFFICER)
    assert f"Take in the bank&#x27;s statement, or confirm the cash, of {series.isin}" in agent
    assert "Fiscal agent: you" in agent
    assert f"Propose the issue of {series.isin} on chain" in agent


def test_opening_again_takes_in_who_was_left_out_and_then_says_that_nothing_waits(
    client: Client, series: Series
) -> None:
    world.token(series=series)
    opened(client, series)
    assert "No buyer of" in opened(client, series)
    assert SettlementInstruction.objects.count() == 2
    left = Allotment.objects.get(party__reference="FUND-3")
    Wallet.objects.filter(pk=world.wallet(left.party).pk).update(chain_state="REGISTERED")
    assert f"Opened: 1 purchase of {series.isin}." in opened(client, series)
    assert SettlementInstruction.objects.count() == 3
    assert "Select a valid choice" in opened(client, series)


@pytest.mark.parametrize("role", [Role.DEBT_CHECKER, Role.REGISTRAR_OFFICER, Role.OPERATOR])
def test_who_may_not_ask_for_an_issue_opens_nothing(client: Client, series: Series, role: Role) -> None:
    world.token(series=series)
    client.force_login(person(role))
    answer = client.post("/office/propose/settlements/", {"series": series.pk, "rail": "BANK"})
    assert (answer.status_code, SettlementInstruction.objects.count()) == (404, 0)


def test_the_registrar_is_told_when_his_confirmation_is_what_is_missing(client: Client, series: Series) -> None:
    world.token(series=series)
    opened(client, series)
    row = SettlementInstruction.objects.order_by("pk").first()
    assert row is not None
    world.approve_issue(row.issue_instruction)
    world.pay(row)
    said = page(client, Role.REGISTRAR_OFFICER)
    assert f"Confirm with the registrar&#x27;s key that the units of {series.isin} are immobilised" in said
    assert 'href="/office/signatures/"' in said.split("Confirm with the registrar")[0][-120:]
    assert "Registrar: you" in said


def test_what_is_late_is_said_to_be_late(client: Client, series: Series, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=30))
    assert "2 Jul 2026: late" in page(client, Role.DEBT_MAKER)


def test_the_buyer_reads_who_opens_it_and_before_when(client: Client, series: Series) -> None:
    user, row = person(Role.INVESTOR), Allotment.objects.order_by("pk")[0]
    PartyMember.objects.create(party=row.party, user=user)
    client.force_login(user)
    said = client.get(f"/portal/purchases/{row.pk}/").content.decode()
    assert "The debt office opens the settlement before 2 Jul 2026, the settlement date" in said


def test_the_treasury_reads_what_comes_after_the_record_of_a_redemption(client: Client) -> None:
    due = Maturity()
    due.holder(1, 600)
    event = due.recorded()
    isin = due.series.isin
    fund, release, burn = (
        f"{what} of {isin}"
        for what in (
            "Record the treasury&#x27;s money for the redemption", "Release the payments of the redemption",
            "Burn the units",
        )
    )  # fmt: skip
    agent = page(client, Role.FISCAL_AGENT_OFFICER)
    assert fund in agent
    assert "Fiscal agent: you" in agent
    assert "PKR 600,000.00" in agent
    own = page(client, Role.TREASURY_OFFICER)
    assert "Treasury: you" in own
    assert burn in own
    assert release not in own
    due.fund(event)
    own = page(client, Role.TREASURY_OFFICER)
    assert release in own
    assert f'href="/office/events/{event.pk}/"' in own
    assert fund not in own
    due.propose(event)
    due.propose(event, PaymentRelease.name)
    own = page(client, Role.TREASURY_OFFICER)
    assert (release in own, burn in own, HEADING in own) == (False, False, False)


def test_a_form_with_nothing_to_choose_says_what_comes_first(client: Client, series: Series) -> None:
    client.force_login(person(Role.DEBT_MAKER))
    opening, issuing = "/office/propose/settlements/", "/office/propose/issue/"
    said = client.get(opening).content.decode()
    assert "There is nothing to choose today: security. No purchase waits to be opened" in said
    assert "<select" not in said.split("<main", 1)[-1].split("tk-empty", 1)[1]
    token = world.token(series=series)
    assert str(series.isin) in client.get(opening).content.decode()
    # A token is offered to be issued once an issue of it is prepared, and not before.
    assert "No issue is prepared. Opening the settlements" in client.get(issuing).content.decode()
    opened(client, series)
    said = client.get(issuing).content.decode()
    assert "No issue is prepared" not in said
    assert f'<option value="{token.pk}">{series.isin}' in said
