"""Who holds what, entry by entry, as final logs tell it; nothing here is ever rewritten."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.kernel.append_only import append_only, no_delete
from tokenization.kernel.fields import AddressField, HashField, Int256Field, Uint256Field
from tokenization.kernel.triggers import Guard

ISSUED = "ISSUED"
REDEEMED = "REDEEMED"
ANNULLED = "ANNULLED"
UNEXPLAINED = "UNEXPLAINED"
CONTRA_ACCOUNTS = (ISSUED, REDEEMED, ANNULLED, UNEXPLAINED)
IS_ACCOUNT = Q(account__in=CONTRA_ACCOUNTS) | Q(account__regex=r"^0x[0-9a-f]{40}$")


class Cause(models.TextChoices):
    OWN_TRANSFER = "OWN_TRANSFER", "the holder's own transfer"
    ISSUE = "ISSUE", "issue"
    REDEEM = "REDEEM", "redemption"
    ANNUL = "ANNUL", "annulment of undue units"
    FORCED_TRANSFER = "FORCED_TRANSFER", "forced transfer"
    RECOVERY = "RECOVERY", "recovery"
    UNEXPLAINED = "UNEXPLAINED", "no instruction explains it"


class Entry(models.Model):
    """One leg of one final Transfer log. The legs of a log sum to zero (deferred trigger); each leg exists once."""

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="entries")
    log = models.ForeignKey("indexer.Log", on_delete=models.PROTECT, related_name="entries")
    leg = models.SmallIntegerField()
    account = models.CharField(max_length=42)
    units = Int256Field()
    instruction = models.ForeignKey(
        "instructions.Instruction", on_delete=models.PROTECT, null=True, related_name="entries"
    )
    cause = models.CharField(max_length=20, choices=Cause)
    block_number = models.BigIntegerField()
    block_hash = HashField()
    posted_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["log", "leg"], name="register_leg_once"),
            models.CheckConstraint(condition=IS_ACCOUNT, name="register_entry_account"),
            models.CheckConstraint(
                condition=~Q(cause__in=("ISSUE", "REDEEM", "ANNUL", "FORCED_TRANSFER", "RECOVERY"))
                | Q(instruction__isnull=False),
                name="register_cause_instructed",
            ),
        ]
        indexes = [models.Index(fields=["token", "account", "block_number"], name="register_entry_as_of")]
        triggers = [
            *append_only("entry_kept"),
            Guard(
                name="entries_balance",
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT sum(e.units) FROM register_entry e WHERE e.log_id = NEW.log_id) <> 0 THEN
                        RAISE EXCEPTION 'register: the entries of log % do not sum to zero', NEW.log_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units:+d} {self.account} ({self.cause})"


class Position(models.Model):
    """The sum of an account's entries, kept beside them: wallets never below zero, contra accounts may be."""

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="positions")
    account = models.CharField(max_length=42)
    units = Int256Field()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "account"], name="register_position_once"),
            models.CheckConstraint(condition=IS_ACCOUNT, name="register_position_account"),
            models.CheckConstraint(
                condition=Q(account__in=CONTRA_ACCOUNTS) | Q(units__gte=0), name="register_wallet_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.units}"


class RegisterCursor(models.Model):
    """How far the register has read: all logs up to ``log_id``, and every final block up to ``block_number``.."""

    only = models.BooleanField(primary_key=True, default=True)
    log_id = models.BigIntegerField(default=0)
    block_number = models.BigIntegerField(default=-1)
    block_hash = HashField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="register_cursor_single")]
        triggers = [
            *no_delete("cursor"),
            Guard(
                name="cursor_only_rises",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.log_id < OLD.log_id OR NEW.block_number < OLD.block_number"),
                func="""
                    RAISE EXCEPTION 'the register never reads backwards'
                        USING ERRCODE = 'restrict_violation';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"register at block {self.block_number}"


class CapEntry(models.Model):
    """A minting cap raised or reduced on chain, as the controller's final log tells it."""

    class Kind(models.TextChoices):
        RAISED = "RAISED", "raised"
        REDUCED = "REDUCED", "reduced"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="cap_entries")
    log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, related_name="cap_entry")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.BigIntegerField()
    issue_number = models.BigIntegerField()
    units = Uint256Field()
    registry_reference = models.CharField(max_length=66, blank=True)
    instruction = models.ForeignKey(
        "instructions.Instruction", on_delete=models.PROTECT, null=True, related_name="cap_entries"
    )
    block_number = models.BigIntegerField()
    posted_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        triggers = append_only("cap_entry_kept")

    def __str__(self) -> str:
        return f"cap {self.kind} {self.units} (number {self.number})"


class Dispute(models.Model):
    """Units that no instruction explains, from the log that made them. ``wallet`` received them."""

    class State(models.TextChoices):
        OPEN = "OPEN", "open"
        ANNULLED = "ANNULLED", "annulled by forced burn"
        BURNED = "BURNED", "burned otherwise"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="disputes")
    log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, related_name="dispute")
    tx_hash = HashField()
    wallet = AddressField()
    units = Uint256Field()
    remaining = Uint256Field()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    annul_instruction = models.ForeignKey(
        "instructions.Instruction", on_delete=models.PROTECT, null=True, related_name="annulled_disputes"
    )
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        triggers = no_delete("dispute")
        constraints = [
            models.CheckConstraint(condition=Q(remaining__lte=models.F("units")), name="register_dispute_remaining"),
            models.CheckConstraint(
                condition=Q(state="OPEN", remaining__gt=0) | (~Q(state="OPEN") & Q(remaining=0)),
                name="register_dispute_open_while_units",
            ),
            models.CheckConstraint(
                condition=~Q(state="ANNULLED") | Q(annul_instruction__isnull=False), name="register_dispute_annulled_by"
            ),
        ]

    def __str__(self) -> str:
        return f"dispute of {self.units} units, transaction {self.tx_hash}"


class DisputeEntry(models.Model):
    """Disputed units arriving at (+) or leaving (-) a wallet: their sum says where they are at any block."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="entries")
    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="dispute_entries")
    log = models.ForeignKey("indexer.Log", on_delete=models.PROTECT, related_name="dispute_entries")
    leg = models.SmallIntegerField()
    wallet = AddressField()
    units = Int256Field()
    block_number = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["dispute", "log", "leg"], name="register_dispute_leg_once"),
            models.CheckConstraint(condition=~Q(units=0), name="register_dispute_entry_units"),
        ]
        indexes = [models.Index(fields=["token", "wallet", "block_number"], name="register_dispute_as_of")]
        triggers = append_only("dispute_entry_kept")

    def __str__(self) -> str:
        return f"{self.units:+d} disputed at {self.wallet}"
