"""The registrar's word on single days: a holiday declared by moon sighting, or a working Saturday."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokenization.identity.models import Approval
from tokenization.kernel.append_only import AppendOnly


class CalendarOverride(AppendOnly):
    """One day of one calendar, decided by two persons. The latest word on a day counts; earlier ones are kept."""

    calendar = models.CharField(max_length=20)
    day = models.DateField()
    is_business = models.BooleanField()
    reason = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        ordering = ["calendar", "day", "id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="calendar_override_says_why")]

    def __str__(self) -> str:
        return f"{self.calendar} {self.day}: {'open' if self.is_business else 'closed'}"
