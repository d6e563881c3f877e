"""A person's own second factors: what he has, an app or a passkey set up, recovery codes shown once."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tokenization.identity.factors import (
    factor_needed,
    factor_remove,
    has_factor,
    passkey_enrol,
    recovery_renew,
    totp_enrol,
)
from tokenization.identity.models import User
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.kernel.secrets import seal, unseal
from tokenization.theme.entry import given, giving
from tokenization.theme.entry.qr import qr
from tokenization.theme.entry.step_up import View, asks_again
from tokenization.theme.told import told

_SECRET = "factor_secret"  # noqa: S105 where a sealed secret waits in the session until the first code has shown it
_CHANGE = "change how you sign in"


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `login_required` let only users in
    return request.user


def _own(view: View) -> View:
    """Signed in. Who has a factor already shows it before he changes anything: adding one is a way in, too."""
    asked = asks_again(_CHANGE)(view)

    @sensitive_post_parameters()
    @never_cache
    @login_required
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not has_factor(_person(request)):
            return view(request, *args, **kwargs)
        if not given.ever(request.session):
            return redirect("factor-again")
        return asked(request, *args, **kwargs)

    return guarded


@never_cache
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    user = _person(request)
    own = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    return render(
        request,
        "theme/factors.html",
        {
            "heading": _("Second factor"),
            "needed": factor_needed(user),
            "factors": [row for row in own if row.type != Authenticator.Type.RECOVERY_CODES],
            "has_app": any(row.type == Authenticator.Type.TOTP for row in own),
            "left": next(
                (len(RecoveryCodes(row).get_unused_codes()) for row in own if row.type == "recovery_codes"), 0
            ),
        },
    )


@_own
@require_http_methods(["GET", "HEAD", "POST"])
def app(request: HttpRequest) -> HttpResponse:
    """Shows a new secret as a QR code, and keeps it once the app has answered with the right code."""
    user, fault = _person(request), ""
    kept = request.session.get(_SECRET)
    if request.method == "POST" and kept:
        try:
            totp_enrol(
                user=user,
                secret=unseal(kept),
                code=request.POST.get("code", ""),
                wall=datetime.now(UTC),
                now=clock.now(),
            )
        except PlatformError as error:
            fault = told(error)
        else:
            request.session.pop(_SECRET)
            given.note(request.session)
            return redirect("factor-recovery")
    if not kept:
        kept = request.session[_SECRET] = seal(base64.b32encode(secrets.token_bytes(20)).decode())
    secret = unseal(kept)
    drawing = qr(get_adapter().build_totp_url(user, secret))
    grouped = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return render(request, "theme/factor_app.html", {"drawing": drawing, "secret": grouped, "fault": fault})


@_own
@require_http_methods(["GET", "HEAD", "POST"])
def passkey(request: HttpRequest) -> HttpResponse:
    """Registers a passkey: a security key, a telephone, or what the computer itself keeps."""
    user, fault = _person(request), ""
    if request.method == "POST":
        try:
            answer = giving.credential_of(request.POST.get("credential", ""))
            webauthn.parse_registration_response(answer)
            webauthn.complete_registration(answer)
        except (ValidationError, KeyError, TypeError, ValueError):
            fault = _("The passkey was not accepted. Try again.")
        else:
            passkey_enrol(user=user, name=request.POST.get("name", ""), credential=answer, now=clock.now())
            given.note(request.session)
            return redirect("factor-recovery")
    options = webauthn.begin_registration(user, False)
    return render(request, "theme/factor_passkey.html", {"options": options, "fault": fault})


@_own
@require_http_methods(["GET", "HEAD", "POST"])
def recovery(request: HttpRequest) -> HttpResponse:
    """The recovery codes, until the person says that he has them; never after that."""
    row = Authenticator.objects.filter(user=_person(request), type=Authenticator.Type.RECOVERY_CODES).first()
    if row is None or RecoveryCodes(row).did_view:
        return redirect("factors")
    if request.method == "POST":
        RecoveryCodes(row).mark_as_viewed()
        return redirect("home")
    return render(request, "theme/factor_recovery.html", {"codes": RecoveryCodes(row).get_unused_codes()})


@_own
@require_POST
def renew(request: HttpRequest) -> HttpResponse:
    return _done(request, lambda: recovery_renew(user=_person(request), now=clock.now()), "factor-recovery")


@_own
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    return _done(request, lambda: factor_remove(user=_person(request), factor_id=pk, now=clock.now()), "factors")


def _done(request: HttpRequest, do: Callable[[], None], then: str) -> HttpResponse:
    try:
        do()
    except PlatformError as error:
        messages.error(request, told(error))
        return redirect("factors")
    return redirect(then)
