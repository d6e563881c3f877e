"""The settlement cash of a currency on a real node: its address, its suite, its listing, and the treasury's wallet."""

from __future__ import annotations

import pytest
from django.db import transaction

from contracts.gateway.roles import ChainRole
from contracts.outbox.models import Intent
from contracts.outbox.selectors import signer_address
from custody.tokenisation.models import CashProgramme, ChainSetting, Wallet
from custody.tokenisation.selectors import cash_token, contract_address, treasury_wallet, wallet_owner
from custody.tokenisation.services import own_wallet_enrol, treasury_allow
from custody.tokenisation.services.cash import NEVER, listing_key
from tests.factories.cash import CEILING, CashDesk, ask
from tests.factories.identity import party as any_party
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.chain
DAY = 86_400


def test_two_houses_create_the_cash_of_a_currency_and_it_is_accepted_a_day_later(desk: CashDesk) -> None:
    payload, action = {"currency": "PKR", "ceiling_minor": CEILING}, "custody.tokenisation.CashTokenise"
    asked = approval_propose(action=action, payload=payload, actor=desk.people["treasury"], now=desk.now)
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=asked.pk, actor=desk.people["checker"], now=desk.now)
    assert cash_token("PKR") is None
    approval_approve(approval_id=asked.pk, actor=desk.people["fiscal_checker"], now=desk.now)
    desk.until(lambda: getattr(cash_token("PKR"), "state", "") == "LIVE")
    token = cash_token("PKR")
    assert token is not None
    book, at = contract_address("CASH_BOOK"), token.address
    assert ask("SecurityToken", at, "symbol") == "PKR-CASH"
    assert ask("SecurityToken", at, "decimals") == 2
    assert ask("SecurityToken", at, "compliance") == contract_address("CASH_ENGINE")
    code = bytes.fromhex(CashProgramme.objects.get().code[2:])
    terms = ask("Engine", contract_address("CASH_ENGINE"), "seriesOf", at)
    assert terms == ("0x" + code.hex(), CEILING, 10**6, NEVER, False)
    assert ask("Engine", contract_address("CASH_ENGINE"), "programmeOf", code)[0] == CEILING * 10**6
    assert ask("CashBook", book, "entryOf", at)["accepted"] is False
    with pytest.raises(Refused, match="has its cash already"):
        desk.approve(action, {**payload, "ceiling_minor": 1}, "treasury", "fiscal_checker")
    desk.until(lambda: ChainSetting.objects.get(key=listing_key("PKR")).state == "ANNOUNCED")
    desk.chain.warp(DAY + 1)
    desk.until(lambda: ChainSetting.objects.get(key=listing_key("PKR")).state == "LIVE")
    entry = ask("CashBook", book, "entryOf", at)
    assert (entry["accepted"], entry["scale"], entry["currency"]) == (True, 1, "0x" + b"PKR".hex())


def test_the_treasurys_wallet_lets_the_paying_agent_draw_and_holds_no_role(desk: CashDesk) -> None:
    desk.cash()
    body = desk.public_body()
    with pytest.raises(Refused, match="no public body"):
        own_wallet_enrol(name="TREASURY", party=any_party(), actor=desk.people["compliance"], now=desk.now)
    assert Wallet.objects.count() == 0
    wallet = desk.own_wallet("TREASURY", body)
    assert (wallet, wallet.address) == (treasury_wallet(), signer_address("treasury"))
    assert wallet_owner(wallet.address, desk.now) == body
    agent, token = contract_address("PAYING_AGENT"), cash_token("PKR")
    assert token is not None
    with transaction.atomic():
        intent = treasury_allow(
            currency="PKR", drawer="PAYING_AGENT", amount_minor=700, key="coupon:1",
            actor=desk.people["treasury"], now=desk.now,
        )  # fmt: skip
    desk.until(lambda: Intent.objects.get(pk=intent.pk).state == "FINAL")
    assert ask("SecurityToken", token.address, "allowance", wallet.address, agent) == 700
    manager = contract_address("ACCESS_MANAGER")
    for role in ChainRole:
        assert ask("AccessManager", manager, "hasRole", int(role), wallet.address)[0] is False, role
