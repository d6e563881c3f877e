from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tokenization.api.models import ApiToken
from tokenization.identity.models import User
from tokenization.identity.roles import Power, Role, has_power
from tokenization.theme.faces import ROLES_OF_FACE, may_enter, roles_of

if TYPE_CHECKING:
    # rest_framework.views loads the default permissions, which are in this module.
    from rest_framework.views import APIView

READS = {"GET", "HEAD", "OPTIONS"}


class DenyAll(BasePermission):
    """The default of every endpoint: one that names no permission answers nobody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class HoldsARole(BasePermission):
    """Signed in, active, and a member of at least one face: officer, investor or auditor."""

    message = "Your account holds no role. Ask the administrator of your house for one."

    def has_permission(self, request: Request, view: APIView) -> bool:
        """A supervisor reads under mandate on the pages of assurance; the interface knows no mandates."""
        if not any(may_enter(request.user, face) for face in ROLES_OF_FACE):
            return False
        return isinstance(request.user, User) and roles_of(request.user) != {Role.SUPERVISOR}


class Investor(BasePermission):
    """Who acts for parties: what he reads and writes is theirs."""

    message = "This is for investors and dealers."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return may_enter(request.user, "portal")


class ConfirmsCash(BasePermission):
    """The fiscal agent, whose bank keeps the settlement account."""

    message = "This is for the fiscal agent's officers."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User) and has_power(request.user, Power.CASH_CONFIRM)


class TokenMayWrite(BasePermission):
    """A token that was made for reading writes nothing, whoever its user is."""

    message = "This token may read only. Make another one that may write."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in READS or not isinstance(request.auth, ApiToken) or request.auth.may_write
