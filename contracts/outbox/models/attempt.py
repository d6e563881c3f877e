"""What was signed for a nonce, what was sent, and what a block says about it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from contracts.outbox.models.slot import Slot
from tokenization.kernel.append_only import append_only
from tokenization.kernel.fields import AddressField, HashField, Uint256Field
from tokenization.kernel.triggers import Guard


class AttemptKind(models.TextChoices):
    CALL = "CALL", "the call itself"
    CANCEL = "CANCEL", "a cancel decided by two persons"
    NOOP = "NOOP", "a filler where nothing was ever signed"


class Attempt(models.Model):
    """Signed bytes, stored and committed before any of them leaves. Every attempt of a slot makes the same call."""

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="attempts")
    hash = HashField(unique=True)
    raw = models.BinaryField()
    kind = models.CharField(max_length=6, choices=AttemptKind.choices)
    gas = models.BigIntegerField()
    max_fee = Uint256Field()
    priority_fee = Uint256Field()
    epoch = models.BigIntegerField(help_text="Fencing epoch of the sender that stored it.")
    head_block = models.BigIntegerField(help_text="Head of the chain when it was made: fee bumps count from here.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=AttemptKind.values), name="outbox_attempt_kind_known"),
        ]
        triggers = [
            *append_only("outbox_attempt"),
            Guard(
                name="outbox_attempt_fenced",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("current_epoch", "bigint")],
                func=(
                    "SELECT s.epoch INTO current_epoch FROM outbox_signer s JOIN outbox_slot t ON t.signer_id = s.id "
                    "WHERE t.id = NEW.slot_id; IF current_epoch IS DISTINCT FROM NEW.epoch THEN "
                    "RAISE EXCEPTION 'outbox_attempt_fenced: epoch % is over', NEW.epoch; END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.hash


class Broadcast(models.Model):
    """One try to hand bytes to a node, and what it answered: a hint, never the truth."""

    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="broadcasts")
    at = models.DateTimeField()
    head_block = models.BigIntegerField(null=True)
    answer = models.CharField(max_length=200)

    class Meta:
        ordering = ["id"]
        triggers = append_only("outbox_broadcast")

    def __str__(self) -> str:
        return f"{self.attempt_id}: {self.answer}"


class Inclusion(models.Model):
    """The receipt of the attempt that won its slot. Deleted by a reorganisation until `final`, then fixed."""

    slot = models.OneToOneField(Slot, on_delete=models.PROTECT, related_name="inclusion")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="+")
    block_number = models.BigIntegerField(db_index=True)
    block_hash = HashField()
    status = models.PositiveSmallIntegerField()
    gas_used = models.BigIntegerField()
    contract_address = AddressField(null=True)
    seen_at = models.DateTimeField()
    final = models.BooleanField(default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(status__in=(0, 1)), name="outbox_inclusion_status")]
        triggers = [
            Guard(
                name="outbox_inclusion_final",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.final"),
                func="RAISE EXCEPTION 'outbox_inclusion_final: a final block does not change';",
            ),
        ]

    def __str__(self) -> str:
        return f"block {self.block_number}, status {self.status}"
