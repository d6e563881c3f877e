"""An intent's nonce, for ever."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from contracts.outbox.models.chain import Signer
from contracts.outbox.models.intent import Intent
from tokenization.kernel.append_only import append_only


class Slot(models.Model):
    """(signer, nonce) owned by one intent. Never moved, never skipped, never given to another."""

    signer = models.ForeignKey(Signer, on_delete=models.PROTECT, related_name="slots")
    nonce = models.BigIntegerField()
    intent = models.OneToOneField(Intent, on_delete=models.PROTECT, related_name="slot")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signer", "nonce"], name="outbox_slot_nonce_once"),
            models.CheckConstraint(condition=Q(nonce__gte=0), name="outbox_slot_nonce_positive"),
        ]
        triggers = append_only("outbox_slot")

    def __str__(self) -> str:
        return f"{self.signer_id}:{self.nonce}"
