from __future__ import annotations

from tokenization.identity.models import User

SYSTEM = "system"


def system_user() -> User:
    """The actor of what workers do by themselves. It cannot sign in and holds no power."""
    return User.objects.get(username=SYSTEM)
