"""The people of a rehearsal: officers of four houses, and forty-two synthetic investors with keys of their own."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from contracts.gateway.keys import LocalKey
from tokenization.identity.models import User
from tokenization.identity.roles import House, Role
from tokenization.identity.services import user_create
from tokenization.kernel import clock

OFFICERS: dict[str, tuple[House, tuple[Role, ...]]] = {
    "debt.maker": (House.ISSUER, (Role.DEBT_MAKER,)),
    "debt.checker": (House.ISSUER, (Role.DEBT_CHECKER,)),
    "fiscal.officer": (House.FISCAL_AGENT, (Role.FISCAL_AGENT_OFFICER,)),
    "fiscal.checker": (House.FISCAL_AGENT, (Role.FISCAL_AGENT_CHECKER,)),
    "registrar.officer": (House.REGISTRAR, (Role.REGISTRAR_OFFICER,)),
    "registrar.checker": (House.REGISTRAR, (Role.REGISTRAR_CHECKER,)),
    "treasury.officer": (House.TREASURY, (Role.TREASURY_OFFICER,)),
    "treasury.checker": (House.TREASURY, (Role.TREASURY_CHECKER,)),
    "compliance.officer": (House.ISSUER, (Role.COMPLIANCE_OFFICER,)),
    "compliance.checker": (House.ISSUER, (Role.COMPLIANCE_CHECKER,)),
    "examiner": (House.EXAMINER, (Role.EXAMINER,)),
    "auditor": (House.AUDITOR, (Role.AUDITOR,)),
    "operator": (House.OPERATOR, (Role.OPERATOR,)),
}


def derived(purpose: str) -> bytes:
    """32 bytes that only this stack's secret gives: a rehearsal's keys and passwords survive a restart unstored."""
    return hmac.new(settings.SECRET_KEY.encode(), f"rehearsal:{purpose}".encode(), hashlib.sha256).digest()


def password(username: str) -> str:
    return derived(f"password:{username}").hex()[:16]


def person(username: str) -> User:
    return User.objects.get(username=username)


def officers_create() -> dict[str, User]:
    """Create the officers once; returns them by user name."""
    found = {user.username: user for user in User.objects.filter(username__in=OFFICERS)}
    for username, (house, roles) in OFFICERS.items():
        if username not in found:
            found[username] = user_create(
                username=username, password=password(username), house=house, roles=list(roles), now=clock.now()
            )
    return found


_KINDS = (("BANK", "PRIMARY_DEALER"), ("FUND", "FUND"), ("COMPANY", "RESIDENT"), ("PERSON", "RESIDENT"))


@dataclass(frozen=True)
class Investor:
    """A synthetic investor: plainly made-up name, reference and key."""

    index: int
    prefix: str = "INV"
    word: str = "Investor"

    @property
    def reference(self) -> str:
        return f"{self.prefix}-{self.index:03d}"

    @property
    def name(self) -> str:
        return f"Sample {self.word} {self.index:03d}"

    @property
    def username(self) -> str:
        return f"{self.word.lower()}{self.index:03d}"

    @property
    def kind(self) -> str:
        return _KINDS[self.index % len(_KINDS)][0]

    @property
    def category(self) -> str:
        return _KINDS[self.index % len(_KINDS)][1]

    @cached_property
    def key(self) -> LocalKey:
        return LocalKey(derived(f"{self.word.lower()}:{self.index}"))


@dataclass(frozen=True)
class Dealer(Investor):
    """A synthetic primary dealer, who bids for himself and for clients."""

    prefix: str = "DLR"
    word: str = "Dealer"

    @property
    def kind(self) -> str:
        return "BANK"

    @property
    def category(self) -> str:
        return "PRIMARY_DEALER"


BUYERS = [Investor(index) for index in range(1, 41)]
LAPSING = BUYERS[38]  # pays, and his KYC lapses between the registrar's confirmation and the mint
KEEPER = BUYERS[3]  # his KYC lapses after delivery: he keeps what he has and is paid
NEVER_VALID = Investor(41)  # KYC lapsed before the offer: cannot be allotted
EXAMINER_KEY = LocalKey(derived("examiner"))  # his own: the platform sees signatures alone
OUTSIDER = LocalKey(derived("raw minting key"))
