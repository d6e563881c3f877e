"""Settlement cash on a real node: the currency's token, the treasury's wallet, deposits that become tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from django.conf import settings

from contracts.gateway import views
from contracts.gateway.client import Node
from custody.tokenisation.models import ChainSetting, TokenContract, Wallet
from custody.tokenisation.selectors import cash_token
from custody.tokenisation.services import own_wallet_enrol, wallets_register
from custody.tokenisation.services.cash import listing_key
from custody.tokenisation.services.treasury import OwnWallet
from tests.factories.custody import Custody
from tests.factories.identity import approved_party
from tokenization.identity.models import Party

CEILING = 10**13
DAY = 86_400
_references = count(1)


@dataclass
class CashDesk(Custody):
    """A custody whose treasury and fiscal agent work with the settlement cash of rupees."""

    def cash(self) -> TokenContract:
        """The cash of PKR, created by two houses and live (not yet accepted for settlement)."""
        payload = {"currency": "PKR", "ceiling_minor": CEILING}
        self.approve("custody.tokenisation.CashTokenise", payload, "treasury", "fiscal_checker")
        self.until(lambda: getattr(cash_token("PKR"), "state", "") == "LIVE")
        return TokenContract.objects.get(purpose="CASH", currency="PKR")

    def accepted(self) -> None:
        """The day of the announcement has passed: delivery versus payment and paying agent take it."""
        row = ChainSetting.objects.get(key=listing_key("PKR"))
        self.until(lambda: ChainSetting.objects.get(pk=row.pk).state == "ANNOUNCED")
        self.chain.warp(DAY + 1)
        self.until(lambda: ChainSetting.objects.get(pk=row.pk).state == "LIVE")

    def public_body(self) -> Party:
        return approved_party(
            actor=self.people["compliance"],
            now=self.now,
            until=self.now + timedelta(days=365),
            reference=f"TREASURY-{next(_references)}",
            kind="PUBLIC_BODY",
            category="PUBLIC_BODY",
        )

    def own_wallet(self, name: OwnWallet, body: Party) -> Wallet:
        """Enrolled and on the chain's registry."""
        wallet = own_wallet_enrol(name=name, party=body, actor=self.people["compliance"], now=self.now)
        wallets_register(wallets=[wallet], actor=self.people["compliance"], now=self.now)
        self.until(lambda: Wallet.objects.get(pk=wallet.pk).chain_state == "REGISTERED")
        return wallet


def ask(artifact: str, address: str, function: str, *args: Any) -> Any:
    """What a contract answers at the head."""
    with Node(settings.CHAIN_RPC_URL) as node:
        (answer,) = views.read(node, views.head(node).hash, [(artifact, address, function, args)])
    return answer
