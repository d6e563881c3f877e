"""The evidence pack of a run: its manifest, the issuer's signature, the root on chain, and its bytes as they were."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.identity.models.approval import Sha256Hex
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import AddressField, HashField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard, altered

_FIXED = ("run_id", "manifest", "manifest_hash", "root", "files", "audit_sequence", "asked_by_id", "prepared_at")
_ALTERED = altered(*_FIXED)

evidence_machine = Machine(transitions={"PREPARED": {"SIGNED"}, "SIGNED": {"ANCHORED"}, "ANCHORED": set()})

# How a transaction ends without effect.
UNDONE = ("REJECTED", "REVERTED", "CANCELLED")

_AGAIN = """
    IF NOT EXISTS (
        SELECT 1 FROM outbox_intent o JOIN outbox_intent n ON n.split_from_id = o.id
        WHERE o.id = OLD.intent_id AND n.id = NEW.intent_id AND o.state IN ('REJECTED', 'REVERTED', 'CANCELLED')
    ) THEN
        RAISE EXCEPTION 'evidence_anchored_again: only in place of one that failed, and it names that one'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class EvidencePack(models.Model):
    """One run's pack. PREPARED: its content is fixed; SIGNED by the issuer's key; ANCHORED: its root is final on chain.

    `manifest` is canonical JSON and lists every file with its hash; `root` is the RFC 6962 tree hash over that list.
    """

    run = models.OneToOneField("reconciliation.Run", on_delete=models.PROTECT, related_name="evidence_pack")
    manifest = models.TextField()
    manifest_hash = HashField(unique=True)
    root = HashField()
    files = models.PositiveIntegerField()
    audit_sequence = models.BigIntegerField(help_text="The audit log's last entry when the pack was prepared")
    asked_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=evidence_machine.choices(), default="PREPARED")
    signature = models.CharField(max_length=132, blank=True)
    signer_address = AddressField(null=True)
    signed_at = models.DateTimeField(null=True)
    intent = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    anchored_block = models.BigIntegerField(null=True)
    anchored_tx = HashField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            evidence_machine.constraint("evidence_pack_state"),
            models.CheckConstraint(
                name="evidence_manifest_matches_hash", condition=Q(manifest_hash=Sha256Hex(models.F("manifest")))
            ),
            models.CheckConstraint(
                name="evidence_signed_by_state",
                condition=Q(state="PREPARED", signature="", signer_address__isnull=True, signed_at__isnull=True)
                | Q(
                    ~Q(state="PREPARED"),
                    ~Q(signature=""),
                    signer_address__isnull=False,
                    signed_at__isnull=False,
                    intent__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="evidence_anchored_by_state",
                condition=Q(state="ANCHORED", anchored_block__isnull=False, anchored_tx__isnull=False)
                | (~Q(state="ANCHORED") & Q(anchored_block__isnull=True, anchored_tx__isnull=True)),
            ),
        ]
        triggers = [
            *no_delete("evidence_pack"),
            Guard(
                name="evidence_pack_is_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"(({_ALTERED}) OR OLD.state = 'ANCHORED' "
                    "OR (OLD.signature <> '' AND OLD.signature IS DISTINCT FROM NEW.signature))"
                ),
                func="""
                    RAISE EXCEPTION 'evidence_pack_is_fixed: what was prepared, signed and anchored never changes'
                        USING ERRCODE = 'check_violation';
                """,
            ),
            Guard(
                name="evidence_anchored_again",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.intent_id IS NOT NULL AND NEW.intent_id IS DISTINCT FROM OLD.intent_id)"
                ),
                func=_AGAIN,
            ),
        ]

    def __str__(self) -> str:
        return f"evidence of run {self.run_id}, {self.state}"


class EvidenceArchive(AppendOnly):
    """The pack's files and manifest as one zip, kept as they were: no later version of our code builds them again."""

    pack = models.OneToOneField(EvidencePack, on_delete=models.PROTECT, related_name="archive")
    sha256 = HashField()
    content = models.BinaryField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    sha256=models.Func(
                        "content",
                        template="('0x' || encode(sha256(%(expressions)s), 'hex'))",
                        output_field=models.TextField(),
                    )
                ),
                name="evidence_archive_matches_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"archive of {self.pack_id}"
