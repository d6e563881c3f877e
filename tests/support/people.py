"""People for tests of the faces: one active user with the given roles, in a house that may hold them."""

from __future__ import annotations

import base64
import itertools
from datetime import UTC, datetime

from django.contrib.auth.hashers import make_password

from tokenization.identity.factors.codes import code_at, step_of
from tokenization.identity.models import FactorUse, Party, PartyMember, RoleGrant, User
from tokenization.identity.roles import HOUSES, House, Role

PASSWORD = "correct horse 7 battery"
# A cheap hash, once: hundreds of users are made, and hashing is not what the faces are about.
_HASH = make_password(PASSWORD, hasher="pbkdf2_sha256")
# What the authenticator app of every enrolled test person was told.
APP_SECRET = base64.b32encode(b"an app of a test man").decode()
_number = itertools.count(1)
_NAMES = ("Amina Raza", "Bilal Khan", "Sana Malik", "Omar Farooq", "Hina Shah", "Tariq Aziz")


def person(*roles: Role, house: House | None = None) -> User:
    number = next(_number)
    first, last = _NAMES[number % len(_NAMES)].split()
    if house is None:
        house = sorted(HOUSES[roles[0]])[0] if roles else House.ISSUER
    user = User.objects.create(username=f"user{number}", first_name=first, last_name=last, house=house, password=_HASH)
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in roles)
    return user


def party(*members: User) -> Party:
    number = next(_number)
    made = Party.objects.create(
        reference=f"P-{number:04d}", name=f"Test Fund {number}", kind="FUND", country="PK", category="FUND"
    )
    PartyMember.objects.bulk_create(PartyMember(user=user, party=made) for user in members)
    return made


def enrol(user: User) -> User:
    """Gives him an authenticator app, as if he had set it up before."""
    from tokenization.identity.factors import totp_enrol

    now = datetime.now(UTC)
    totp_enrol(user=user, secret=APP_SECRET, code=app_code(now), wall=now, now=now)
    rested(user)
    return user


def app_code(at: datetime | None = None) -> str:
    """What the app of an enrolled person shows at `at`, or now."""
    return code_at(APP_SECRET, step_of(at or datetime.now(UTC)))


def rested(user: User) -> None:
    """As if half a minute had gone by since his last code: a test does not sit and wait for the next one."""
    FactorUse.objects.filter(user=user).update(last_step=0)
