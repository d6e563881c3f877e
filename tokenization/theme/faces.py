"""Which faces a person may enter. Closed by default: a role not named here opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tokenization.identity.models import User
from tokenization.identity.roles import Role

OUTSIDE = {Role.AUDITOR, Role.INVESTOR, Role.EXAMINER, Role.SUPERVISOR}
OFFICE = frozenset(role for role in Role if role not in OUTSIDE)
ROLES_OF_FACE: dict[str, frozenset[Role]] = {
    "office": OFFICE,
    "portal": frozenset({Role.INVESTOR}),
    # Officers read the same reconciliation as the auditor; a supervisor reads of it what his mandates name.
    "assurance": OFFICE | {Role.AUDITOR, Role.SUPERVISOR},
    # An outsider who signs with a key of his own: he sees what he examines, and nothing else.
    "examiner": frozenset({Role.EXAMINER}),
}
FACES = {
    "office": ("Office", "/office/"),
    "portal": ("Investor portal", "/portal/"),
    "assurance": ("Assurance", "/assurance/"),
    "examiner": ("Examination", "/examiner/"),
}
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class FaceLink:
    name: str
    href: str
    here: bool


def roles_of(user: User) -> frozenset[Role]:
    return frozenset(Role(role) for role in user.role_grants.values_list("role", flat=True))


def may_enter(user: User | AnonymousUser, face: str) -> bool:
    """Active, signed in and holding one of the face's roles."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return bool(ROLES_OF_FACE[face] & roles_of(user))


def enters(request: HttpRequest, face: str) -> bool:
    """`may_enter` of who asks, read once per request: the office's menu asks it of every kind of record."""
    known: dict[str, bool] = request.__dict__.setdefault("_entered", {})
    if face not in known:
        known[face] = may_enter(request.user, face)
    return known[face]


def faces_of(user: User | AnonymousUser, *, here: str = "") -> list[FaceLink]:
    if not isinstance(user, User) or not user.is_active:
        return []
    held = roles_of(user)
    return [
        FaceLink(name, href, here.startswith(href))
        for face, (name, href) in FACES.items()
        if ROLES_OF_FACE[face] & held
    ]


def face(name: str) -> Callable[[View], View]:
    """A view of the named face: strangers are sent to sign in, other roles are refused with 403."""

    def wrap(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not enters(request, name):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return wrap
