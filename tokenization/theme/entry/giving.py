"""A code or a passkey, taken from a posted form: right, wrong and counted, or locked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth as webauthn
from axes.handlers.proxy import AxesProxyHandler
from axes.utils import reset
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as lazy

from tokenization.identity.factors import code_give
from tokenization.identity.models import User
from tokenization.kernel import clock
from tokenization.kernel.errors import NotAllowed
from tokenization.theme.entry import given
from tokenization.theme.told import told

CODE, CREDENTIAL = "factor_code", "factor_credential"
WRONG = lazy("That code is not right, or it was used already. Type the one that your app shows now.")
WRONG_KEY = lazy("The passkey was not accepted. Try again, or type a code.")


def posted(request: HttpRequest) -> bool:
    return bool(request.POST.get(CODE) or request.POST.get(CREDENTIAL))


def give(request: HttpRequest, user: User) -> str:
    """Empty when the factor was right: the session then knows it. Else what was wrong, in words.

    Wrong ones count with wrong passwords: after five from one place that pair of name and place is locked.
    """
    credentials = {"username": user.username}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        request.axes_credentials = credentials  # type: ignore[attr-defined]
        return str(WRONG)
    try:
        fault = _fault(request, user)
    except NotAllowed as error:
        return told(error)
    if fault:
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
        return fault
    reset(username=user.username, ip=request.axes_ip_address)  # type: ignore[attr-defined]
    given.note(request.session)
    return ""


def _fault(request: HttpRequest, user: User) -> str:
    code = request.POST.get(CODE, "").strip()
    if code:
        return "" if code_give(user=user, code=code[:32], wall=datetime.now(UTC), now=clock.now()) else str(WRONG)
    try:
        factor = _passkey(user, request.POST.get(CREDENTIAL, ""))
    except ValidationError:
        return str(WRONG_KEY)
    factor.record_usage()
    return ""


def _passkey(user: User, text: str) -> Authenticator:
    """ValidationError for anything but an answer, signed by one of his passkeys, to the challenge of this session."""
    try:
        answer = credential_of(text)
        webauthn.parse_authentication_response(answer)
        return webauthn.complete_authentication(user, answer)
    except (KeyError, TypeError, ValueError):
        raise ValidationError(WRONG_KEY) from None


def credential_of(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValidationError(WRONG_KEY) from None
    if not isinstance(found, dict):
        raise ValidationError(WRONG_KEY)
    return found


def ways(user: User) -> dict[str, Any]:
    """What a page needs to ask for a factor: which kinds he has, and the challenge for his passkeys."""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    keys = Authenticator.Type.WEBAUTHN in kinds
    return {
        "has_app": Authenticator.Type.TOTP in kinds,
        "has_key": keys,
        "options": webauthn.begin_authentication(user) if keys else None,
    }
