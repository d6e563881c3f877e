from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.crypto import salted_hmac

from tokenization.identity.roles import House, Role


class User(AbstractUser):
    """A person of one house, or the platform itself (`system`)."""

    house = models.CharField(max_length=20, choices=House.choices)
    # Raised to end every session of the person at once.
    sessions_ended = models.PositiveIntegerField(default=0)

    class Meta(AbstractUser.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(house__in=House.values), name="user_house_known")]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must carry to go on: it changes with the password, and when all sessions are ended."""
        told = f"{self.password}{self.sessions_ended}"
        return salted_hmac("identity.user.session", told, secret=secret, algorithm="sha256").hexdigest()


class RoleGrant(models.Model):
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(max_length=30, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_grant_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_grant_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
