"""Signing in: the password first, then a code or passkey where the person has one. Only then is anybody signed in."""

from __future__ import annotations

import time
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tokenization.identity.factors import has_factor
from tokenization.identity.models import User
from tokenization.theme.entry import giving

# Between password and second factor: who it is, without his being signed in.
_HALF = "half_signed_in"
_HALF_SECONDS = 5 * 60


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    template_name = "theme/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if isinstance(user, User) and has_factor(user):
            session = self.request.session
            session.cycle_key()
            session[_HALF] = {
                "user": user.pk,
                "hash": user.get_session_auth_hash(),
                "backend": getattr(user, "backend"),  # noqa: B009 set by authenticate(), unknown to the type checker
                "at": int(time.time()),
                "next": self.get_success_url(),
            }
            return redirect("sign-in-factor")
        return super().form_valid(form)


def _half(request: HttpRequest) -> tuple[User, dict[str, Any]] | None:
    """Who gave his password in this session just now, and may still give his factor."""
    told = request.session.get(_HALF)
    if not told or time.time() - told["at"] > _HALF_SECONDS:
        request.session.pop(_HALF, None)
        return None
    user = User.objects.filter(pk=told["user"], is_active=True).first()
    if user is None or not constant_time_compare(told["hash"], user.get_session_auth_hash()):
        return None
    return user, told


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Asks for the second factor, and signs in with it."""
    half = None if request.user.is_authenticated else _half(request)
    if half is None:
        return redirect("sign-in")
    user, told = half
    fault = ""
    if request.method == "POST":
        fault = giving.give(request, user) if giving.posted(request) else str(giving.WRONG)
        if not fault:
            return _signed_in(request, user, told)
    return render(request, "theme/second_step.html", {"fault": fault, "who": user, **giving.ways(user)})


def _signed_in(request: HttpRequest, user: User, told: dict[str, Any]) -> HttpResponse:
    request.session.pop(_HALF, None)
    login(request, user, backend=told["backend"])
    assert BACKEND_SESSION_KEY in request.session  # noqa: S101 a session of his own, with what `give` noted in it
    return HttpResponseRedirect(told["next"])
