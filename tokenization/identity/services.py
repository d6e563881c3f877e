"""People and parties."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import KycDecision, Party, PartyMember, RoleGrant, User
from tokenization.identity.roles import HOUSES, House, Power, Role, require_power
from tokenization.kernel.errors import Conflict, Refused


@transaction.atomic
def user_create(
    *,
    username: str,
    password: str,
    house: House | str,
    roles: Iterable[Role | str],
    now: datetime,
    actor: User | None = None,
) -> User:
    """A person of one house with the given roles. Refused for a role that his house may not hold.

    `actor` is who set it up; the system where nobody could yet.
    """
    home, granted = House(house), [Role(role) for role in roles]
    if home is House.SYSTEM:
        raise Refused("The platform's own user is made by the installation.", field="house")
    for role in granted:
        if home not in HOUSES[role]:
            raise Refused(f"{role.label} cannot be of the house {home.label}.", field="roles", rule="house of the role")
    if User.objects.filter(username=username).exists():
        raise Conflict(f"There is already a user {username}.", field="username")
    try:
        validate_password(password)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), field="password") from error
    user = User.objects.create_user(username=username, password=password, house=home, date_joined=now)
    RoleGrant.objects.bulk_create(RoleGrant(user=user, role=role) for role in granted)
    audit.record(
        actor=actor or system_user(),
        action="user.create",
        subject=f"identity.user:{user.pk}",
        body={"username": username, "house": home, "roles": sorted(granted)},
        now=now,
    )
    return user


@transaction.atomic
def party_create(
    *, reference: str, name: str, kind: str, country: str, category: str, actor: User, now: datetime
) -> Party:
    """Open a party; it can do nothing before its KYC is approved. NotAllowed without KYC_DECIDE."""
    require_power(actor, Power.KYC_DECIDE)
    if kind not in Party.Kind.values:
        raise Refused(f"{kind!r} is not a kind of party.", field="kind")
    if category not in Party.Category.values:
        raise Refused(f"{category!r} is not a category of party.", field="category")
    if len(country) != 2 or not (country.isascii() and country.isalpha() and country.isupper()):
        raise Refused(f"{country!r} is not a two-letter country code.", field="country", rule="ISO 3166-1 alpha-2")
    if Party.objects.filter(reference=reference).exists():
        raise Conflict(f"There is already a party {reference}.", field="reference")
    party = Party.objects.create(reference=reference, name=name, kind=kind, country=country, category=category)
    body = {"reference": reference, "kind": kind, "country": country, "category": category}
    audit.record(actor=actor, action="party.create", subject=f"identity.party:{party.pk}", body=body, now=now)
    return party


@transaction.atomic
def party_member_add(*, party: Party, user: User, actor: User, now: datetime) -> PartyMember:
    """Let a user act for a party in the portal. Adding him again changes nothing."""
    require_power(actor, Power.KYC_DECIDE)
    member, created = PartyMember.objects.get_or_create(party=party, user=user)
    if created:
        body = {"user": user.username}
        audit.record(actor=actor, action="party.member", subject=f"identity.party:{party.pk}", body=body, now=now)
    return member


@transaction.atomic
def kyc_decide(
    *,
    party: Party,
    status: str,
    actor: User,
    now: datetime,
    reason: str,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> KycDecision:
    """Approve until `valid_until` (from `valid_from`, default now), or refuse or suspend at once."""
    require_power(actor, Power.KYC_DECIDE)
    if status not in KycDecision.Status.values:
        raise Refused(f"{status!r} is not a KYC decision.", field="status")
    if not reason.strip():
        raise Refused("Say why.", field="reason", rule="a decision has a reason")
    start = valid_from or now
    if status == KycDecision.Status.APPROVED:
        if valid_until is None or valid_until <= start:
            raise Refused("An approval ends, and after it began.", field="valid_until", rule="valid_until > valid_from")
    elif valid_until is not None:
        raise Refused("Only an approval has an end.", field="valid_until")
    decision = KycDecision.objects.create(
        party=party,
        status=status,
        valid_from=start,
        valid_until=valid_until,
        decided_by=actor,
        decided_at=now,
        reason=reason.strip(),
    )
    body = {"status": status, "valid_from": start, "valid_until": valid_until, "reason": decision.reason}
    audit.record(actor=actor, action="kyc.decide", subject=f"identity.party:{party.pk}", body=body, now=now)
    return decision
