"""A bill that comes to its end: holders with units in the register, a record block, money, burns and releases."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from custody.instructions.models import Instruction
from custody.registries.models import RegistryConfirmation
from custody.registries.services import release_receive
from custody.servicing.actions import RedemptionApprove
from custody.servicing.models import Entitlement, Payment, RedemptionEvent
from custody.servicing.services import payment_confirm, redemption_fund, redemption_open, redemption_record
from custody.tokenisation.models import TokenContract, Wallet, WalletHolder, token_machine
from custody.tokenisation.services.tokens import record_instant
from issuance.series.models import series_machine
from tests.factories import issuance
from tests.factories.identity import person
from tests.factories.ledger import Books, address, digest, wallet
from tests.factories.ledgerless import contracts_live
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, Party

NOW = issuance.NOW
UNIT = issuance.DENOMINATION
_references = count(1)


class Maturity(Books):
    """One live token of 1,000.00 rupee units, maturing 84 days later; people by role."""

    def __init__(self) -> None:
        super().__init__()
        contracts_live()
        for state in ("SENT", "LIVE"):
            token_machine.move(self.token, state)
        series_machine.move(self.series, "LIVE")
        self.record_at = record_instant(self.series)
        # The morning of the payment date, in Karachi.
        self.payday = self.record_at + timedelta(hours=9)
        self.treasury, self.treasury_checker = person("TREASURY_OFFICER"), person("TREASURY_CHECKER")
        self.fiscal, self.registrar = person("FISCAL_AGENT_OFFICER"), person("REGISTRAR_OFFICER")

    # Before the record ------------------------------------------------------------

    def owned(self, number: int, *, kyc_until: datetime | None = None, until: datetime | None = None) -> Party:
        """A party that proved wallet `number` at NOW (and gave it up at `until`)."""
        party = issuance.party(self.people, valid_until=kyc_until)
        WalletHolder.objects.create(wallet=wallet(number), party=party, valid_from=NOW, valid_until=until)
        return party

    def holder(self, number: int, units: int, *, kyc_until: datetime | None = None) -> Party:
        """A party with issued and posted units."""
        party = self.owned(number, kyc_until=kyc_until)
        self.issued(units, wallet(number))
        return party

    def undue(self, number: int, units: int) -> None:
        """Units that no instruction explains."""
        self.mint(address(number), units)
        self.mine_and_post()

    def second(self) -> RedemptionEvent:
        """The open redemption of another live token of the same day, which nobody holds."""
        people = self.people
        row = issuance.series(people, self.series.programme)
        token = TokenContract.objects.create(
            series=row, currency=row.currency, chain_id=31337, address=address(0xEEE), salt=digest("second"),
            terms_hash=digest("second"), approval=self.token.approval,
        )  # fmt: skip
        for state in ("SENT", "LIVE"):
            token_machine.move(token, state)
        return redemption_open(token=token, actor=self.treasury, now=NOW)

    # The record ------------------------------------------------------------

    def opened(self) -> RedemptionEvent:
        return redemption_open(token=self.token, actor=self.treasury, now=NOW)

    def recorded(self) -> RedemptionEvent:
        """The record block is stamped at the instant itself; a later one is final and posted."""
        event = self.opened()
        self.mine(at=self.record_at)
        self.mine(at=self.record_at + timedelta(seconds=1))
        self.post()
        assert redemption_record(event=event, now=self.payday)
        event.refresh_from_db()
        return event

    def propose(self, event: RedemptionEvent) -> Approval:
        payload = {"event": event.pk}
        return approval_propose(action=RedemptionApprove.name, payload=payload, actor=self.treasury, now=self.payday)

    def approved(self) -> RedemptionEvent:
        event = self.recorded()
        approval_approve(approval_id=self.propose(event).pk, actor=self.treasury_checker, now=self.payday)
        event.refresh_from_db()
        return event

    # The two legs ------------------------------------------------------------

    def fund(self, event: RedemptionEvent, reference: str = "BANK-F") -> RedemptionEvent:
        return redemption_fund(event=event, bank_reference=reference, actor=self.fiscal, now=self.payday)

    def funded(self) -> RedemptionEvent:
        return self.fund(self.approved())

    def pay(self, line: Entitlement, reference: str = "BANK-P", now: datetime | None = None) -> Payment:
        return payment_confirm(entitlement=line, bank_reference=reference, actor=self.fiscal, now=now or self.payday)

    def pay_all(self, event: RedemptionEvent) -> None:
        for line in event.entitlements.filter(amount_minor__gt=0):
            self.pay(line, f"BANK-{line.pk}")

    def burn_all(self, event: RedemptionEvent) -> None:
        """What was sent is mined, final and posted."""
        for burn in burns(event):
            assert burn.wallet is not None
            self.burn(burn.wallet.address, burn.units, burn.number)
        self.mine(at=self.payday + timedelta(hours=1))
        self.post()

    def extinguish(self, burn: Instruction) -> RegistryConfirmation:
        return release_receive(
            instruction=burn,
            kind="EXTINGUISH",
            registry_reference=f"CSD-X-{next(_references)}",
            actor=self.registrar,
            now=self.payday,
        )

    def extinguish_all(self, event: RedemptionEvent) -> None:
        for burn in burns(event):
            self.extinguish(burn)


def burns(event: RedemptionEvent) -> list[Instruction]:
    return list(Instruction.objects.filter(entitlement__event=event).select_related("wallet").order_by("number"))


def line(event: RedemptionEvent, number: int) -> Entitlement:
    return Entitlement.objects.get(event=event, wallet=Wallet.objects.get(address=address(number)))
