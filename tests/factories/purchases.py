"""A purchase from its offer to its delivery, told by rows and logs; beside it what Maturity can do at the end."""

from __future__ import annotations

from typing import Any

from custody.settlement.models import SettlementInstruction
from custody.settlement.services import settlement_open, settlements_advance
from issuance.allotment.models import Allotment
from tests.factories import issuance, ledgerless
from tests.factories.ledger import wallet
from tests.factories.servicing import Maturity
from tokenization.identity.models import Party

NOW = issuance.NOW
SETTLES = ledgerless.SETTLES


class Purchases(Maturity):
    """One live bill; each buyer has the wallet of his number."""

    def __init__(self) -> None:
        super().__init__()
        self.registrar_key = ledgerless.registrar()

    def allotted(self, *pairs: tuple[Party, int], **terms: Any) -> list[Allotment]:
        """From one offer at a fixed price, 11.5 % unless told."""
        return issuance.allot(self.people, issuance.offer(self.people, self.series, **terms), *pairs)

    def opened_for(self, allotment: Allotment, number: int) -> SettlementInstruction:
        officer = ledgerless.officer("DEBT_MAKER")
        return settlement_open(allotment=allotment, wallet=wallet(number), actor=officer, now=NOW)

    def approved_for(self, allotment: Allotment, number: int) -> SettlementInstruction:
        """Opened, its issue approved by two houses, and not paid."""
        row = self.opened_for(allotment, number)
        ledgerless.approve_issue(row.issue_instruction)
        return row

    def delivered(self, allotment: Allotment, number: int) -> SettlementInstruction:
        return self.deliver(self.approved_for(allotment, number))

    def deliver(self, row: SettlementInstruction) -> SettlementInstruction:
        """Paid, confirmed by the registrar, sent, mined, posted and swept."""
        ledgerless.pay(row)
        row.refresh_from_db()
        ledgerless.confirm(row.issue_instruction, self.registrar_key)
        settlements_advance(now=SETTLES)
        row.issue_instruction.refresh_from_db()
        self.mint(row.wallet.address, row.allotment.units, row.issue_instruction.number)
        self.mine_and_post()
        settlements_advance(now=SETTLES)
        row.refresh_from_db()
        assert row.state == "DELIVERED"
        return row
