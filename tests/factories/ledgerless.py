"""The custody side without a node: a token, wallets and instructions as rows, for rules that the database keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from contracts.gateway.keys import LocalKey
from contracts.indexer.models import Block, Log
from contracts.outbox.models import Chain, Intent, IntentItem
from custody.instructions.models import Instruction
from custody.instructions.services import (
    instruction_create,
    instruction_settled_by_log,
    instructions_pull_outcomes,
    instructions_send_approved,
)
from custody.registries.models import RegistrarKey, RegistryConfirmation
from custody.registries.services import confirmation_receive, confirmation_request, release_receive
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.services import cash_receive, settlement_open
from custody.tokenisation.models import ChainContract, TokenContract, Wallet, WalletHolder
from issuance.series.models import Series
from tests.factories import issuance
from tests.factories.identity import person
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, Party, User

NOW = issuance.NOW
# The morning of the settlement day: nothing is issued before it.
SETTLES = NOW + timedelta(days=1)
CHAIN_ID = 31337
_numbers = count(1)


def address() -> str:
    return "0x" + f"{next(_numbers) + 0xABC000:040x}"


def a_hash() -> str:
    return "0x" + f"{next(_numbers) + 0xABC000:064x}"


def officer(role: str) -> User:
    return person(role, username=f"{role.lower()}.{next(_numbers)}", now=NOW)


def contracts_live() -> None:
    """Bootstrap contracts as if deployed."""
    Chain.objects.get_or_create(id=1, defaults={"chain_id": CHAIN_ID, "genesis_hash": "0x" + "11" * 32})
    for name in ChainContract.Name.values:
        ChainContract.objects.get_or_create(
            name=name,
            defaults={
                "artifact": name,
                "artifact_hash": a_hash(),
                "address": address(),
                "state": "LIVE",
                "verified_at": NOW,
            },
        )


def token(people: issuance.Office | None = None, series: Series | None = None) -> TokenContract:
    contracts_live()
    row = series or issuance.series(people or issuance.office())
    sheet = row.term_sheets.get()
    return TokenContract.objects.create(
        series=row,
        currency=row.currency,
        chain_id=CHAIN_ID,
        address=address(),
        salt=a_hash(),
        terms_hash=sheet.sha256,
        approval=sheet.approved_by,
        state="LIVE",
    )


def cash_token(currency: str = "PKR") -> TokenContract:
    """Settlement cash, as if created and live."""
    contracts_live()
    return TokenContract.objects.create(
        purpose="CASH",
        currency=currency,
        chain_id=CHAIN_ID,
        address=address(),
        salt=a_hash(),
        terms_hash=a_hash(),
        approval=issuance.series(issuance.office()).term_sheets.get().approved_by,
        state="LIVE",
    )


def wallet(party: Party | None = None, people: issuance.Office | None = None) -> Wallet:
    row = Wallet.objects.create(address=address(), proved_at=NOW)
    WalletHolder.objects.create(wallet=row, party=party or issuance.party(people or issuance.office()), valid_from=NOW)
    return row


def instruction(of: TokenContract, kind: str = "ISSUE", units: int = 10, **more: Any) -> Instruction:
    values: dict[str, Any] = {
        "wallet": None if kind == "CONFIRM" else wallet(),
        "source_key": f"test:{next(_numbers)}",
        "actor": officer("DEBT_MAKER"),
        "now": NOW,
    }
    return instruction_create(token=of, kind=kind, units=units, **(values | more))


def issue_pair(of: TokenContract, units: int = 10) -> tuple[Instruction, Instruction]:
    issue = instruction(of, "ISSUE", units)
    return issue, instruction(of, "CONFIRM", units, linked_to=issue)


def approve(action: str, payload: dict[str, Any], maker: str, checker: str) -> Approval:
    proposal = approval_propose(action=action, payload=payload, actor=officer(maker), now=NOW)
    return approval_approve(approval_id=proposal.pk, actor=officer(checker), now=NOW)


def approve_issue(*rows: Instruction) -> Approval:
    payload = {"instructions": [row.pk for row in rows]}
    approval = approve("custody.instructions.IssueApprove", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")
    for row in rows:
        row.refresh_from_db()
    return approval


def registrar() -> LocalKey:
    key = LocalKey.create()
    RegistrarKey.objects.create(address=key.address, valid_from=NOW - timedelta(days=1))
    return key


def confirm(issue: Instruction, key: LocalKey, reference: str = "", **more: Any) -> RegistryConfirmation:
    named = reference or f"CSD-{next(_numbers)}"
    message = confirmation_request(instruction=issue, registry_reference=named, now=NOW)
    values: dict[str, Any] = {
        "instruction": issue,
        "registry_reference": named,
        "signature": key.sign_typed_data(message),
        "actor": officer("REGISTRAR_OFFICER"),
        "now": NOW,
    }
    return confirmation_receive(**(values | more))


def log(of: TokenContract) -> Log:
    """A log in a final block; its content does not matter here."""
    number = next(_numbers)
    block = Block.objects.create(
        number=number, hash=a_hash(), parent_hash=a_hash(), timestamp=datetime(2026, 7, 1, tzinfo=UTC), final=True
    )
    return Log.objects.create(
        block=block, log_index=0, tx_hash=a_hash(), tx_index=0, address=of.address, topics=[], data=b""
    )


def settlements(of: TokenContract, *units: int, rail: str = "BANK") -> list[SettlementInstruction]:
    """Allotted and opened, one new party each; nothing is paid or approved yet."""
    people = issuance.office()
    parties = [issuance.party(people) for _ in units]
    offer = issuance.offer(people, of.series)
    allotments = issuance.allot(people, offer, *zip(parties, units, strict=True))
    return [
        settlement_open(allotment=row, wallet=wallet(party), actor=officer("DEBT_MAKER"), now=NOW, rail=rail)
        for row, party in zip(allotments, parties, strict=True)
    ]


def pay(row: SettlementInstruction, amount_minor: int = 0, reference: str = "") -> CashEntry:
    return cash_receive(
        payment_reference=row.payment_reference,
        currency=row.currency,
        amount_minor=amount_minor or row.amount_minor,
        bank_reference=reference or f"BANK-{next(_numbers)}",
        actor=officer("FISCAL_AGENT_OFFICER"),
        now=NOW,
    )


def paid_and_confirmed(
    of: TokenContract, key: LocalKey, *units: int, rail: str = "BANK"
) -> list[SettlementInstruction]:
    """Paid, approved by two houses and signed by the registrar: the next bell sends them."""
    rows = settlements(of, *units, rail=rail)
    approve_issue(*(row.issue_instruction for row in rows))
    for row in rows:
        pay(row)
        confirm(row.issue_instruction, key)
    return rows


def settle(instruction: Instruction) -> None:
    """As the register would, at the final log of a sent instruction."""
    at = instruction.wallet.address if instruction.wallet else None
    done = instruction_settled_by_log(
        token=instruction.token,
        number=instruction.number,
        kind=instruction.kind,
        wallet=at,
        units=instruction.units,
        log=log(instruction.token),
        now=NOW,
    )
    assert done is not None


def sent_withdrawal(withdraw: Instruction) -> RegistryConfirmation:
    """Sent, its final log seen, and released by whoever keeps the registry side of the token."""
    withdraw.refresh_from_db()
    instructions_send_approved(now=NOW)
    withdraw.refresh_from_db()
    settle(withdraw)
    officers = "FISCAL_AGENT_OFFICER" if withdraw.token.is_cash else "REGISTRAR_OFFICER"
    return release_receive(
        instruction=withdraw,
        kind="WITHDRAW",
        registry_reference=f"W-{withdraw.pk}",
        actor=officer(officers),
        now=NOW,
    )


def give_up(instruction: Instruction, reason: str) -> None:
    """As the outbox would: the live intent of its number ends REJECTED, and the bell of instructions rings."""
    items = IntentItem.objects.filter(contract=instruction.token.address, number=instruction.number, live=True)
    for intent in Intent.objects.filter(items__in=items).distinct():
        Intent.objects.filter(pk=intent.pk).update(state="REJECTED", reason=reason)
        intent.items.update(live=False)
    instructions_pull_outcomes(now=NOW)
    instruction.refresh_from_db()
