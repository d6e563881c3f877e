"""Cash tokens from the office's pages: each form calls its service, for its role; the records show the outcome."""

from __future__ import annotations

import pytest
from django.test import Client

from custody.cash.models import CashBurn, CashMint
from custody.cash.services import cash_advance
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import TokenContract, Wallet
from tests.factories import cashless as desk
from tests.factories import ledgerless as world
from tests.support.journal import balances
from tests.support.people import person
from tokenization.identity.approvals import approval_approve
from tokenization.identity.models import Approval
from tokenization.identity.roles import Role
from tokenization.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> TokenContract:
    monkeypatch.setattr(clock, "now", lambda: desk.NOW)
    return world.cash_token()


def does(client: Client, role: Role, task: str, **form: object) -> str:
    client.force_login(person(role))
    return client.post(f"/office/propose/{task}/", form, follow=True).content.decode()


def agreed(role: Role) -> Approval:
    proposal = Approval.objects.latest("pk")
    return approval_approve(approval_id=proposal.pk, actor=person(role), now=desk.NOW)


def test_a_credit_is_booked_minted_burned_and_paid_from_the_pages(token: TokenContract, client: Client) -> None:
    wallet, key = world.wallet(), desk.fiscal_agent()
    Wallet.objects.filter(pk=wallet.pk).update(chain_state="REGISTERED")
    form = {"wallet": wallet.pk, "currency": "pkr", "amount": "7.00", "bank_reference": "B-1"}
    assert does(client, Role.TREASURY_OFFICER, "cash-credit", **form) == does(client, Role.TREASURY_OFFICER, "nothing")
    assert CashEntry.objects.count() == 0
    assert "Booked: PKR 7.00" in does(client, Role.FISCAL_AGENT_OFFICER, "cash-credit", **form)
    does(client, Role.FISCAL_AGENT_OFFICER, "cash-mint", token=token.pk)
    assert agreed(Role.TREASURY_OFFICER).action == "custody.cash.CashMintApprove"
    mint = CashMint.objects.get()
    desk.sign(mint, key)
    cash_advance(now=desk.NOW)
    desk.arrived(mint)
    cash_advance(now=desk.NOW)
    burn = desk.request(wallet, 300)
    does(client, Role.FISCAL_AGENT_OFFICER, "cash-burn", token=token.pk)
    assert agreed(Role.FISCAL_AGENT_CHECKER).action == "custody.cash.CashBurnApprove"
    paid = {"burn": burn.pk, "bank_reference": "OUT-1"}
    assert "Select a valid choice" in does(client, Role.FISCAL_AGENT_OFFICER, "cash-paid", **paid)
    cash_advance(now=desk.NOW)
    desk.gone(burn)
    cash_advance(now=desk.NOW)
    assert "PKR 3.00 paid to" in does(client, Role.FISCAL_AGENT_OFFICER, "cash-paid", **paid)
    assert CashBurn.objects.get().state == "PAID"
    assert cash_balances("PKR") == balances(BANK=400, CASH_TOKEN=-400)
    for page, words in (("cash_cashmint", "B-1"), ("cash_cashburn", "OUT-1"), ("tokenisation_tokencontract", "PKR")):
        label, model = page.split("_")
        assert words in client.get(f"/office/{label}/{model}/").content.decode()


def test_cash_is_asked_for_and_the_empty_wallet_is_not_swept(token: TokenContract, client: Client) -> None:
    desk.treasury()
    page = does(client, Role.TREASURY_OFFICER, "cash-sweep", currency="PKR", day="2026-07-02")
    assert "wallet is empty" in page
    assert (Approval.objects.filter(action__startswith="custody.cash").count(), CashBurn.objects.count()) == (0, 0)
    page = does(client, Role.DEBT_MAKER, "cash-tokenise", currency="PKR", ceiling="1000000.00")
    assert "has its cash already" in page


def test_a_credit_that_nobody_has_signed_for_is_given_up_into_suspense(token: TokenContract, client: Client) -> None:
    mint, key = desk.credit(world.wallet(), 700, reference="B-1"), desk.fiscal_agent()
    form = {"mint": mint.pk, "reason": "less came than was typed"}
    for role in (Role.TREASURY_OFFICER, Role.FISCAL_AGENT_CHECKER):
        assert does(client, role, "cash-give-up", **form) == does(client, role, "nothing")
    assert CashMint.objects.get().state == "CREDITED"
    assert "Given up: PKR 7.00 waits in suspense now." in does(
        client, Role.FISCAL_AGENT_OFFICER, "cash-give-up", **form
    )
    row = CashMint.objects.get()
    assert (row.state, row.reason) == ("RELEASED", "less came than was typed")
    assert cash_balances("PKR") == balances(BANK=700, SUSPENSE=-700)
    signed = desk.credit(world.wallet(), 900, reference="B-2")
    desk.approve_mint(signed)
    desk.sign(signed, key)
    assert "Select a valid choice" in does(
        client, Role.FISCAL_AGENT_OFFICER, "cash-give-up", **form | {"mint": signed.pk}
    )
    assert CashMint.objects.get(pk=signed.pk).state == "CREDITED"


def test_a_credit_that_pays_a_purchase_is_offered_once_two_persons_have_withdrawn_it(
    token: TokenContract, client: Client
) -> None:
    (row,) = world.settlements(world.token(), 5, rail="TOKEN")
    world.pay(row)
    cash_advance(now=world.NOW)
    mint = CashMint.objects.get()
    form = {"mint": mint.pk, "reason": "not wanted"}
    assert "Select a valid choice" in does(client, Role.FISCAL_AGENT_OFFICER, "cash-give-up", **form)
    assert CashMint.objects.get().state == "CREDITED"
    SettlementInstruction.objects.filter(pk=row.pk).update(state="WITHDRAWN")
    assert "waits in suspense now." in does(client, Role.FISCAL_AGENT_OFFICER, "cash-give-up", **form)
    assert CashMint.objects.get().state == "RELEASED"
