"""What an auditor concludes on a run: his own words beside the record, and no part of it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.triggers import Guard


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
            Guard(
                name="conclusion_by_auditor",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM identity_rolegrant g
                        WHERE g.user_id = NEW.concluded_by_id AND g.role = 'AUDITOR'
                    ) THEN
                        RAISE EXCEPTION 'conclusion_by_auditor: only an auditor concludes on a run'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'conclusion_by_auditor';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_opinion_display()} on run {self.run_id}"
