"""A reserve on a real node: the examiner's key outside, the contract's gate alone, life after the attestation ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from contracts.gateway import calls
from contracts.gateway.calls import Call
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeRefused
from contracts.gateway.keys import LocalKey
from contracts.gateway.reverts import error_name
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.selectors import signer_address
from custody.reserves.lists import csv_of
from custody.reserves.models import ReserveAttestation, VaultItem
from custody.reserves.services import (
    attestation_draft,
    attestation_message,
    attestation_receive,
    redemption_released,
    redemption_request,
    reserves_advance,
    vault_list_import,
    vault_open,
)
from custody.settlement.models import SettlementInstruction
from custody.tokenisation.models import ChainSetting, TokenContract
from custody.tokenisation.selectors import contract_address
from issuance.maths.calendars import calendar
from tests.factories import commodities, vault_lists
from tests.factories.cash import ask
from tests.factories.custody import Custody, again
from tests.factories.identity import approved_party, person
from tests.support.parts import Chain, Signers
from tests.support.standing import Standing
from tokenization.identity.models import User

pytestmark = pytest.mark.chain
ATTESTED = 500_000
FIRST = 399_440


class Reserve(Custody):
    """The same world with an examiner, whose key is outside, and three bars behind a gold token."""

    examiner_key: LocalKey
    examiner: User

    def ring(self) -> None:
        super().ring()
        reserves_advance(now=self.now)

    def enrolled(self) -> None:
        self.examiner_key, self.examiner = LocalKey.create(), person("EXAMINER", now=self.now)
        party = approved_party(users=[self.examiner], kind="COMPANY", now=self.now)
        payload = {"party": party.reference, "address": self.examiner_key.address}
        self.approve("custody.reserves.ExaminerEnrol", payload, "maker", "registrar_checker")

    def gold(self) -> TokenContract:
        issue = calendar("PK").following(timezone.localdate(self.now))
        people = self.office.at(self.now)
        end = calendar("PK").following(issue.replace(year=issue.year + 3))
        return self.tokenised(commodities.series(people, issue_date=issue, maturity_date=end))

    def allocated(self, token: TokenContract) -> list[VaultItem]:
        keeper = approved_party(kind="COMPANY", now=self.now)
        officer = self.people["registrar"]
        vault = vault_open(
            code="VLT-ONE", name="A vault", party=keeper, commodity="XAU", location="x", actor=officer, now=self.now
        )
        as_of = self.now.replace(microsecond=0) - timedelta(hours=1)
        content = csv_of(vault_lists.weight_list(3, as_of=as_of))
        vault_list_import(vault=vault, content=content, name="list.csv", actor=officer, now=self.now)
        bars = list(VaultItem.objects.order_by("pk"))
        payload = {"items": [row.pk for row in bars], "token": token.pk, "reason": "first list"}
        self.approve("custody.reserves.AllocateItems", payload, "maker", "registrar_checker")
        return bars

    def attested(self, token: TokenContract, quantity: int = ATTESTED, days: int = 2) -> ReserveAttestation:
        row = attestation_draft(
            token=token,
            quantity_minor=quantity,
            expiry=self.now + timedelta(days=days),
            scope="All bars",
            standard="ISAE 3000",
            actor=self.examiner,
            now=self.now,
        )
        signature = self.examiner_key.sign_typed_data(attestation_message(row))
        attestation_receive(attestation=row, signature=signature, actor=self.examiner, now=self.now)
        self.until(lambda: ReserveAttestation.objects.get(pk=row.pk).state == "IN_FORCE")
        return row


@pytest.fixture
def world(fresh_db: str, standing: Standing[Custody], chain: Chain, signers: Signers) -> Reserve:
    """The chain knows the examiner's key once the governor's delay is over."""
    made = again(standing.made, Reserve, chain, signers)
    made.enrolled()
    key = f"outside:EXAMINER:{made.examiner_key.address}"
    made.until(lambda: ChainSetting.objects.get(key=key).state == "ANNOUNCED")
    chain.warp(3 * 86_400)
    made.until(lambda: ChainSetting.objects.get(key=key).state == "LIVE")
    return made


def refusal(sender: str, call: Call) -> str:
    """The custom error that the call meets now, sent past our own database; empty if none."""
    request = {"from": sender, "to": call.to, "data": "0x" + call.data.hex()}
    with Node(settings.CHAIN_RPC_URL) as node:
        try:
            node.call("eth_call", request, "latest")
        except NodeRefused as refused:
            return error_name(refused.data) or refused.message
    return ""


def issue_of(row: SettlementInstruction) -> Call:
    issue, confirm = row.issue_instruction, row.confirm_instruction
    item = calls.Item(issue.number, row.wallet.address, issue.units, confirm.number)
    return calls.issue(contract_address("CONTROLLER"), row.token.address, [item])


def test_attested_issued_refused_redeemed(world: Reserve) -> None:
    token = world.gold()
    book = contract_address("RESERVE_BOOK")
    assert ask("ReserveBook", book, "capacityOf", token.address) == (0, 0)
    bars = world.allocated(token)
    world.attested(token)
    assert ask("ReserveBook", book, "capacityOf", token.address) == (ATTESTED, ATTESTED)

    holder, other = world.investor(), world.investor()
    world.registered(holder, other)
    world.delivered(token, (holder, 400_000))
    assert ask("SecurityToken", token.address, "totalSupply") == 400_000

    # The contract's gate alone: paid, confirmed, the cap raised; only the reserve is too small.
    [more] = world.settlements(token, (other, 200_000))
    world.pay(more)
    world.confirm(more)
    engine, issuer = contract_address("ENGINE"), signer_address(ROLE_KEYS[ChainRole.ISSUER])
    world.until(lambda: ask("Engine", engine, "capOf", token.address)[0] == 600_000)
    more.refresh_from_db()
    assert refusal(issuer, issue_of(more)) == "ReserveInsufficient"
    # The database's gate alone keeps it here.
    assert more.issue_instruction.state == "APPROVED"
    assert more.reason.startswith("No attestation in force carries these units")

    # Two days later the word has ended: for new units, and for nothing else.
    world.chain.warp(3 * 86_400)
    world.ring()
    assert refusal(issuer, issue_of(more)) == "ReserveAttestationExpired"
    transfer = calls.call("SecurityToken", token.address, "transfer", (other.wallet.address, 100), "a transfer")
    assert refusal(holder.wallet.address, transfer) == ""

    asked = redemption_request(
        wallet=holder.wallet, items=bars[:1], collector="A carrier", actor=world.people["maker"], now=world.now
    )
    world.approve("custody.reserves.RedeemItems", {"instructions": [asked.instruction_id]}, "maker", "checker")

    def ordered() -> bool:
        asked.refresh_from_db()
        return asked.state == "RELEASE_ORDERED"

    world.until(ordered)
    assert ask("SecurityToken", token.address, "totalSupply") == 400_000 - FIRST
    world.until(lambda: _encumbered(book, token) == FIRST)
    officer = world.people["registrar"]
    redemption_released(redemption=asked, vault_reference="OUT-1", actor=officer, now=world.now)
    bars[0].refresh_from_db()
    assert bars[0].state == "RELEASED"


def _encumbered(book: str, token: TokenContract) -> int:
    found = ask("ReserveBook", book, "attestationOf", token.address)
    return int(found["encumbered"] if isinstance(found, dict) else found[3])
