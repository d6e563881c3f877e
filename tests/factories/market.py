"""Dealing against cash tokens on a real node: buyers with tokens, their own keys' approvals, settlement's logs."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.gateway import abi
from contracts.gateway.cash_events import PrimarySettled, TradeSettled, decode
from contracts.indexer.models import Log
from custody.cash.models import CashMint
from custody.settlement.models import SettlementInstruction
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import contract_address
from tests.factories.cash import CashDesk
from tests.factories.custody import Investor
from tests.support.kills import killed_after


@dataclass
class Market(CashDesk):
    """A cash desk with a treasury whose wallet takes proceeds."""

    def opened(self) -> tuple[TokenContract, Wallet]:
        """The cash token accepted for settlement, and the treasury's wallet on chain."""
        cash = self.cash()
        self.accepted()
        return cash, self.own_wallet("TREASURY", self.public_body())

    def approve_spender(self, investor: Investor, token: TokenContract, units: int) -> None:
        """By the investor's own key, past the platform: settlement may draw so many units of his."""
        data = abi.encode_call("SecurityToken", "approve", (contract_address("DELIVERY_VERSUS_PAYMENT"), units))
        self.sent_by(investor.key.address, token.address, data)

    def send_units(self, investor: Investor, token: TokenContract, to: str, units: int) -> None:
        data = abi.encode_call("SecurityToken", "transfer", (to, units))
        self.sent_by(investor.key.address, token.address, data)

    def minted_for(self, rows: Sequence[SettlementInstruction]) -> None:
        """The buyers' credits have become tokens in their wallets: two houses, the fiscal agent's key, final."""
        pks = [row.pk for row in rows]
        self.until(lambda: CashMint.objects.filter(settlement__in=pks).count() == len(pks))
        mints = list(CashMint.objects.filter(settlement__in=pks).order_by("pk"))
        payload = {"instructions": [mint.issue_instruction_id for mint in mints]}
        self.approve("custody.cash.CashMintApprove", payload, "fiscal", "treasury")
        for mint in mints:
            self.sign(mint)
        self.until(lambda: not CashMint.objects.filter(settlement__in=pks).exclude(state="DONE").exists())

    def killed_while(self, bell: Callable[[], Any], statements: int) -> bool:
        """The bell in a process that kills itself at its n-th statement; whether it came so far."""
        return killed_after(statements, bell) == signal.SIGKILL


def facts() -> list[PrimarySettled | TradeSettled]:
    """What settlement's own final logs say, in order."""
    logs = Log.objects.filter(address=contract_address("DELIVERY_VERSUS_PAYMENT"), block__final=True).order_by("pk")
    read = [decode(log.topics, bytes(log.data)) for log in logs]
    return [fact for fact in read if isinstance(fact, PrimarySettled | TradeSettled)]
