"""People for tests of the faces: one active user with the given roles, in a house that may hold them."""

from __future__ import annotations

import itertools

from django.contrib.auth.hashers import make_password

from tokenization.identity.models import Party, PartyMember, RoleGrant, User
from tokenization.identity.roles import HOUSES, House, Role

PASSWORD = "correct horse 7 battery"
# A cheap hash, once: hundreds of users are made, and hashing is not what the faces are about.
_HASH = make_password(PASSWORD, hasher="pbkdf2_sha256")
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
