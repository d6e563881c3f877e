from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokenization.identity.models.user import User


class FactorUse(models.Model):
    """How a person's one-time codes were used: no code counts twice, and guessing ends.

    The codes' secrets, passkeys and recovery codes themselves are `allauth.mfa`'s, encrypted by our adapter.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, primary_key=True, related_name="factor_use")
    # The 30-second step of the last code that counted: that one and all before it count no more.
    last_step = models.BigIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(last_step__gte=0), name="factor_use_step")]

    def __str__(self) -> str:
        return f"{self.user}: {self.wrong} wrong"
