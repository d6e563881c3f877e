"""Who looked at what: assurance is read under mandate, and reading leaves a trace."""

from __future__ import annotations

from django.db import models

from tokenization.kernel.append_only import AppendOnly


class Look(AppendOnly):
    """One look at a run, a break or a pack; `number` is the run's or the break's."""

    class What(models.TextChoices):
        RUN = "RUN", "run"
        REPORT = "REPORT", "report of the run"
        PACK = "PACK", "evidence pack of the run"
        BREAK = "BREAK", "break"

    what = models.CharField(max_length=6, choices=What)
    number = models.BigIntegerField()
    who = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["number", "what", "-id"], name="look_at")]

    def __str__(self) -> str:
        return f"{self.what} {self.number} by {self.who_id}"
