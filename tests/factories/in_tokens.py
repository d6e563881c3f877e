"""A coupon paid in cash tokens, beside a chain that says what the test tells it to say."""

from __future__ import annotations

from datetime import datetime, timedelta

from eth_abi.abi import encode

from contracts.gateway.abi import event_topic
from contracts.indexer.models import Log, WatchedContract
from contracts.outbox.models import Attempt, Intent, Signer, Slot
from custody.servicing.chain.read import agent_logs_read
from custody.servicing.chain.send import event_code
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.services import coupon_open, event_fund_in_tokens
from custody.settlement.services import journal_post
from custody.tokenisation.models import Wallet
from custody.tokenisation.selectors import contract_address
from tests.factories import ledgerless as world
from tests.factories.ledger import NOW, address, digest
from tests.factories.servicing import Bond, line

FAR = 2**40


class Tokens(Bond):
    """Wallets 0xA and 0xB on the chain's registry, 0xC not; all with bank accounts."""

    def __init__(self) -> None:
        super().__init__()
        self.cash = world.cash_token()
        self.agent = contract_address("PAYING_AGENT")
        Signer.objects.update_or_create(name="treasury", defaults={"key": "treasury", "address": address(0x77)})
        Wallet.objects.create(address=address(0x77), proved_at=NOW)
        WatchedContract.objects.create(
            address=self.agent, artifact="PayingAgent", name="agent", from_block=100, filled_to=100, watched_at=NOW
        )
        # Four years, so that nobody's identity check ends before the coupon.
        good = NOW + timedelta(days=1_460)
        for number, units in ((0xA, 30), (0xB, 12), (0xC, 3)):
            self.holder(number, units, kyc_until=good)
        Wallet.objects.filter(address__in=[address(0xA), address(0xB)]).update(
            chain_state="REGISTERED", recorded_expiry=FAR
        )

    def prepared(self) -> ServicingEvent:
        event = coupon_open(token=self.token, sequence=1, rail="TOKEN", actor=self.treasury, now=NOW)
        self.payday = datetime.combine(event.payment_date, event.record_at.timetz()) + timedelta(hours=9)
        return self.recorded(event)

    def deposited(self, amount: int) -> None:
        """As the mint on the treasury's deposit would leave the journal."""
        journal_post(
            key=f"deposit:{amount}", kind="DEPOSIT", words="deposit", currency="PKR",
            legs=(("BANK", amount), ("CASH_TOKEN", -amount), ("TREASURY", -amount), ("TREASURY_TOKEN", amount)),
            now=NOW,
        )  # fmt: skip

    def released_in_tokens(self) -> ServicingEvent:
        event = self.prepared()
        self.deposited(262_500)
        event_fund_in_tokens(event=event, actor=self.fiscal, now=self.payday)
        return self.released(event)

    def said(self, event: str, indexed: list[str], data: bytes) -> Log:
        made = self.log("Transfer", [], [], where=self.agent)
        made.topics, made.data = [event_topic("PayingAgent", event), *indexed], data
        return made

    def paid(self, event: ServicingEvent, *rows: Payment, **otherwise: int) -> None:
        """A final log of one batch, read."""
        values = [
            [row.number for row in rows],
            [row.entitlement.wallet.address for row in rows],
            [otherwise.get("amount", row.amount_minor) for row in rows],
        ]
        token = "0x" + "0" * 24 + self.token.address[2:]
        self.said("Paid", [event_code(event), token], encode(["uint64[]", "address[]", "uint256[]"], values))
        self.mine(at=self.payday + timedelta(hours=1, seconds=self.number))
        agent_logs_read(now=self.payday)

    def attempted(self, intent: Intent) -> None:
        """Signed and stored, as by a sender that died before it sent anything."""
        slot = Slot.objects.create(signer=intent.signer, nonce=intent.pk, intent=intent, created_at=NOW)
        Attempt.objects.create(
            slot=slot, hash=digest(("attempt", intent.pk)), raw=b"", kind="CALL", gas=1, max_fee=1, priority_fee=1,
            epoch=intent.signer.epoch, head_block=1, created_at=NOW,
        )  # fmt: skip
        for state in ("NUMBERED", "SIGNED"):
            Intent.objects.filter(pk=intent.pk).update(state=state)


def payment(event: ServicingEvent, number: int) -> Payment:
    return Payment.objects.select_related("entitlement__wallet").get(entitlement=line(event, number))
