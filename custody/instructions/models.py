"""The spine: one numbered instruction is one effect on chain, whatever crashes or repeats."""

from __future__ import annotations

import secrets

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.fields import HashField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard, altered

# Kinds that nobody sends without an approval whose items hold their leaf (the registrar's signature guards CONFIRM).
APPROVED_KINDS = ("ISSUE", "WITHDRAW", "REDEEM", "ANNUL", "FORCED_TRANSFER")

_FIXED = ("token_id", "number", "kind", "wallet_id", "units", "leaf", "source_key", "linked_to_id", "deadline")
_ALTERED = altered(*_FIXED, "created_at")


instruction_machine = Machine(
    field="state",
    transitions={
        "DRAFT": {"APPROVED", "SENT", "CANCELLED"},
        "APPROVED": {"SENT", "CANCELLED"},
        "SENT": {"DONE", "REJECTED"},
        "DONE": set(),
        "REJECTED": set(),
        "CANCELLED": set(),
    },
)


class Instruction(models.Model):
    """One effect to be had on one token, once.

    `wallet` is null for CONFIRM. `linked_to`: CONFIRM -> its ISSUE, WITHDRAW -> the ISSUE that never happened.
    `leaf` is the hash of (chain, token, kind, number, wallet, units) that officers approve.
    """

    class Kind(models.TextChoices):
        CONFIRM = "CONFIRM"
        ISSUE = "ISSUE"
        WITHDRAW = "WITHDRAW"
        REDEEM = "REDEEM"
        ANNUL = "ANNUL"
        FORCED_TRANSFER = "FORCED_TRANSFER"

    class State(models.TextChoices):
        DRAFT = "DRAFT"
        APPROVED = "APPROVED"
        SENT = "SENT"
        DONE = "DONE"
        REJECTED = "REJECTED"
        CANCELLED = "CANCELLED"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="instructions")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, null=True, related_name="+")
    units = models.BigIntegerField()
    leaf = HashField(unique=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, null=True, related_name="instructions")
    linked_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="links")
    source_key = models.CharField(max_length=120, unique=True)
    # Chain time after which a send that still reverts is given up (REJECTED); null waits for ever.
    deadline = models.DateTimeField(null=True)
    settled_log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            instruction_machine.constraint("instruction_state"),
            models.UniqueConstraint(name="instruction_number_once", fields=["token", "number"]),
            models.CheckConstraint(name="instruction_positive", condition=Q(number__gte=1, units__gte=1)),
            models.CheckConstraint(
                name="instruction_wallet_by_kind", condition=Q(kind="CONFIRM") | Q(wallet__isnull=False)
            ),
            models.CheckConstraint(
                name="instruction_done_by_log",
                condition=Q(state="DONE", settled_log__isnull=False) | (~Q(state="DONE") & Q(settled_log__isnull=True)),
            ),
            models.UniqueConstraint(
                name="instruction_one_live_link",
                fields=["linked_to", "kind"],
                condition=Q(linked_to__isnull=False) & ~Q(state__in=["REJECTED", "CANCELLED"]),
            ),
        ]
        indexes = [models.Index(name="instruction_by_state", fields=["state", "kind"])]
        triggers = [
            Guard(
                name="instruction_begins_as_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.state <> 'DRAFT' OR NEW.approval_id IS NOT NULL THEN
                        RAISE EXCEPTION 'instruction_begins_as_draft: an instruction is created as DRAFT'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="instruction_is_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"(({_ALTERED}) OR OLD.state IN ('DONE', 'REJECTED', 'CANCELLED'))"),
                func="""
                    RAISE EXCEPTION 'instruction_is_fixed: what an instruction does never changes, nor a finished one'
                        USING ERRCODE = 'check_violation';
                """,
            ),
            Guard(
                name="instruction_sent_only_if_approved",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.state IN ('SENT', 'DONE') AND OLD.state IS DISTINCT FROM NEW.state THEN
                        IF NEW.state = 'DONE' AND OLD.state <> 'SENT' THEN
                            RAISE EXCEPTION 'instruction_sent_only_if_approved: DONE follows SENT'
                                USING ERRCODE = 'check_violation';
                        END IF;
                        IF NEW.kind <> 'CONFIRM' AND NOT EXISTS (
                            SELECT 1 FROM identity_approvalitem i JOIN identity_approval a ON a.id = i.approval_id
                            WHERE a.id = NEW.approval_id AND a.state = 'APPROVED' AND i.leaf = NEW.leaf
                        ) THEN
                            RAISE EXCEPTION 'instruction_sent_only_if_approved: no approved approval holds this leaf'
                                USING ERRCODE = 'check_violation';
                        END IF;
                    END IF;
                    RETURN NEW;
                """,
            ),
            *no_delete("instruction_is_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of token {self.token_id}: {self.units} units, {self.state}"


def _salt() -> str:
    return "0x" + secrets.token_hex(32)


class OrderReference(AppendOnly):
    """The salt under which an order's decision goes on chain: what two persons approved could be guessed."""

    approval = models.OneToOneField("identity.Approval", on_delete=models.PROTECT, related_name="order_reference")
    salt = HashField(default=_salt)

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What the chain sees: the hash of salt and approved payload, both kept here as evidence."""
        return sha256_hex(bytes.fromhex(self.salt[2:]) + bytes.fromhex(self.approval.payload_hash[2:]))
