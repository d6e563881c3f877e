"""What the rehearsal must remember between two starts. Not installed in production."""

from __future__ import annotations

from django.db import models


class ClockOffset(models.Model):
    """How far business time runs ahead of wall time. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(name="rehearsal_clock_one_row", condition=models.Q(id=1)),
            models.CheckConstraint(name="rehearsal_clock_never_back", condition=models.Q(seconds__gte=0)),
        )


class PhaseRecord(models.Model):
    """A phase of a life cycle that has been completed, with the checks it made."""

    case = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    done_at = models.DateTimeField()
    checks = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(name="rehearsal_phase_once", fields=("case", "name")),)
        ordering = ("pk",)


class DepositoryEntry(models.Model):
    """A line in the book of the outside depository: the platform reads only the files made from it."""

    key = models.CharField(max_length=120, unique=True)
    isin = models.CharField(max_length=12)
    at = models.DateTimeField()
    conventional = models.BigIntegerField(
        help_text="Units added to (or taken from) what is held as ordinary book entries"
    )
    immobilised = models.BigIntegerField(help_text="Units added to (or taken from) what may exist as tokens")


class BankBookEntry(models.Model):
    """A line in the book of the outside bank: the platform reads only the statements made from it."""

    key = models.CharField(max_length=60, unique=True)
    day = models.DateField()
    amount_minor = models.BigIntegerField(help_text="Positive: into the settlement account")
    words = models.CharField(max_length=140, help_text="What the payer wrote on his order")
    end_to_end_id = models.CharField(max_length=35, blank=True, default="", help_text="The payer's own reference")
    statement = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.amount_minor:,}"


class Errand(models.Model):
    """Something a visitor of the demo asked the outside world to do: `outside_world` does it, and says what it did."""

    class Kind(models.TextChoices):
        PAY = "PAY", "The buyers pay what they owe"
        SIGN = "SIGN", "The registrar's depository blocks and signs what waits"
        BOOKS = "BOOKS", "The depository's statement comes in, and all is reconciled"
        CLOSE = "CLOSE", "Move to the next close of bidding"
        DAY = "DAY", "Move to the next business day, 09:30"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    went_well = models.BooleanField(null=True)
    words = models.CharField(max_length=400, blank=True, help_text="What was done, or why not")

    class Meta:
        ordering = ("-pk",)
