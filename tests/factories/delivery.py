"""Purchases paid in cash tokens, beside a chain that says what the test tells it to say."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from eth_abi.abi import encode

from contracts.gateway import calls
from contracts.gateway.calls import Leg
from contracts.indexer.models import Log
from contracts.outbox.models import Intent, Signer
from custody.instructions.models import Instruction, instruction_machine
from custody.instructions.services import instructions_deliver
from custody.settlement.models import SettlementInstruction
from custody.settlement.services.moves import move
from custody.tokenisation.models import Wallet
from tests.factories import ledgerless as world
from tests.factories.ledger import NOW, digest
from tests.factories.trades import Floor


class Delivery(Floor):
    """A treasury with its wallet; settlements on rail TOKEN up to ISSUING."""

    def __init__(self) -> None:
        super().__init__()
        self.treasury = world.address()
        Signer.objects.update_or_create(name="treasury", defaults={"key": "treasury", "address": self.treasury})
        Wallet.objects.create(address=self.treasury, proved_at=NOW)
        self.registrar = world.registrar()

    def immobilised(self, *units: int) -> list[SettlementInstruction]:
        """Paid, confirmed, and the cap raised on chain: candidates for a batch."""
        rows = world.paid_and_confirmed(self.token, self.registrar, *units, rail="TOKEN")
        for row in rows:
            instruction_machine.move(row.confirm_instruction, "SENT")
            world.settle(row.confirm_instruction)
            SettlementInstruction.objects.filter(pk=row.pk).update(state="IMMOBILISED")
            row.refresh_from_db()
            row.issue_instruction.refresh_from_db()
        return rows

    def leg(self, row: SettlementInstruction) -> Leg:
        return Leg(row.issue_instruction.number, row.wallet.address, row.issue_instruction.units, row.amount_minor)

    def send(self, *rows: SettlementInstruction, **otherwise: Any) -> Intent | None:
        """As the bell does once all would pass."""
        legs = otherwise.get("legs") or [self.leg(row) for row in rows]
        call = calls.settle_primary(
            self.contract, self.token.address, self.cash.address, self.treasury, legs, 2**40 - 1
        )
        with transaction.atomic():
            issues = [Instruction.objects.get(pk=row.issue_instruction_id) for row in rows]
            intent = instructions_deliver(
                instructions=issues, call=call, signer="settlement", after=[], deadline=rows[0].deliver_by, now=NOW
            )
            for row in rows:
                row.refresh_from_db()
                if row.state == "IMMOBILISED":
                    move(row, "ISSUING", NOW, issued_on=row.allotment.settlement_date)
        return intent

    def settle_primary(self, *rows: SettlementInstruction, tx: str = "", **otherwise: Any) -> list[Log]:
        """The logs of one batch: all the cash, then all the units, then settlement's own."""
        at = tx or digest(("batch", rows[0].pk))
        paying = otherwise.get("paying", rows)
        for row in paying:
            amount = otherwise.get("amount", row.amount_minor)
            self.pay(row.wallet.address, self.treasury, amount, tx=otherwise.get("cash_tx", at))
        for row in rows:
            issue = row.issue_instruction
            moved = self.books.mint(row.wallet.address, issue.units, issue.number)
            moved.tx_hash = self.books.logs[-1].tx_hash = at
        return [self._settled(row, at) for row in rows]

    def _settled(self, row: SettlementInstruction, at: str) -> Log:
        issue = row.issue_instruction
        topics = [_word(self.token.address), f"0x{issue.number:064x}", _word(row.wallet.address)]
        words = encode(["uint256", "address", "uint256"], [issue.units, self.cash.address, row.amount_minor])
        return self.said("PrimarySettled", topics, words, tx=at)


def _word(address: str) -> str:
    return "0x" + "0" * 24 + address[2:]
