from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from tokenization.identity.roles import House, Role


class User(AbstractUser):
    """A person of one house, or the platform itself (`system`)."""

    house = models.CharField(max_length=20, choices=House.choices)

    class Meta(AbstractUser.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(house__in=House.values), name="user_house_known")]


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
