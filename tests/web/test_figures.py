"""The figures an operator's monitoring watches: lag by block, gas money by key, breaks by kind, each with its value."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from contracts.indexer.models import Tip
from contracts.outbox import services
from custody.register.models import RegisterCursor
from tests.db.reconciliation.world import Contract, books, contract, run, sabotage
from tests.factories.ledger import NOW, Books
from tests.support.parts import Chain, Signers

__all__ = ["books", "contract"]
pytestmark = pytest.mark.django_db
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _monitored(settings: Any) -> None:
    settings.METRICS_TOKEN = "monitoring-token"
    settings.CHAIN_RPC_URL = settings.SIGNER_ISSUER_URL = NOWHERE
    settings.REDIS_URL = "redis://127.0.0.1:9/0"


def told(client: Client) -> dict[str, float]:
    body = client.get("/metrics", headers={"Authorization": "Bearer monitoring-token"}).content.decode()
    return {name: float(value) for name, value in re.findall(r"^(tokenization_\S+) (\S+)$", body, re.MULTILINE)}


def test_breaks_are_counted_by_kind_and_each_token_says_whether_it_is_green(
    client: Client, books: Books, contract: Contract
) -> None:
    code = books.token.code
    run(books)
    found = told(client)
    assert (found[f'tokenization_reconciliation_green{{token="{code}"}}'], _breaks(found)) == (1, {})
    sabotage(books, contract)
    run(books)
    found = told(client)
    assert found[f'tokenization_reconciliation_green{{token="{code}"}}'] == 0
    assert found[f'tokenization_reconciliation_age_seconds{{token="{code}"}}'] >= 0
    assert _breaks(found) == {"UNDUE_CREATION": 1}


def _breaks(found: dict[str, float]) -> dict[str, float]:
    names = {name: re.fullmatch(r'tokenization_breaks_open\{kind="(\w+)"\}', name) for name in found}
    return {match[1]: found[name] for name, match in names.items() if match}


def test_lag_is_head_final_and_register_by_their_numbers(client: Client, books: Books) -> None:
    books.mine_and_post()
    tip = Tip.objects.get()
    Tip.objects.update(head_number=tip.number + 40)
    found = told(client)
    cursor = RegisterCursor.objects.get().block_number
    wanted = {"head": tip.number + 40, "final": tip.final_number, "register": cursor}
    assert {of: found[f'tokenization_block{{of="{of}"}}'] for of in wanted} == wanted
    assert found["tokenization_head_age_seconds"] >= 0


def test_gas_money_is_told_by_key_and_left_out_while_the_node_is_away(
    client: Client, settings: Any, chain: Chain, signers: Signers
) -> None:
    settings.CHAIN_RPC_URL, settings.SIGNER_ISSUER_URL = chain.url, signers.issuer.url
    addresses = services.signers_sync(now=NOW)
    chain.rpc("anvil_setBalance", addresses["issuer"], hex(7 * 10**15))
    chain.rpc("anvil_setBalance", addresses["identity"], "0x0")
    found = told(client)
    gas = {name: found[f'tokenization_signer_gas_wei{{key="{name}"}}'] for name in addresses}
    assert (gas["issuer"], gas["identity"], gas["bootstrap"]) == (7e15, 0, 1e24)
    settings.CHAIN_RPC_URL = NOWHERE
    found = told(client)
    assert not [name for name in found if name.startswith("tokenization_signer_gas_wei")]
    assert found['tokenization_part_up{part="node"}'] == 0
