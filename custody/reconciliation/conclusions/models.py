"""What an auditor concludes on a run: his own words beside the record, and no part of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tokenization.identity.guards import held_by
from tokenization.identity.roles import Role
from tokenization.kernel.append_only import AppendOnly


class Conclusion(AppendOnly):
    """One opinion of one auditor on one run. A later one stands beside it; neither is ever altered."""

    class Opinion(models.TextChoices):
        """ISA 700 and ISA 705 (Revised), paragraph 2."""

        UNQUALIFIED = "UNQUALIFIED", "unqualified"
        QUALIFIED = "QUALIFIED", "qualified"
        ADVERSE = "ADVERSE", "adverse"
        DISCLAIMER = "DISCLAIMER", "disclaimer of opinion"

    run = models.ForeignKey("reconciliation.Run", on_delete=models.PROTECT, related_name="conclusions")
    opinion = models.CharField(max_length=12, choices=Opinion)
    words = models.CharField(max_length=2_000)
    concluded_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    concluded_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["run", "-id"]
        constraints = [
            models.CheckConstraint(
                name="conclusion_opinion",
                condition=Q(opinion__in=["UNQUALIFIED", "QUALIFIED", "ADVERSE", "DISCLAIMER"]),
            ),
            models.CheckConstraint(name="conclusion_in_words", condition=Q(words__regex=r"\S")),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            held_by("conclusion_by_auditor", "concluded_by_id", Role.AUDITOR, "only an auditor concludes on a run"),
        ]

    def __str__(self) -> str:
        return f"{self.get_opinion_display()} on run {self.run_id}"
