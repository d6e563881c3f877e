"""The token of a reserve-backed series on a real node: its reserve is open first, and nothing unattested is issued."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from contracts.gateway import abi, calls, reverts, views
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeRefused
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.models import Intent
from contracts.outbox.selectors import signer_address
from custody.tokenisation.models import ChainSetting, TokenContract
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.reserves import reserve_key, reserve_open
from custody.tokenisation.services.tokens import record_instant
from issuance.maths.calendars import calendar
from issuance.series.models import Series
from tests.factories import commodities
from tests.factories import issuance as made
from tests.factories.cash import ask
from tests.factories.custody import Custody
from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES

pytestmark = pytest.mark.chain
NOBODY = "0x" + 40 * "0"


def gold(custody: Custody) -> Series:
    issue = calendar("PK").following(timezone.localdate(custody.now))
    people = custody.office.at(custody.now)
    return commodities.series(
        people, issue_date=issue, maturity_date=calendar("PK").following(issue.replace(year=issue.year + 3)),
        margin_bps=25,
    )  # fmt: skip


def test_the_reserve_is_open_before_the_token_and_an_issue_without_attestation_is_refused(custody: Custody) -> None:
    row = gold(custody)
    token = custody.tokenised(row)
    book, engine = contract_address("RESERVE_BOOK"), contract_address("ENGINE")
    kind = MEASURES["XAU"].kind
    assert ask("ReserveBook", book, "backingOf", token.address) == (kind, 1, 25)
    assert ask("ReserveBook", book, "capacityOf", token.address) == (0, 0)
    with Node(settings.CHAIN_RPC_URL) as node:
        shown = views.reserve(node, views.head(node).hash, book, token.address)
    assert shown == views.ReserveShown(number=0, quantity=0, encumbered=0, expiry=0, eligible=0)
    rules, counted, closed = ask("Engine", engine, "rulesOf", token.address)
    assert (rules["reserveBacked"] if isinstance(rules, dict) else rules[4], counted, closed) == (True, False, False)
    programme, ceiling, face, maturity, freed = ask("Engine", engine, "seriesOf", token.address)
    assert (ceiling, face, maturity, freed) == (1_000_000, 10**6, int(record_instant(row).timestamp()), False)
    assert ask("Engine", engine, "programmeOf", bytes.fromhex(programme[2:]))[0] == 1_000_000 * 10**6
    opened = ChainSetting.objects.get(key=reserve_key(row.isin))
    created = Intent.objects.get(key=f"token:{row.isin}")
    assert opened.words == f"Reserve of {row.isin}: 0.001 fine troy ounce behind one unit"
    assert opened.intent_id in set(created.after.values_list("prerequisite_id", flat=True))
    assert (token.currency, token.paid_in, Series.objects.get(pk=row.pk).state) == ("XAU", "PKR", "LIVE")
    assert reserve_open(token=token, now=custody.now) == opened

    holder = custody.investor()
    custody.registered(holder)
    [settlement] = custody.settlements(token, (holder, 400))
    assert (settlement.amount_minor, settlement.currency) == (44_000_000, "PKR")
    custody.pay(settlement)
    custody.confirm(settlement)
    custody.until(lambda: ask("Engine", engine, "capOf", token.address)[0] == 400)
    said = ask("Engine", engine, "failureOf", token.address, NOBODY, holder.wallet.address, 1)
    assert reverts.error_name(bytes.fromhex(said[2:]) if isinstance(said, str) else said) == "ReserveUnattested"
    item = calls.Item(settlement.issue_instruction.number, holder.wallet.address, 400)
    issue = calls.issue(contract_address("CONTROLLER"), token.address, [item])
    request = {
        "from": signer_address(ROLE_KEYS[ChainRole.ISSUER]),
        "to": issue.to,
        "data": "0x" + issue.data.hex(),
    }
    with Node(settings.CHAIN_RPC_URL) as node, pytest.raises(NodeRefused) as refusal:
        node.call("eth_call", request, "latest")
    assert reverts.error_name(refusal.value.data) == "ReserveUnattested"
    for _ in range(3):
        custody.ring()
    assert ask("SecurityToken", token.address, "totalSupply") == 0


def test_a_bill_has_no_reserve_and_none_is_opened_for_it(custody: Custody) -> None:
    token = custody.tokenised()
    with pytest.raises(Refused, match="backed by no commodity"):
        reserve_open(token=token, now=custody.now)
    data = abi.encode_call("ReserveBook", "backingOf", (token.address,))
    with Node(settings.CHAIN_RPC_URL) as node, pytest.raises(NodeRefused) as refusal:
        node.call("eth_call", {"to": contract_address("RESERVE_BOOK"), "data": "0x" + data.hex()}, "latest")
    assert reverts.error_name(refusal.value.data) == "ReserveUnknown"
    assert not ChainSetting.objects.filter(key__startswith="reserve:").exists()
    assert TokenContract.objects.get().paid_in == "PKR"
    assert Decimal(made.DENOMINATION) == token.minor_per_unit
