"""The custody side on a real node: contracts, a tokenised bill, investors with proved wallets, the bells to ring."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings

from contracts.gateway.client import Node
from contracts.gateway.keys import LocalKey
from contracts.indexer.services import index_once
from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_pull_outcomes, instructions_send_approved
from custody.register.services import post_final_logs
from custody.registries.services import (
    confirmation_receive,
    confirmation_request,
    fiscal_key_enrol,
    registrar_key_enrol,
)
from custody.servicing.services import servicing_advance
from custody.settlement.models import SettlementInstruction
from custody.settlement.services import cash_receive, settlement_open, settlements_advance
from custody.settlement.trades.services import trades_advance
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import deployment_is_live
from custody.tokenisation.services import tokenisation_advance, wallet_challenge, wallet_prove, wallets_register
from issuance.allotment.models import Allotment
from issuance.maths.calendars import calendar
from issuance.series.models import Series
from tests.factories import issuance
from tests.factories.identity import person
from tests.support import outbox
from tests.support.parts import Chain, Signers
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval, Party, User

_references = count(1)
ZONE = ZoneInfo("Asia/Karachi")
PERSONS = {
    "maker": "DEBT_MAKER",
    "checker": "DEBT_CHECKER",
    "registrar": "REGISTRAR_OFFICER",
    "registrar_checker": "REGISTRAR_CHECKER",
    "fiscal": "FISCAL_AGENT_OFFICER",
    "fiscal_checker": "FISCAL_AGENT_CHECKER",
    "treasury": "TREASURY_OFFICER",
    "treasury_checker": "TREASURY_CHECKER",
    "compliance": "COMPLIANCE_OFFICER",
}


@dataclass
class Investor:
    party: Party
    key: LocalKey
    wallet: Wallet


@dataclass
class Custody:
    """A stack without workers: `ring` does one round of everything that workers do, and mines a block."""

    chain: Chain
    signers: Signers | None = None
    registrar_key: LocalKey = field(default_factory=LocalKey.create)
    fiscal_key: LocalKey = field(default_factory=LocalKey.create)
    people: dict[str, User] = field(default_factory=dict)
    office: issuance.Office = field(init=False)

    def __post_init__(self) -> None:
        now = self.now
        self.people = self.people or {
            name: person(role, username=f"{name}.{next(_references)}", now=now) for name, role in PERSONS.items()
        }
        self.office = issuance.Office(self.people["maker"], self.people["checker"], self.people["compliance"], now=now)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.chain.now(), UTC)

    def ring(self) -> None:
        outbox.work()
        self.chain.mine()
        with Node(settings.CHAIN_RPC_URL) as node:
            index_once(node, now=self.now)
        post_final_logs(now=self.now)
        instructions_pull_outcomes(now=self.now)
        instructions_send_approved(now=self.now)
        tokenisation_advance(now=self.now)
        settlements_advance(now=self.now)
        trades_advance(now=self.now)
        servicing_advance(now=self.now)

    def until(self, done: Callable[[], bool], *, rounds: int = 60) -> None:
        for _ in range(rounds):
            if done():
                return
            self.ring()
        open_ones = [(i.key, i.state, i.reason) for i in Intent.objects.exclude(state="FINAL")]
        states = list(Instruction.objects.values_list("number", "kind", "state", "reason"))
        raise AssertionError(f"not done after {rounds} rounds; intents {open_ones}; instructions {states}")

    def deployed(self) -> Custody:
        fiscal_key_enrol(address=self.fiscal_key.address, actor=self.people["fiscal"], now=self.now)
        registrar_key_enrol(address=self.registrar_key.address, actor=self.people["registrar"], now=self.now)
        self.until(deployment_is_live)
        return self

    def approve(self, action: str, payload: dict[str, Any], maker: str, checker: str) -> Approval:
        proposal = approval_propose(action=action, payload=payload, actor=self.people[maker], now=self.now)
        return approval_approve(approval_id=proposal.pk, actor=self.people[checker], now=self.now)

    def bill(self, **terms: Any) -> Series:
        """Issued today; on a holiday the next business day comes first, since nothing is issued before its day."""
        today = self.now.astimezone(ZONE).date()
        day = calendar("PK").following(today)
        if day > today:
            self.chain.warp(int((datetime.combine(day, time(9, 30), tzinfo=ZONE) - self.now).total_seconds()))
        return issuance.series(self.office, issue_date=day, **terms)

    def tokenised(self, series: Series | None = None) -> TokenContract:
        row = series or self.bill()
        self.approve("custody.tokenisation.SeriesTokenise", {"series": row.pk}, "maker", "checker")
        self.until(lambda: TokenContract.objects.filter(series=row, state="LIVE").exists())
        return TokenContract.objects.select_related("series").get(series=row)

    def investor(self, *, valid_until: datetime | None = None) -> Investor:
        """Onboarded and proved; `registered` puts several on chain at once."""
        party = issuance.party(self.office.at(self.now), valid_until=valid_until or self.now + timedelta(days=365))
        key = LocalKey.create()
        message = wallet_challenge(party=party, address=key.address, now=self.now)
        wallet = wallet_prove(
            party=party,
            address=key.address,
            signature=key.sign_typed_data(message),
            actor=self.people["compliance"],
            now=self.now,
        )
        return Investor(party, key, wallet)

    def registered(self, *investors: Investor) -> None:
        wallets = [investor.wallet for investor in investors]
        wallets_register(wallets=wallets, actor=self.people["compliance"], now=self.now)
        pks = [wallet.pk for wallet in wallets]
        self.until(lambda: not Wallet.objects.filter(pk__in=pks).exclude(chain_state="REGISTERED").exists())

    def settlements(
        self,
        token: TokenContract,
        *pairs: tuple[Investor, int],
        deliver_by: datetime | None = None,
        rail: str = "BANK",
    ) -> list[SettlementInstruction]:
        """Allotted, opened, and the issue approved by two houses."""
        offer = issuance.offer(self.office.at(self.now), token.series)
        allotments: list[Allotment] = issuance.allot(
            self.office.at(self.now), offer, *((investor.party, units) for investor, units in pairs)
        )
        opened = [
            settlement_open(
                allotment=allotment,
                wallet=investor.wallet,
                actor=self.people["maker"],
                now=self.now,
                deliver_by=deliver_by,
                rail=rail,
            )
            for allotment, (investor, _) in zip(allotments, pairs, strict=True)
        ]
        ids = [row.issue_instruction_id for row in opened]
        self.approve("custody.instructions.IssueApprove", {"instructions": ids}, "maker", "registrar_checker")
        return opened

    def pay(self, *settlements: SettlementInstruction) -> None:
        for row in settlements:
            cash_receive(
                payment_reference=row.payment_reference,
                currency=row.currency,
                amount_minor=row.amount_minor,
                bank_reference=f"BANK-{next(_references)}",
                actor=self.people["fiscal"],
                now=self.now,
            )

    def confirm(self, *settlements: SettlementInstruction) -> None:
        """The registrar signs with its own key, and its officer hands the signature over."""
        for row in settlements:
            reference = f"CSD-{row.pk}"
            message = confirmation_request(
                instruction=row.issue_instruction, registry_reference=reference, now=self.now
            )
            confirmation_receive(
                instruction=row.issue_instruction,
                registry_reference=reference,
                signature=self.registrar_key.sign_typed_data(message),
                actor=self.people["registrar"],
                now=self.now,
            )

    def delivered(self, token: TokenContract, *pairs: tuple[Investor, int]) -> list[SettlementInstruction]:
        rows = self.settlements(token, *pairs, deliver_by=self.now + timedelta(days=1))
        self.pay(*rows)
        self.confirm(*rows)
        pks = [row.pk for row in rows]
        self.until(lambda: not SettlementInstruction.objects.filter(pk__in=pks).exclude(state="DELIVERED").exists())
        return list(SettlementInstruction.objects.filter(pk__in=pks).order_by("pk"))


World = TypeVar("World", bound=Custody)


def again(first: Custody, kind: type[World], chain: Chain, signers: Signers) -> World:
    """The custody, desk or market of one test, where `first` has deployed: the same keys, and people of its own."""
    people = {name: copy(user) for name, user in first.people.items()}
    keys = {"registrar_key": first.registrar_key, "fiscal_key": first.fiscal_key}
    return kind(chain, signers, people=people, **keys)
