"""Enrol, use, renew, remove and reset a person's second factors. `wall` is the machine's time: codes live by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.db.models import F

from tokenization.identity import audit
from tokenization.identity.factors.codes import step_of_code
from tokenization.identity.models import FactorUse, User
from tokenization.identity.roles import House
from tokenization.kernel.errors import NotAllowed, Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.secrets import unseal

Kind = Authenticator.Type
# Only somebody who has the password gets this far, so that this lock is no way to keep a stranger out.
MOST_WRONG, LOCKED_FOR = 10, timedelta(minutes=15)


def factor_needed(user: User) -> bool:
    """Everybody who acts for a house of the state, or examines it; an investor may, and need not."""
    return user.house != House.INVESTOR


def has_factor(user: User) -> bool:
    """Whether one can be asked for. Recovery codes alone are none: they stand in for another."""
    return bool(Authenticator.objects.filter(user=user).exclude(type=Kind.RECOVERY_CODES).exists())


@transaction.atomic
def totp_enrol(*, user: User, secret: str, code: str, wall: datetime, now: datetime) -> Authenticator:
    """Keep the secret that the person's telephone has shown to have; recovery codes are made with the first factor."""
    use = _use(user)
    if Authenticator.objects.filter(user=user, type=Kind.TOTP).exists():
        raise Refused("You have an authenticator app already.", rule="one app", next_step="Remove it first.")
    step = step_of_code(secret, code, wall)
    if step is None:
        raise Refused("That code is not right.", field="code", next_step="Type the one that your app shows now.")
    factor: Authenticator = TOTP.activate(user, secret).instance
    _save(use, last_step=step)
    RecoveryCodes.activate(user)
    _told(user, "factor.enrol", {"kind": factor.type}, user, now)
    return factor


@transaction.atomic
def passkey_enrol(*, user: User, name: str, credential: dict[str, Any], now: datetime) -> Authenticator:
    """Keep a passkey whose registration was verified."""
    factor: Authenticator = WebAuthn.add(user, name.strip()[:60] or "Passkey", credential).instance
    RecoveryCodes.activate(user)
    _told(user, "factor.enrol", {"kind": factor.type}, user, now)
    return factor


@transaction.atomic
def code_give(*, user: User, code: str, wall: datetime, now: datetime) -> str:
    """Which kind of code this was, or "" for a wrong one, which is counted. No code counts twice.

    NotAllowed after ten wrong ones in a row, for a quarter of an hour, from wherever they came.
    """
    use = _use(user)
    if use.locked_until and use.locked_until > wall:
        raise NotAllowed(
            "There were too many wrong codes.", rule="ten wrong codes", next_step="Try again in 15 minutes."
        )
    kind = _kind_of(user, use, code, wall)
    if kind:
        _save(use, last_step=use.last_step, wrong=0, locked_until=None)
        if kind == Kind.RECOVERY_CODES:
            _told(user, "factor.recovery_used", {}, user, now)
        return kind
    locks = use.wrong + 1 >= MOST_WRONG
    _save(use, wrong=0 if locks else use.wrong + 1, locked_until=wall + LOCKED_FOR if locks else None)
    if locks:
        _told(user, "factor.locked", {"wrong": MOST_WRONG}, user, now)
    return ""


def _kind_of(user: User, use: FactorUse, code: str, wall: datetime) -> str:
    """Moves `use.last_step` in memory when a one-time code counts; a recovery code is used up at once."""
    for factor in Authenticator.objects.filter(user=user).exclude(type=Kind.WEBAUTHN).order_by("-type"):
        if factor.type == Kind.TOTP:
            step = step_of_code(unseal(factor.data["secret"]), code, wall)
            if step is None or step <= use.last_step:
                continue
            use.last_step = step
        elif not RecoveryCodes(factor).validate_code("".join(code.split())):
            continue
        Authenticator.objects.filter(pk=factor.pk).update(last_used_at=wall)
        return str(factor.type)
    return ""


@transaction.atomic
def recovery_renew(*, user: User, now: datetime) -> None:
    """New recovery codes; the old ones open nothing from now on."""
    _use(user)
    if not has_factor(user):
        raise Refused("There is nothing to recover yet.", next_step="Set up an app or a passkey first.")
    Authenticator.objects.filter(user=user, type=Kind.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)
    _told(user, "factor.recovery_renew", {}, user, now)


@transaction.atomic
def factor_remove(*, user: User, factor_id: int, now: datetime) -> None:
    """Take away one's own factor. Refused for the last one of a person who must have one."""
    _use(user)
    own = Authenticator.objects.filter(user=user).exclude(type=Kind.RECOVERY_CODES)
    factor = own.filter(pk=factor_id).first()
    if factor is None:
        raise Refused("You have no such factor.", field="factor")
    last = not own.exclude(pk=factor.pk).exists()
    if last and factor_needed(user):
        raise Refused(
            "This is your only second factor, and your work needs one.",
            rule="officers keep a second factor",
            next_step="Set up another one first.",
        )
    kind = factor.type
    (Authenticator.objects.filter(user=user) if last else own.filter(pk=factor.pk)).delete()
    _told(user, "factor.remove", {"kind": kind}, user, now)


@transaction.atomic
def factors_reset(*, user: User, actor: User, now: datetime, reason: str) -> None:
    """Take away all factors of a person who lost them, and end his sessions: he enrols anew after his password.

    Only from the action `SecondFactorReset` (actions.py), when two others have agreed.
    """
    use = _use(user)
    Authenticator.objects.filter(user=user).delete()
    _save(use, wrong=0, locked_until=None)
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    _told(user, "factor.reset", {"reason": reason}, actor, now)


def _use(user: User) -> FactorUse:
    """The row that orders everything about one person's factors, locked."""
    FactorUse.objects.get_or_create(user=user)
    found: FactorUse = lock_rows(FactorUse.objects.filter(pk=user.pk))[0][0]
    return found


def _save(use: FactorUse, **fields: Any) -> None:
    FactorUse.objects.filter(pk=use.pk).update(**fields)


def _told(user: User, action: str, body: dict[str, Any], actor: User, now: datetime) -> None:
    audit.record(actor=actor, action=action, subject=f"identity.user:{user.pk}", body=body, now=now)
