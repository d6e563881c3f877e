from __future__ import annotations

import pgtrigger
from django.db import models

from tokenization.identity.models.user import User
from tokenization.kernel.fields import HashField
from tokenization.kernel.triggers import Guard, NoChange, OwnerGuard

# Any number will do, as long as nobody else uses it: the one lock that orders the chain.
CHAIN_LOCK = 7_226_001

# Each value as `<bytes>:<value>,` so that no two rows give the same text. `identity.audit` has the same in Python.
_FIELDS = (
    "entry.sequence::text",
    "entry.id::text",
    "to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    "entry.actor_id::text",
    "entry.actor_name",
    "entry.action",
    "entry.subject",
    "entry.body",
    "entry.previous_hash",
)
_TEXT = " || ".join(f"octet_length(convert_to({field}, 'UTF8')) || ':' || {field} || ','" for field in _FIELDS)

_CHAIN = f"""
    PERFORM pg_advisory_xact_lock({CHAIN_LOCK});
    SELECT * INTO entry FROM identity_auditentry WHERE id = NEW.id;
    IF entry.hash IS NOT NULL THEN RETURN NULL; END IF;
    SELECT e.sequence, e.hash INTO last FROM identity_auditentry e
        WHERE e.sequence IS NOT NULL ORDER BY e.sequence DESC LIMIT 1;
    entry.sequence := COALESCE(last.sequence, 0) + 1;
    entry.previous_hash := COALESCE(last.hash, '0x' || repeat('0', 64));
    UPDATE identity_auditentry SET sequence = entry.sequence, previous_hash = entry.previous_hash,
        hash = '0x' || encode(sha256(convert_to({_TEXT}, 'UTF8')), 'hex')
        WHERE id = entry.id;
    RETURN NULL;
"""  # noqa: S608 - built from the constants above
_UNCHAINED = """
    IF NEW.sequence IS NOT NULL OR NEW.previous_hash IS NOT NULL OR NEW.hash IS NOT NULL THEN
        RAISE EXCEPTION 'sequence, previous_hash and hash of an audit entry are written by the database alone'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""
_CHAINED_ONCE = """
    IF OLD.hash IS NOT NULL OR NEW.hash IS NULL
        OR (NEW.id, NEW.at, NEW.actor_id, NEW.actor_name, NEW.action, NEW.subject, NEW.body)
            IS DISTINCT FROM (OLD.id, OLD.at, OLD.actor_id, OLD.actor_name, OLD.action, OLD.subject, OLD.body) THEN
        RAISE EXCEPTION 'UPDATE on identity_auditentry is refused: its rows are never rewritten or removed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
"""


class _ChainedOnce(Guard):
    """Lets the table's owner, that is the chain trigger, write the chain once; nobody else may update at all."""

    withheld = frozenset({"UPDATE"})


class AuditEntry(models.Model):
    """What somebody did. The database writes the chain (sequence, previous_hash, hash) when the transaction commits."""

    sequence = models.BigIntegerField(unique=True, null=True, editable=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    previous_hash = HashField(null=True, editable=False)
    hash = HashField(null=True, editable=False)

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject"], name="audit_subject"),
            models.Index(fields=["action"], name="audit_action"),
        ]
        triggers = [
            Guard(name="audit_unchained", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_UNCHAINED),
            OwnerGuard(
                name="audit_chain",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("entry", "identity_auditentry%ROWTYPE"), ("last", "RECORD")],
                func=_CHAIN,
            ),
            _ChainedOnce(
                name="audit_chained_once", when=pgtrigger.Before, operation=pgtrigger.Update, func=_CHAINED_ONCE
            ),
            NoChange(name="audit_no_delete", operation=pgtrigger.Delete),
            NoChange(name="audit_no_truncate", operation=pgtrigger.Truncate, level=pgtrigger.Statement),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
