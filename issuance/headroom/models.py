"""Commitments: headroom taken at four levels at once. A commitment is written once and released once, never edited."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from issuance.authority.models import FxRate
from issuance.headroom.guards import ceilings_hold
from issuance.series.models import Series
from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import MinorField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

commitment_machine = Machine(field="state", transitions={"HELD": {"RELEASED"}, "RELEASED": set()})


class Commitment(models.Model):
    """`units` of a series from `settles_on` until `frees_on` (its maturity), and what they weigh at each level.

    `programme_minor` is face in the programme's currency; `envelope_minor` and `authority_minor` are face or proceeds,
    as the authority says, in their own currencies: rounded up, at the rate row stored beside (null: same currency).
    """

    key = models.CharField(max_length=100, unique=True)
    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="commitments")
    units = models.BigIntegerField()
    face_minor = MinorField()
    proceeds_minor = MinorField()
    settles_on = models.DateField()
    frees_on = models.DateField()
    programme_minor = MinorField()
    envelope_minor = MinorField()
    authority_minor = MinorField()
    programme_rate = models.ForeignKey(FxRate, null=True, on_delete=models.PROTECT, related_name="+")
    envelope_rate = models.ForeignKey(FxRate, null=True, on_delete=models.PROTECT, related_name="+")
    authority_rate = models.ForeignKey(FxRate, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="HELD", choices=commitment_machine.choices())
    released_at = models.DateTimeField(null=True)
    release_reason = models.TextField(blank=True)

    class Meta:
        ordering = ["settles_on", "id"]
        indexes = [models.Index(fields=["series", "state", "settles_on"], name="commitment_by_series")]
        constraints = [
            commitment_machine.constraint("commitment_state"),
            models.CheckConstraint(
                condition=Q(units__gt=0, face_minor__gt=0, proceeds_minor__gt=0), name="commitment_positive"
            ),
            models.CheckConstraint(
                condition=Q(programme_minor__gt=0, envelope_minor__gt=0, authority_minor__gt=0),
                name="commitment_weighs_at_every_level",
            ),
            models.CheckConstraint(condition=Q(settles_on__lt=F("frees_on")), name="commitment_dates"),
            models.CheckConstraint(
                condition=Q(state="HELD", released_at__isnull=True, release_reason="")
                | (Q(state="RELEASED", released_at__isnull=False) & ~Q(release_reason="")),
                name="commitment_release_says_why",
            ),
        ]
        triggers = [
            *no_delete("commitment"),
            Guard(
                name="commitment_released_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NOT (OLD.state = 'HELD' AND NEW.state = 'RELEASED')
                       OR to_jsonb(OLD) - 'state' - 'released_at' - 'release_reason'
                          <> to_jsonb(NEW) - 'state' - 'released_at' - 'release_reason' THEN
                        RAISE EXCEPTION 'commitment_released_once: a commitment changes only from held to released'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'commitment_released_once';
                    END IF;
                    RETURN NEW;
                """,
            ),
            ceilings_hold("commitment_ceilings_hold"),
        ]

    def __str__(self) -> str:
        return f"{self.units:,} {self.series.isin} from {self.settles_on}"
