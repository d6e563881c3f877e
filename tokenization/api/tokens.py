"""Tokens of machines: made and revoked by people, told once, kept as a hash."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from tokenization.api.models import ApiToken
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import User
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import NotAllowed, Refused
from tokenization.kernel.locks import lock_rows

# A scanner that looks for leaked secrets knows ours by their beginning.
PREFIX = "tkapi_"
LONGEST = timedelta(days=366)
_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)


@transaction.atomic
def token_make(
    *, user: User, name: str, valid_for: timedelta, may_write: bool, actor: User, now: datetime, wall: datetime
) -> tuple[ApiToken, str]:
    """The token and its secret, which nobody can be told a second time. `wall`: tokens live by the machine's time.

    NotAllowed for anybody but the user himself and the system (the command of who runs the machine).
    """
    _require_owner(user, actor)
    if not name.strip() or len(name) > 80:
        raise Refused("Name the token after the program that will use it, in at most 80 characters.", field="name")
    if not timedelta(0) < valid_for <= LONGEST:
        raise Refused("A token lives for at most 366 days.", field="days", rule="1 to 366 days")
    if not user.is_active:
        raise Refused(f"{user.username} may not sign in.", field="user", rule="active users")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        secret_hash=sha256_hex(secret),
        may_write=may_write,
        made_by=actor,
        made_at=wall,
        valid_until=wall + valid_for,
        sessions_ended=user.sessions_ended,
    )
    body = {"user": user.username, "name": token.name, "may_write": may_write, "valid_until": token.valid_until}
    audit.record(actor=actor, action="api.token_make", subject=f"api.apitoken:{token.pk}", body=body, now=now)
    return token, secret


@transaction.atomic
def token_revoke(*, token: ApiToken, actor: User, now: datetime, wall: datetime) -> ApiToken:
    """From now on it opens nothing. Revoking again changes nothing."""
    _require_owner(token.user, actor)
    row: ApiToken
    [[row]] = lock_rows(ApiToken.objects.filter(pk=token.pk))
    if row.revoked_at is None:
        row.revoked_at = max(wall, row.made_at)
        row.save(update_fields=["revoked_at"])
        body = {"name": row.name}
        audit.record(actor=actor, action="api.token_revoke", subject=f"api.apitoken:{row.pk}", body=body, now=now)
    return row


def token_of(secret: str, *, wall: datetime) -> ApiToken | None:
    """The live token with this secret, its user active; None for every other text."""
    if not _SHAPE.fullmatch(secret):
        return None
    live = ApiToken.objects.filter(revoked_at=None, valid_until__gt=wall, user__is_active=True).filter(
        sessions_ended=F("user__sessions_ended")
    )
    return live.select_related("user").filter(secret_hash=sha256_hex(secret)).first()


def _require_owner(user: User, actor: User) -> None:
    if actor.pk != user.pk and actor.pk != system_user().pk:
        raise NotAllowed("A token is made and revoked by the one who uses it.", rule="own tokens")
