"""What a supervisor may see: given by two, for a time, for some securities; ended by two. Neither is ever altered."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from tokenization.identity.guards import held_by
from tokenization.identity.roles import Role
from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.triggers import Guard


def decided(name: str, action: str) -> Guard:
    """Refuses a row whose approval is not an approved one of this action."""
    return Guard(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
            IF NOT EXISTS (
                SELECT 1 FROM identity_approval a
                WHERE a.id = NEW.approval_id AND a.state = 'APPROVED' AND a.action = '{action}'
            ) THEN
                RAISE EXCEPTION '{name}: two persons decide on a mandate'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 names of ours, fixed when the table is made
    )


class Mandate(AppendOnly):
    """One supervisor, one scope, from the first to the last day, both included."""

    class Scope(models.TextChoices):
        DEBT = "DEBT", "all debt"
        RESERVE = "RESERVE", "all reserve-backed tokens"
        CASH = "CASH", "settlement cash"
        PROGRAMME = "PROGRAMME", "one programme"
        SERIES = "SERIES", "one series"

    supervisor = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="mandates")
    scope = models.CharField(max_length=9, choices=Scope)
    programme = models.ForeignKey("programme.Programme", on_delete=models.PROTECT, null=True, related_name="+")
    series = models.ForeignKey("series.Series", on_delete=models.PROTECT, null=True, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    approval = models.OneToOneField("identity.Approval", on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="mandate_scope",
                condition=Q(scope__in=["DEBT", "RESERVE", "CASH"], programme=None, series=None)
                | Q(scope="PROGRAMME", programme__isnull=False, series=None)
                | Q(scope="SERIES", programme=None, series__isnull=False),
            ),
            models.CheckConstraint(name="mandate_days", condition=Q(last_day__gte=F("first_day"))),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            decided("mandate_decided", "custody.reconciliation.MandateGive"),
            held_by("mandate_of_supervisor", "supervisor_id", Role.SUPERVISOR, "only a supervisor sees by mandate"),
        ]

    def __str__(self) -> str:
        return f"{self.covers}, {self.first_day:%-d %b %Y} to {self.last_day:%-d %b %Y}"

    @property
    def covers(self) -> str:
        """The scope in words, with what it names."""
        if self.series is not None:
            return f"{self.series.name}, {self.series.isin}"
        return f"programme {self.programme.reference}" if self.programme is not None else self.get_scope_display()


class MandateEnding(AppendOnly):
    """Before its last day, and at once: from `ended_at` the mandate shows nothing."""

    mandate = models.OneToOneField(Mandate, on_delete=models.PROTECT, related_name="ending")
    reason = models.CharField(max_length=500)
    approval = models.OneToOneField("identity.Approval", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["id"]
        triggers = [
            *AppendOnly.Meta.triggers,
            decided("mandate_ending_decided", "custody.reconciliation.MandateEnd"),
        ]

    def __str__(self) -> str:
        return f"end of mandate {self.mandate_id}"
