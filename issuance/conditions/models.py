"""What must be on file before a reserve-backed series opens: who holds title, who consents, which lender clears it."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from issuance.authority.instruments import CARRIES, Instrument
from issuance.conditions.guards import recorded_in_order
from issuance.series.models import Series
from tokenization.files.models import StoredFile
from tokenization.identity.models import User
from tokenization.kernel.append_only import AppendOnly

WHOLE_BP = 10_000


class Kind(models.TextChoices):
    TITLE = "TITLE", "Title"
    CONSENT = "CONSENT", "Consent"
    LENDER_CLEARANCE = "LENDER_CLEARANCE", "Clearance of a lender's negative pledge"


def _carried(kind: Kind) -> Q:
    return Q(kind=kind.value, instrument__in=sorted(CARRIES[kind.value]))


class ConditionPrecedent(AppendOnly):
    """One document of a draft. `holder` holds title, consents or clears; `share_bp` is his part of the title.

    A mistake is mended by a row that `replaces` it; what nothing replaces is in force.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="conditions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    holder = models.CharField(max_length=200)
    share_bp = models.PositiveSmallIntegerField(null=True)
    words = models.CharField(max_length=500)
    instrument = models.CharField(max_length=10, choices=Instrument.choices)
    document = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["series", "kind", "id"]
        verbose_name = "condition precedent"
        verbose_name_plural = "conditions precedent"
        constraints = [
            models.CheckConstraint(
                condition=_carried(Kind.TITLE) | _carried(Kind.CONSENT) | _carried(Kind.LENDER_CLEARANCE),
                name="condition_instrument_carries",
            ),
            models.CheckConstraint(
                condition=Q(kind="TITLE", share_bp__isnull=False, share_bp__gte=1, share_bp__lte=WHOLE_BP)
                | (~Q(kind="TITLE") & Q(share_bp__isnull=True)),
                name="condition_share_of_a_title",
            ),
            models.CheckConstraint(condition=~Q(holder="") & ~Q(words=""), name="condition_says_who_and_what"),
        ]
        triggers = [*AppendOnly.Meta.triggers, recorded_in_order("condition_recorded_in_order")]

    def __str__(self) -> str:
        share = "" if self.share_bp is None else f", {Decimal(self.share_bp).scaleb(-2)} %"
        return f"{self.get_kind_display()}: {self.holder}{share}"
