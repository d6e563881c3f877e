"""A bill that comes to its end: holders with units in the register, a record block, money, burns and releases."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from stdnum import iban

from custody.instructions.models import Instruction
from custody.registries.models import RegistryConfirmation
from custody.registries.services import release_receive
from custody.servicing.actions import PaymentRelease, RedemptionApprove
from custody.servicing.models import BankAccount, Entitlement, Funding, Payment, ServicingEvent, TaxRule, TaxStatus
from custody.servicing.services import event_fund, event_record, payment_confirm, redemption_open
from custody.servicing.services.prepare import prepare
from custody.servicing.services.schedule import coupon_open
from custody.tokenisation.models import TokenContract, Wallet, WalletHolder, token_machine
from custody.tokenisation.services.tokens import record_instant
from issuance.series.models import series_machine
from tests.factories import issuance
from tests.factories.identity import person
from tests.factories.ledger import Books, address, approved, digest, wallet
from tests.factories.ledgerless import contracts_live
from tokenization.identity.actors import system_user
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, Party

NOW = issuance.NOW
UNIT = issuance.DENOMINATION
_references = count(1)


def synthetic_iban(number: int) -> str:
    """Of a bank TEST, which is none."""
    bban = f"TEST{number:016d}"
    return f"PK{iban.calc_check_digits(f'PK00{bban}')}{bban}"


class Maturity(Books):
    """One live token of 1,000.00 rupee units, maturing 84 days later; people by role."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(**terms)
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

    def holder(self, number: int, units: int, *, kyc_until: datetime | None = None, account: bool = True) -> Party:
        """A party with issued and posted units, and a verified bank account."""
        party = self.owned(number, kyc_until=kyc_until)
        if account:
            self.account(party)
        self.issued(units, wallet(number))
        return party

    def undue(self, number: int, units: int) -> None:
        """Units that no instruction explains."""
        self.mint(address(number), units)
        self.mine_and_post()

    def second(self, rail: str = "BANK") -> ServicingEvent:
        """The open redemption of another live token of the same day, which nobody holds."""
        people = self.people
        row = issuance.series(people, self.series.programme)
        token = TokenContract.objects.create(
            series=row, currency=row.currency, chain_id=31337, address=address(0xEEE), salt=digest("second"),
            terms_hash=digest("second"), approval=self.token.approval,
        )  # fmt: skip
        for state in ("SENT", "LIVE"):
            token_machine.move(token, state)
        return redemption_open(token=token, actor=self.treasury, now=NOW, rail=rail)

    # Whose account, which tax ------------------------------------------------------------

    def account(self, party: Party, *, at: datetime = NOW, currency: str = "PKR") -> BankAccount:
        """A verified account, as the action of two persons would leave it."""
        number = next(_references)
        return BankAccount.objects.create(
            party=party, iban=synthetic_iban(number), title=party.name, currency=currency, source="test", valid_from=at,
            approval=approved(self.people, [digest(("account", number))]),
        )  # fmt: skip

    def rule(self, status: str, rate_bp: int, base: str = "FACE_LESS_COST", **terms: Any) -> TaxRule:
        values = {"instrument": self.series.kind, "source": "Test Act", "valid_from": issuance.ISSUE} | terms
        return TaxRule.objects.create(
            status=status, rate_bp=rate_bp, base=base, **values,
            approval=approved(self.people, [digest(("rule", next(_references)))]),
        )  # fmt: skip

    def status(self, party: Party, status: str, **terms: Any) -> TaxStatus:
        values = {"source": "active taxpayers list", "valid_from": issuance.ISSUE} | terms
        return TaxStatus.objects.create(
            party=party,
            status=status,
            **values,
            approval=approved(self.people, [digest(("status", next(_references)))]),
        )

    # The record ------------------------------------------------------------

    def opened(self) -> ServicingEvent:
        return redemption_open(token=self.token, actor=self.treasury, now=NOW)

    def recorded(self, event: ServicingEvent | None = None) -> ServicingEvent:
        """The record block is stamped at the instant itself; a later one is final and posted."""
        event = event or self.opened()
        self.mine(at=event.record_at)
        self.mine(at=event.record_at + timedelta(seconds=1))
        self.post()
        assert event_record(event=event, now=self.payday)
        event.refresh_from_db()
        prepare(event=event, actor=system_user(), now=self.payday)
        return event

    def propose(self, event: ServicingEvent, action: str = RedemptionApprove.name) -> Approval:
        return approval_propose(action=action, payload={"event": event.pk}, actor=self.treasury, now=self.payday)

    def decide(self, event: ServicingEvent, action: str) -> None:
        approval_approve(approval_id=self.propose(event, action).pk, actor=self.treasury_checker, now=self.payday)
        event.refresh_from_db()

    def approved(self) -> ServicingEvent:
        """Recorded, and the burns approved if there are any."""
        event = self.recorded()
        if burns(event):
            self.decide(event, RedemptionApprove.name)
        return event

    # The two legs ------------------------------------------------------------

    def fund(self, event: ServicingEvent, reference: str = "BANK-F", amount: int | None = None) -> Funding:
        return event_fund(
            event=event, amount_minor=amount, bank_reference=reference, actor=self.fiscal, now=self.payday
        )

    def release(self, event: ServicingEvent) -> ServicingEvent:
        self.decide(event, PaymentRelease.name)
        return event

    def released(self, event: ServicingEvent | None = None) -> ServicingEvent:
        """Funded in full and released."""
        event = event or self.approved()
        self.fund(event)
        return self.release(event)

    def pay(self, line: Entitlement, reference: str = "BANK-P", now: datetime | None = None) -> Payment:
        return payment_confirm(entitlement=line, bank_reference=reference, actor=self.fiscal, now=now or self.payday)

    def pay_all(self, event: ServicingEvent) -> None:
        for line in event.entitlements.filter(payment__channel="BANK"):
            self.pay(line, f"BANK-{line.pk}")

    def burn_all(self, event: ServicingEvent) -> None:
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

    def extinguish_all(self, event: ServicingEvent) -> None:
        for burn in burns(event):
            self.extinguish(burn)


class Bond(Maturity):
    """A three-year bond of 12.5 %, 1,000.00 rupee units, coupons every half year; `now` follows the coupon in hand."""

    def __init__(self, **terms: Any) -> None:
        issue = issuance.ISSUE
        values = {
            "kind": "PIB", "convention": "PK-PIB", "coupon_pct": Decimal("12.5"),
            "maturity_date": issue.replace(year=issue.year + 3),
        } | terms  # fmt: skip
        super().__init__(**values)

    def coupon(self, sequence: int = 1) -> ServicingEvent:
        """Opened; the payment day is the morning of its payment date."""
        event = coupon_open(token=self.token, sequence=sequence, actor=self.treasury, now=NOW)
        paid = datetime.combine(event.payment_date, event.record_at.timetz())
        self.payday = paid + timedelta(hours=9)
        return event


def burns(event: ServicingEvent) -> list[Instruction]:
    return list(Instruction.objects.filter(entitlement__event=event).select_related("wallet").order_by("number"))


def line(event: ServicingEvent, number: int) -> Entitlement:
    return Entitlement.objects.get(event=event, wallet=Wallet.objects.get(address=address(number)))
