"""Two investors, their keys and a cash token, beside a chain that says what the test tells it to say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eth_abi.abi import encode

from contracts.gateway.abi import event_topic
from contracts.gateway.keys import LocalKey
from contracts.indexer.models import Log, WatchedContract
from custody.register.events import ZERO
from custody.settlement.trades.models import Trade
from custody.settlement.trades.services import trade_message, trade_propose, trade_sign
from custody.settlement.trades.services.agree import order_of
from custody.tokenisation.models import TokenContract, Wallet, WalletHolder
from custody.tokenisation.selectors import contract_address
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.factories.identity import person
from tests.factories.ledger import NOW, Books, digest
from tokenization.identity.models import Party, User
from tokenization.identity.services import party_member_add

SOON = NOW + timedelta(hours=1)


@dataclass(frozen=True)
class Investor:
    party: Party
    user: User
    key: LocalKey
    wallet: Wallet


def investor(people: issuance.Office) -> Investor:
    """With a valid KYC, a user of its own and a registered wallet."""
    party, user, key = issuance.party(people), person("INVESTOR", now=NOW), LocalKey.create()
    party_member_add(party=party, user=user, actor=people.compliance, now=NOW)
    wallet = Wallet.objects.create(address=key.address, proved_at=NOW, chain_state="REGISTERED")
    WalletHolder.objects.create(wallet=wallet, party=party, valid_from=NOW - timedelta(days=1))
    return Investor(party, user, key, wallet)


class Floor:
    """A live series with its books, cash of its currency, settlement's contract, a seller and a buyer."""

    def __init__(self) -> None:
        self.books = Books()
        self.cash = world.cash_token()
        TokenContract.objects.filter(pk=self.books.token.pk).update(state="LIVE")
        self.books.token.refresh_from_db()
        self.token, self.contract = self.books.token, contract_address("DELIVERY_VERSUS_PAYMENT")
        self.seller, self.buyer = investor(self.books.people), investor(self.books.people)
        for where, artifact in ((self.cash.address, "SecurityToken"), (self.contract, "DeliveryVersusPayment")):
            WatchedContract.objects.create(
                address=where, artifact=artifact, name=artifact, from_block=100, filled_to=100, watched_at=NOW
            )

    def propose(self, units: int = 5, amount_minor: int = 480_000, **more: Any) -> Trade:
        values: dict[str, Any] = {
            "token": self.token,
            "seller": self.seller.wallet,
            "buyer": self.buyer.wallet,
            "valid_until": SOON,
            "party": self.seller.party,
            "actor": self.seller.user,
            "now": NOW,
        }
        return trade_propose(units=units, amount_minor=amount_minor, **(values | more))

    def sign(self, trade: Trade, by: Investor, *, key: LocalKey | None = None, now: datetime = NOW) -> Trade:
        signature = (key or by.key).sign_typed_data(trade_message(trade))
        return trade_sign(trade=trade, signature=signature, party=by.party, actor=by.user, now=now)

    def signed(self, **terms: Any) -> Trade:
        trade = self.propose(**terms)
        self.sign(trade, self.buyer)
        return self.sign(trade, self.seller)

    # What the chain says -------------------------------------------------------------------------------------------

    def funded(self, units: int, amount_minor: int) -> None:
        """Units at the seller and cash at the buyer, in the register."""
        self.books.mint(self.seller.wallet.address, units)
        self.pay(ZERO, self.buyer.wallet.address, amount_minor)
        self.books.mine_and_post()

    def pay(self, sender: str, receiver: str, amount: int, *, tx: str = "") -> Log:
        return self.books.log("Transfer", [sender, receiver], [amount], where=self.cash.address, tx=tx)

    def settle(self, trade: Trade, *, tx: str = "", **otherwise: Any) -> Log:
        """The logs of one settlement; `otherwise` has the chain do something else than was signed."""
        order, at = order_of(trade), tx or digest(("settle", trade.pk))
        amount, units = otherwise.get("amount", order.amount), otherwise.get("units", order.units)
        self.pay(order.buyer, order.seller, amount, tx=at)
        self.books.log("Transfer", [order.seller, order.buyer], [units], tx=otherwise.get("units_tx", at))
        words = [order.seller, order.buyer, units, order.cash, amount, order.seller_nonce, order.buyer_nonce]
        kinds = ["address", "address", "uint256", "address", "uint256", "uint256", "uint256"]
        topics = [trade.digest, "0x" + "0" * 24 + order.token[2:]]
        return self.said("TradeSettled", topics, encode(kinds, words), tx=at)

    def withdraw_nonce(self, who: Investor, nonce: int) -> Log:
        topic = "0x" + "0" * 24 + who.wallet.address[2:]
        return self.said("NonceCancelled", [topic], encode(["uint256"], [nonce]))

    def said(self, event: str, topics: list[str], data: bytes, *, tx: str = "") -> Log:
        """A log of settlement's own."""
        made = self.books.log("Transfer", [], [], where=self.contract, tx=tx)
        made.topics, made.data = [event_topic("DeliveryVersusPayment", event), *topics], data
        return made
