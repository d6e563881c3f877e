"""What is to happen on chain, once, and how far it is."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from contracts.outbox.models.chain import Signer
from tokenization.kernel.append_only import append_only, no_delete
from tokenization.kernel.fields import AddressField, HashField, Uint256Field
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard


class IntentState(models.TextChoices):
    QUEUED = "QUEUED", "waits for its turn"
    NUMBERED = "NUMBERED", "has its nonce"
    SIGNED = "SIGNED", "signed and stored"
    BROADCAST = "BROADCAST", "with the network"
    MINED = "MINED", "in a block"
    FINAL = "FINAL", "final"
    SPLIT = "SPLIT", "split into smaller ones, no nonce spent"
    REJECTED = "REJECTED", "given up, nothing happened on chain"
    REVERTED = "REVERTED", "the contract refused it in a final block"
    CANCELLED = "CANCELLED", "withdrawn by two persons"
    STUCK = "STUCK", "needs a person"


S = IntentState
MACHINE: Machine = Machine(
    field="state",
    transitions={
        S.QUEUED: {S.NUMBERED, S.SPLIT, S.REJECTED, S.CANCELLED},
        S.NUMBERED: {S.SIGNED, S.STUCK},
        # MINED from SIGNED: an answer got lost and the receipt was there first.
        S.SIGNED: {S.BROADCAST, S.MINED, S.STUCK},
        S.BROADCAST: {S.MINED, S.STUCK},
        # BROADCAST from MINED: a reorganisation reopened the slot.
        S.MINED: {S.BROADCAST, S.FINAL, S.REVERTED, S.CANCELLED, S.REJECTED},
        # CANCELLED from STUCK: two persons gave it up and its nonce is used up.
        S.STUCK: {S.NUMBERED, S.BROADCAST, S.MINED, S.CANCELLED},
        S.FINAL: set(),
        S.SPLIT: set(),
        S.REJECTED: set(),
        S.REVERTED: set(),
        S.CANCELLED: set(),
    },
)
UNDER_WAY = (S.NUMBERED, S.SIGNED, S.BROADCAST)
IN_FLIGHT = (*UNDER_WAY, S.MINED)
ENDED = (S.FINAL, S.SPLIT, S.REJECTED, S.REVERTED, S.CANCELLED)
FAILED = (S.SPLIT, S.REJECTED, S.REVERTED, S.CANCELLED)

_BODY = ("key", "signer_id", "to", "data", "value", "body_hash", "artifact", "function", "description",
         "numbered_by", "deadline", "split_from_id", "created_at")  # fmt: skip


class Intent(models.Model):
    """One call that must happen exactly once. The body never changes; the state moves by MACHINE only."""

    key = models.CharField(max_length=200, unique=True)
    signer = models.ForeignKey(Signer, on_delete=models.PROTECT, related_name="intents")
    to = AddressField(null=True, help_text="Empty: creates a contract.")
    data = models.BinaryField()
    value = Uint256Field(default=0)
    body_hash = HashField()
    artifact = models.CharField(max_length=64)
    function = models.CharField(max_length=64)
    description = models.TextField(help_text="The call in words, for officers.")
    numbered_by = AddressField(null=True, help_text="The contract whose counter gave the items their numbers.")
    deadline = models.DateTimeField(null=True, help_text="In chain time: later than this it is no longer tried.")
    split_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="parts")
    created_at = models.DateTimeField()

    state = models.CharField(max_length=9, choices=S.choices, default=S.QUEUED)
    reason = models.TextField(default="", blank=True, help_text="Why it waits or how it ended, in words.")
    gas_estimate = models.BigIntegerField(null=True)
    cancel_approval = models.CharField(max_length=64, default="", blank=True, help_text="Approval that withdraws it.")
    tried_block = models.BigIntegerField(null=True, help_text="Head block of the last dry run that failed.")

    class Meta:
        indexes = [
            models.Index(fields=["signer", "id"], condition=~Q(state__in=ENDED), name="outbox_intent_open"),
            models.Index(fields=["state"], name="outbox_intent_state"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=S.values), name="outbox_intent_state_known"),
            models.CheckConstraint(condition=~Q(key=""), name="outbox_intent_key_given"),
            models.CheckConstraint(
                condition=Q(split_from__isnull=True) | ~Q(split_from=F("id")), name="outbox_intent_not_own_part"
            ),
        ]
        triggers = [
            Guard(
                name="outbox_intent_body_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(" OR ".join(f'OLD."{c}" IS DISTINCT FROM NEW."{c}"' for c in _BODY)),
                func="RAISE EXCEPTION 'outbox_intent_body_fixed: what an intent does never changes';",
            ),
            Guard(
                name="outbox_intent_ended",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.state IN ({', '.join(repr(str(e)) for e in ENDED)}) AND NEW.state <> OLD.state"
                ),
                func="RAISE EXCEPTION 'outbox_intent_ended: % never moves', OLD.state;",
            ),
            *no_delete("outbox_intent"),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"


class IntentAfter(models.Model):
    """`intent` is not tried before `prerequisite` is mined. A split adds the parts and never takes one away."""

    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="after")
    prerequisite = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="followers")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intent", "prerequisite"], name="outbox_after_once"),
            models.CheckConstraint(condition=~Q(intent=F("prerequisite")), name="outbox_after_not_itself"),
        ]
        triggers = append_only("outbox_after")

    def __str__(self) -> str:
        return f"{self.intent_id} after {self.prerequisite_id}"


class IntentItem(models.Model):
    """One numbered item of a batch. `live` while its intent may have, or had, an effect on chain."""

    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    contract = AddressField(help_text="Whose counter gave the number: the token.")
    number = models.BigIntegerField(help_text="0: an item without a number, such as a wallet's registration.")
    wallet = models.CharField(max_length=42, default="", blank=True)
    units = Uint256Field(default=0)
    follows = models.BigIntegerField(default=0, help_text="Number of the item that must have happened before.")
    live = models.BooleanField(default=True)

    class Meta:
        ordering = ["intent_id", "position"]
        constraints = [
            models.UniqueConstraint(fields=["intent", "position"], name="outbox_item_position"),
            models.UniqueConstraint(
                fields=["contract", "number"], condition=Q(live=True) & Q(number__gt=0), name="outbox_item_live_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=0), name="outbox_item_number_positive"),
        ]
        triggers = [
            Guard(
                name="outbox_item_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(NEW.live AND NOT OLD.live) OR "
                    + " OR ".join(
                        f'OLD."{c}" IS DISTINCT FROM NEW."{c}"'
                        for c in ("intent_id", "position", "contract", "number", "wallet", "units", "follows")
                    )
                ),
                func="RAISE EXCEPTION 'outbox_item_fixed: an item only ever stops being live';",
            ),
            Guard(
                name="outbox_item_outlives",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.live AND NOT NEW.live"),
                declare=[("found", "text")],
                func=(
                    "SELECT state INTO found FROM outbox_intent WHERE id = OLD.intent_id; "
                    "IF found NOT IN ('SPLIT', 'REJECTED', 'REVERTED', 'CANCELLED') THEN "
                    "RAISE EXCEPTION 'outbox_item_outlives: it may still happen (%)', found; END IF; RETURN NEW;"
                ),
            ),
            *no_delete("outbox_item"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.contract}"


class IntentMove(models.Model):
    """History of an intent's states: one row per move, written with it."""

    intent = models.ForeignKey(Intent, on_delete=models.PROTECT, related_name="moves")
    old = models.CharField(max_length=9)
    new = models.CharField(max_length=9)
    reason = models.TextField(default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        triggers = append_only("outbox_move")

    def __str__(self) -> str:
        return f"{self.old} -> {self.new}"
