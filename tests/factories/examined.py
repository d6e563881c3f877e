"""A reserve token with bars behind it and an examiner with a key of his own; what is attested, issued and redeemed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.gateway.keys import LocalKey
from contracts.indexer.models import Block
from contracts.outbox.models import Intent, Signer
from contracts.outbox.services.enqueue import signer_row
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.register.models import Position
from custody.reserves.models import ReserveAttestation, VaultItem
from custody.reserves.services import (
    attestation_draft,
    attestation_message,
    attestation_receive,
    attestations_advance,
)
from custody.tokenisation.models import TokenContract, Wallet
from tests.factories import ledgerless as world
from tests.factories import reserves
from tests.factories.identity import approved_party
from tokenization.identity.models import Party, User

NOW = world.NOW
# Blocks of settled instructions are of July.
EXPIRY = NOW + timedelta(days=200)
ENDING = {"expiry": EXPIRY, "scope": "Bars of vault VLT-ONE, all weighed", "standard": "ISAE 3000"}


@dataclass
class Examined:
    """Three bars, 1,193.176 ounces: 399.440 + 396.761 + 396.975."""

    token: TokenContract = field(default_factory=reserves.token)
    key: LocalKey = field(default_factory=LocalKey.create)
    bars: list[VaultItem] = field(init=False)
    examiner: User = field(init=False)
    party: Party = field(init=False)

    def __post_init__(self) -> None:
        self.bars = reserves.bars(3)
        reserves.allocate(self.bars, self.token)
        self.examiner = world.officer("EXAMINER")
        self.party = party(self.examiner)
        self.enrol(self.key)

    def enrol(self, key: LocalKey, whose: Party | None = None) -> None:
        payload = {"party": (whose or self.party).reference, "address": key.address}
        world.approve("custody.reserves.ExaminerEnrol", payload, "DEBT_MAKER", "REGISTRAR_CHECKER")

    def draft(self, **more: Any) -> ReserveAttestation:
        values = {"token": self.token, "actor": self.examiner, "now": NOW, **ENDING}
        return attestation_draft(**values | more)

    def signed(self, **more: Any) -> ReserveAttestation:
        row = self.draft(**more)
        signature = self.key.sign_typed_data(attestation_message(row))
        return attestation_receive(attestation=row, signature=signature, actor=self.examiner, now=NOW)

    def in_force(self, **more: Any) -> ReserveAttestation:
        """As when its log is final."""
        row = self.signed(**more)
        attestations_advance(now=NOW)
        row.refresh_from_db()
        final(row.intent)
        attestations_advance(now=NOW)
        row.refresh_from_db()
        return row

    def sendable(self, units: int) -> Instruction:
        """An issue approved by two houses and confirmed by the registrar; nothing but the reserve can stop it."""
        issue, _ = world.issue_pair(self.token, units)
        world.approve_issue(issue)
        world.confirm(issue, world.registrar())
        return issue

    def issued(self, units: int, wallet: Wallet | None = None) -> Instruction:
        """Issued and final, and in the register if a wallet is named."""
        issue = self.sendable(units)
        instructions_send(instructions=[issue], now=NOW)
        issue.refresh_from_db()
        world.settle(issue)
        if wallet is not None:
            Position.objects.create(token=self.token, account=wallet.address, units=units)
        return issue


def final(intent: Intent | None) -> None:
    assert intent is not None
    Intent.objects.filter(pk=intent.pk).update(state="FINAL")


def chain_at(now: datetime) -> None:
    """A block of this time, as the indexer would keep it."""
    number = Block.objects.order_by("-number").values_list("number", flat=True).first() or 0
    Block.objects.create(
        number=number + 1_000_000, hash=world.a_hash(), parent_hash=world.a_hash(), timestamp=now.astimezone(UTC)
    )


def signers() -> None:
    """Our keys have addresses, as after the bootstrap."""
    for number, name in enumerate(("issuer", "enforcement", "servicing", "governor"), start=1):
        Signer.objects.filter(pk=signer_row(name).pk).update(address=f"0x{number:040x}")


def holder() -> tuple[User, Wallet]:
    """A holder with a wallet, and who acts for him."""
    user = world.officer("INVESTOR")
    return user, world.wallet(party(user))


def party(*users: User) -> Party:
    """A company for which they act, its KYC good for a year."""
    return approved_party(users=users, actor=world.officer("COMPLIANCE_OFFICER"), kind="COMPANY")
