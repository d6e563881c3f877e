from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from tokenization.identity.models.user import User
from tokenization.identity.roles import House
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import HashField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

MACHINE = Machine(transitions={"PENDING": {"APPROVED", "REJECTED", "WITHDRAWN"}})

_BOUND = ("action", "title", "subject", "payload", "payload_hash", "items_root", "item_count", "preview", "two_houses")
_BOUND_COLUMNS = (*_BOUND, "maker_id", "maker_house", "made_at")

_GUARD_INSERT = """
    IF NEW.state <> 'PENDING' THEN
        RAISE EXCEPTION 'an approval begins as PENDING' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.maker_house IS DISTINCT FROM (SELECT house FROM identity_user WHERE id = NEW.maker_id) THEN
        RAISE EXCEPTION 'maker_house is not the house of the maker' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""
_GUARD_UPDATE = f"""
    IF OLD.state <> 'PENDING' THEN
        RAISE EXCEPTION 'approval % is already decided (%)', OLD.id, OLD.state USING ERRCODE = 'restrict_violation';
    END IF;
    IF ({", ".join(f"NEW.{column}" for column in _BOUND_COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"OLD.{column}" for column in _BOUND_COLUMNS)}) THEN
        RAISE EXCEPTION 'what approval % binds cannot be edited', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.checker_id IS NOT NULL
        AND NEW.checker_house IS DISTINCT FROM (SELECT house FROM identity_user WHERE id = NEW.checker_id) THEN
        RAISE EXCEPTION 'checker_house is not the house of the checker' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'APPROVED'
        AND NEW.item_count <> (SELECT count(*) FROM identity_approvalitem WHERE approval_id = NEW.id) THEN
        RAISE EXCEPTION 'approval % does not have the items it counts', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""  # noqa: S608 - built from the constants above
_GUARD_ITEM = """
    IF NOT EXISTS (SELECT FROM identity_approval
                   WHERE id = NEW.approval_id AND state = 'PENDING' AND NEW.position < item_count) THEN
        RAISE EXCEPTION 'no item can be added to approval %', NEW.approval_id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""


class Sha256Hex(models.Func):
    """SQL: "0x" and the SHA-256 of a text in UTF-8."""

    template = "('0x' || encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex'))"
    output_field = models.TextField()


class Approval(models.Model):
    """A decision waiting for a second person, and what exactly it is about. Rules: approvals/README.md."""

    action = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    payload = models.TextField(help_text="Canonical JSON, as approved")
    payload_hash = HashField()
    items_root = HashField()
    item_count = models.PositiveIntegerField()
    preview = models.JSONField(help_text="The effect as it was when the maker asked")
    preview_at_decision = models.JSONField(null=True, help_text="The effect as it was when the checker approved")
    two_houses = models.BooleanField()
    maker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    maker_house = models.CharField(max_length=20, choices=House.choices)
    made_at = models.DateTimeField()
    checker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    checker_house = models.CharField(max_length=20, choices=House.choices, default="", blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(default="", blank=True)
    state = models.CharField(max_length=10, choices=MACHINE.choices(), default="PENDING")

    class Meta:
        indexes = [models.Index(fields=["state", "made_at"], name="approval_state_made")]
        constraints = [
            MACHINE.constraint("approval_state_known"),
            models.CheckConstraint(
                condition=Q(checker__isnull=True) | ~Q(checker=F("maker")), name="approval_checker_is_not_maker"
            ),
            models.CheckConstraint(
                condition=Q(payload_hash=Sha256Hex(F("payload"))), name="approval_payload_matches_hash"
            ),
            models.CheckConstraint(
                condition=Q(two_houses=False) | Q(checker__isnull=True) | ~Q(checker_house=F("maker_house")),
                name="approval_two_houses",
            ),
            models.CheckConstraint(
                condition=Q(state="PENDING", checker__isnull=True, decided_at__isnull=True)
                | Q(state__in=["APPROVED", "REJECTED"], checker__isnull=False, decided_at__isnull=False)
                | Q(state="WITHDRAWN", checker__isnull=True, decided_at__isnull=False),
                name="approval_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["action", "payload_hash"], condition=Q(state="PENDING"), name="approval_pending_once"
            ),
        ]
        triggers = [
            Guard(name="approval_guard_insert", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_GUARD_INSERT),
            Guard(name="approval_guard_update", when=pgtrigger.Before, operation=pgtrigger.Update, func=_GUARD_UPDATE),
            *no_delete("approval"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.subject}"


class ApprovalItem(AppendOnly):
    """One line of what is approved; `leaf` is what execution must match."""

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    leaf = HashField()
    body = models.JSONField()

    class Meta(AppendOnly.Meta):
        ordering = ["approval", "position"]
        constraints = [
            models.UniqueConstraint(fields=["approval", "position"], name="approval_item_position"),
            models.UniqueConstraint(fields=["approval", "leaf"], name="approval_item_leaf"),
        ]
        indexes = [models.Index(fields=["leaf"], name="approval_item_leaf_lookup")]
        triggers = [
            *AppendOnly.Meta.triggers,
            Guard(name="approval_item_guard", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_GUARD_ITEM),
        ]

    def __str__(self) -> str:
        return f"{self.approval_id}/{self.position}"
