"""People and parties for tests, made through the services that production uses."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tokenization.identity.models import Party, User
from tokenization.identity.roles import HOUSES, House, Role
from tokenization.identity.services import kyc_decide, party_create, party_member_add, user_create

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "a password for tests"
_count = itertools.count(1)


def person(*roles: Role | str, house: House | str | None = None, username: str = "", now: datetime = NOW) -> User:
    """A user with these roles, of the first house that may hold the first of them."""
    granted = [Role(role) for role in roles]
    home = house or (sorted(HOUSES[granted[0]])[0] if granted else House.INVESTOR)
    name = username or f"{(granted[0].value if granted else 'nobody').lower()}-{next(_count)}"
    return user_create(username=name, password=PASSWORD, house=home, roles=granted, now=now)


def party(*, actor: User | None = None, now: datetime = NOW, **fields: str) -> Party:
    """A party without any KYC decision."""
    number = next(_count)
    values = {
        "reference": f"P{number:05d}",
        "name": f"Party {number}",
        "kind": "BANK",
        "country": "PK",
        "category": "BANK",
        **fields,
    }
    return party_create(**values, actor=actor or person(Role.COMPLIANCE_OFFICER), now=now)


def approved_party(
    *,
    until: datetime | None = None,
    users: Iterable[User] = (),
    actor: User | None = None,
    now: datetime = NOW,
    **fields: str,
) -> Party:
    """A party whose KYC is good from `now` until `until` (a year by default), with its users."""
    officer = actor or person(Role.COMPLIANCE_OFFICER)
    found = party(actor=officer, now=now, **fields)
    kyc_decide(
        party=found,
        status="APPROVED",
        valid_until=until or now + timedelta(days=365),
        reason="documents seen",
        actor=officer,
        now=now,
    )
    for user in users:
        party_member_add(party=found, user=user, actor=officer, now=now)
    return found
