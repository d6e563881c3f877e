"""Settlement cash on a real node: the currency's token, the treasury's wallet, deposits that become tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from django.conf import settings

from contracts.gateway import views
from contracts.gateway.client import Node
from custody.cash.models import CashBurn, CashMint
from custody.cash.services import cash_advance, cash_deposit
from custody.registries.services import confirmation_receive, confirmation_request
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

    def ring(self) -> None:
        super().ring()
        cash_advance(now=self.now)

    def deposit(self, wallet: Wallet, amount_minor: int) -> CashMint:
        """A credit at the bank, booked by the fiscal agent, its tokens approved by two houses."""
        mint = cash_deposit(
            currency="PKR",
            wallet=wallet,
            amount_minor=amount_minor,
            bank_reference=f"CREDIT-{next(_references)}",
            actor=self.people["fiscal"],
            now=self.now,
        )
        payload = {"instructions": [mint.issue_instruction_id]}
        self.approve("custody.cash.CashMintApprove", payload, "fiscal", "treasury")
        return mint

    def sign(self, mint: CashMint) -> None:
        """The fiscal agent signs with its own key, and its officer hands the signature over."""
        question = confirmation_request(
            instruction=mint.issue_instruction, registry_reference=mint.bank_reference, now=self.now
        )
        confirmation_receive(
            instruction=mint.issue_instruction,
            registry_reference=mint.bank_reference,
            signature=self.fiscal_key.sign_typed_data(question),
            actor=self.people["fiscal"],
            now=self.now,
        )

    def minted(self, wallet: Wallet, amount_minor: int) -> CashMint:
        mint = self.deposit(wallet, amount_minor)
        self.sign(mint)
        self.until(lambda: CashMint.objects.get(pk=mint.pk).state == "DONE")
        return CashMint.objects.get(pk=mint.pk)

    def burned(self, burn: CashBurn) -> CashBurn:
        """Approved by two persons, and gone for good."""
        payload = {"instructions": [burn.instruction_id]}
        self.approve("custody.cash.CashBurnApprove", payload, "fiscal", "fiscal_checker")
        self.until(lambda: CashBurn.objects.get(pk=burn.pk).state == "BURNED")
        return CashBurn.objects.get(pk=burn.pk)

    def sent_by(self, sender: str, to: str, data: bytes) -> str:
        """A transaction past the platform, by whoever the node is told to believe; returns its hash."""
        self.chain.fund(sender)
        self.chain.rpc("anvil_impersonateAccount", sender)
        sent = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(1_000_000)}
        found = str(self.chain.rpc("eth_sendTransaction", sent))
        self.chain.mine()
        return found

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
