"""The chain we are on, the keys that send, and the reasons why nothing is sent."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tokenization.kernel.append_only import append_only, no_delete
from tokenization.kernel.fields import AddressField, HashField
from tokenization.kernel.triggers import Guard


class Chain(models.Model):
    """The one chain this database belongs to, written at the first contact and never again."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    chain_id = models.BigIntegerField()
    genesis_hash = HashField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="outbox_chain_one_row")]
        triggers = append_only("outbox_chain")

    def __str__(self) -> str:
        return f"chain {self.chain_id}"


class Signer(models.Model):
    """One key of the signer process: its line of nonces and the fencing epoch of whoever sends for it."""

    name = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=32, help_text="The name of the key inside the signer process.")
    address = AddressField(null=True, unique=True, help_text="Told by the signer process; empty until it was asked.")
    next_nonce = models.BigIntegerField(default=0)
    epoch = models.BigIntegerField(default=0)
    trouble = models.TextField(default="", blank=True, help_text="Why the last pass could not go on, in words.")
    trouble_since = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True, help_text="When a sender last worked for this key.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(next_nonce__gte=0), name="outbox_signer_nonce_positive"),
            models.CheckConstraint(condition=Q(epoch__gte=0), name="outbox_signer_epoch_positive"),
        ]
        triggers = [
            Guard(
                name="outbox_signer_forward",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.next_nonce < OLD.next_nonce OR NEW.epoch < OLD.epoch"
                    " OR (OLD.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address)"
                    " OR NEW.name <> OLD.name OR NEW.key <> OLD.key"
                ),
                func="RAISE EXCEPTION 'outbox_signer_forward: nonce and epoch only rise, names never change';",
            ),
            *no_delete("outbox_signer"),
        ]

    def __str__(self) -> str:
        return self.name


class Halt(models.Model):
    """Sending stopped for every key until a person decided. One open halt per reason and key."""

    reason = models.CharField(max_length=64, help_text="A word for machines: CHAIN_BEHIND, NONCE_AHEAD, ...")
    signer = models.ForeignKey(Signer, null=True, on_delete=models.PROTECT, related_name="halts")
    message = models.TextField(help_text="What was found, in words.")
    what_to_do = models.TextField()
    opened_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "signer"],
                condition=Q(cleared_at__isnull=True),
                nulls_distinct=False,
                name="outbox_halt_open_once",
            ),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True, cleared_by__isnull=True)
                | Q(cleared_at__isnull=False, cleared_by__isnull=False, cleared_at__gte=F("opened_at")),
                name="outbox_halt_cleared_by_somebody",
            ),
        ]
        triggers = no_delete("outbox_halt")

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"
