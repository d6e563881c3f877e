"""Who looked at what: assurance is read under mandate, and reading leaves a trace."""

from __future__ import annotations

from django.db import models

from tokenization.kernel.append_only import AppendOnly


class Look(AppendOnly):
    """One look; `number` is that of the run, the break or the record, `note` says what of it was looked at."""

    class What(models.TextChoices):
        RUN = "RUN", "run"
        REPORT = "REPORT", "report of the run"
        PACK = "PACK", "evidence pack of the run"
        BREAK = "BREAK", "break"
        FIGURE = "FIGURE", "what a figure of the run is made of"
        SAMPLE = "SAMPLE", "sample drawn from the run"
        RECORD = "RECORD", "record"
        FILE = "FILE", "file"

    what = models.CharField(max_length=6, choices=What)
    number = models.BigIntegerField()
    who = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta(AppendOnly.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["number", "what", "-id"], name="look_at")]

    def __str__(self) -> str:
        return f"{self.what} {self.number} by {self.who_id}"
