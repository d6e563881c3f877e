"""The people of a rehearsal: officers of four houses, and forty-two synthetic investors with keys of their own."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from django.conf import settings

from contracts.gateway.keys import LocalKey
from tokenization.identity.factors import has_factor, totp_enrol
from tokenization.identity.factors.codes import code_at, step_of
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
    "supervisor": (House.SUPERVISOR, (Role.SUPERVISOR,)),
    "operator": (House.OPERATOR, (Role.OPERATOR,)),
}


def derived(purpose: str) -> bytes:
    """32 bytes that only this stack's secret gives: a rehearsal's keys and passwords survive a restart unstored."""
    return hmac.new(settings.SECRET_KEY.encode(), f"rehearsal:{purpose}".encode(), hashlib.sha256).digest()


def password(username: str) -> str:
    return derived(f"password:{username}").hex()[:16]


def factor_secret(username: str) -> str:
    """The secret of the authenticator app of a sample person, as an app takes it: 32 letters and digits (base 32)."""
    return base64.b32encode(derived(f"factor:{username}")[:20]).decode()


def one_time_code(username: str, at: datetime) -> str:
    """What his authenticator app shows at `at` (wall time): six digits, new every half minute."""
    return code_at(factor_secret(username), step_of(at))


def person(username: str) -> User:
    return User.objects.get(username=username)


def officers_create() -> dict[str, User]:
    """Create the officers once, each with his authenticator app; returns them by user name."""
    found = {user.username: user for user in User.objects.filter(username__in=OFFICERS)}
    for username, (house, roles) in OFFICERS.items():
        if username not in found:
            found[username] = user_create(
                username=username, password=password(username), house=house, roles=list(roles), now=clock.now()
            )
        _app_enrol(found[username])
    return found


def _app_enrol(user: User) -> None:
    """As he does it himself on first sign-in. With the code before the present one, which may then be used."""
    if has_factor(user):
        return
    wall = datetime.now(UTC)
    secret = factor_secret(user.username)
    totp_enrol(user=user, secret=secret, code=code_at(secret, step_of(wall) - 1), wall=wall, now=clock.now())


_KINDS = (("BANK", "PRIMARY_DEALER"), ("FUND", "FUND"), ("COMPANY", "RESIDENT"), ("PERSON", "RESIDENT"))
# From where each kind of sample people is numbered in synthetic identity numbers.
_SERIES = {"INV": 0, "RSV": 1_000}


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

    @property
    def cnic(self) -> str:
        """Of a place 10000, which is none; empty for who is no natural person."""
        return f"10000-{_SERIES[self.prefix] + self.index:07d}-1" if self.kind == "PERSON" else ""

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
