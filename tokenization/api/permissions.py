from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tokenization.theme.faces import ROLES_OF_FACE, may_enter

if TYPE_CHECKING:
    # rest_framework.views loads the default permissions, which are in this module.
    from rest_framework.views import APIView


class DenyAll(BasePermission):
    """The default of every endpoint: one that names no permission answers nobody."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False


class HoldsARole(BasePermission):
    """Signed in, active, and a member of at least one face: officer, investor or auditor."""

    message = "Your account holds no role. Ask the administrator of your house for one."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return any(may_enter(request.user, face) for face in ROLES_OF_FACE)
