"""An auction of one series: announced terms that never change, and how far it has come."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

from issuance.authority.guards import terms_frozen
from issuance.series.models import Series
from tokenization.identity.models import Party
from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import MinorField
from tokenization.kernel.states import Machine

auction_machine = Machine(
    field="state",
    transitions={
        "DRAFT": {"ANNOUNCED", "CANCELLED"},
        "ANNOUNCED": {"CLOSED", "CANCELLED"},
        "CLOSED": {"ALLOTTED", "REJECTED"},
        "ALLOTTED": set(),
        "REJECTED": set(),
        "CANCELLED": set(),
    },
)
# The states from the close on: the book is open to those who may see it.
ENDED = ("CLOSED", "ALLOTTED", "REJECTED")
AUCTION_TERMS = (
    "series_id", "number", "rule", "target_minor", "opens_at", "closes_at", "settlement_date", "direct_categories",
)  # fmt: skip


def _to_the_millisecond(column: str) -> Func:
    return Func(F(column), template="date_trunc('milliseconds', %(expressions)s)", output_field=models.DateTimeField())


class Auction(models.Model):
    """Bids are taken from `opens_at` until `closes_at`, to the millisecond; at `closes_at` it is too late.

    `rule` names a record of issuance.maths.auction.rules; `target_minor` is face, a figure and not a cap.
    `direct_categories` are the categories of party that bid for themselves; others bid through a dealer.
    """

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="auctions")
    number = models.PositiveIntegerField()
    rule = models.CharField(max_length=20)
    target_minor = MinorField()
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    settlement_date = models.DateField()
    direct_categories = ArrayField(models.CharField(max_length=20, choices=Party.Category.choices))
    state = models.CharField(max_length=10, default="DRAFT", choices=auction_machine.choices())
    closed_at = models.DateTimeField(null=True)

    TERMS = AUCTION_TERMS

    class Meta:
        ordering = ["-closes_at", "-id"]
        constraints = [
            auction_machine.constraint("auction_state"),
            models.UniqueConstraint(fields=["series", "number"], name="auction_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="auction_number_from_one"),
            models.CheckConstraint(condition=Q(target_minor__gt=0), name="auction_target_positive"),
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="auction_opens_before_it_closes"),
            models.CheckConstraint(
                condition=Q(opens_at=_to_the_millisecond("opens_at"), closes_at=_to_the_millisecond("closes_at")),
                name="auction_times_to_the_millisecond",
            ),
            models.CheckConstraint(
                condition=Q(direct_categories__len__gt=0, direct_categories__contained_by=Party.Category.values),
                name="auction_direct_categories_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, closed_at__isnull=False, closed_at__gte=F("closes_at"))
                | (~Q(state__in=ENDED) & Q(closed_at__isnull=True)),
                name="auction_closed_in_time",
            ),
        ]
        triggers = [*no_delete("auction"), terms_frozen("auction_terms_frozen", AUCTION_TERMS)]

    def __str__(self) -> str:
        return f"{self.series.isin} auction {self.number}"
