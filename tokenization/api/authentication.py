"""Who asks: the bearer of a token, or the session of somebody who signed in on a page."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tokenization.api.models import ApiToken
from tokenization.api.tokens import token_of
from tokenization.identity.models import User
from tokenization.kernel.clock import WallClock


class Bearer(BaseAuthentication):
    """`Authorization: Bearer tkapi_...`. No cookie takes part, so no other site can make a browser send it."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token_of(secret.strip(), wall=WallClock().now())
        if token is None:
            raise AuthenticationFailed("This token opens nothing: it is unknown, revoked, expired, or its user left.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class _BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = Bearer
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A user's own token. A session works too, with its CSRF token.",
        }
