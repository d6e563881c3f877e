"""Runs at a pinned final block with everything they saw, and the breaks they found."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from custody.reconciliation.conclusions.models import Conclusion
from custody.reconciliation.evidence.models import EvidenceArchive, EvidencePack
from custody.reconciliation.mandates.models import Mandate, MandateEnding
from tokenization.kernel.append_only import append_only, no_delete
from tokenization.kernel.fields import HashField, Int256Field, Uint256Field
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard


class Source(models.TextChoices):
    REGISTRY = "REGISTRY", "registrar's confirmations"
    STATEMENT = "STATEMENT", "depository's statement"
    INSTRUCTIONS = "INSTRUCTIONS", "instructions"
    REGISTER = "REGISTER", "register"
    CHAIN = "CHAIN", "contract state"
    CASH = "CASH", "cash journal"
    VAULT = "VAULT", "vault's list"
    ATTESTATION = "ATTESTATION", "examiner's attestation"


class Run(models.Model):
    """One comparison of a token's records at a final block, whose hash is kept: it replays from what it stored."""

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="reconciliations")
    block_number = models.BigIntegerField()
    block_hash = HashField()
    block_time = models.DateTimeField()
    head_number = models.BigIntegerField(help_text="The node's head when the run was made")
    at = models.DateTimeField()
    green = models.BooleanField()
    phase = models.CharField(max_length=80, blank=True)
    skipped = models.JSONField(default=list, help_text="Equations that do not apply yet, each with the reason")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["token", "-id"], name="reconciliation_latest")]
        triggers = append_only("run_kept")

    def __str__(self) -> str:
        return f"reconciliation at block {self.block_number}: {'green' if self.green else 'red'}"


class Observation(models.Model):
    """One number that a record showed, with its parts; equations are computed from these alone."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="observations")
    source = models.CharField(max_length=20, choices=Source)
    name = models.CharField(max_length=60)
    value = Int256Field()
    unit = models.CharField(max_length=20, default="units")
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["run", "source", "name"], name="reconciliation_seen_once")]
        triggers = append_only("observation_kept")

    def __str__(self) -> str:
        return f"{self.get_source_display()}: {self.name} = {self.value}"


class InFlight(models.Model):
    """Units between two records, named by the instruction that carries them."""

    class Side(models.TextChoices):
        NOT_YET_MINTED = "NOT_YET_MINTED", "immobilised, not yet minted"
        NOT_YET_RELEASED = "NOT_YET_RELEASED", "burned, not yet released"
        WITHDRAWN = "WITHDRAWN", "withdrawn from the cap, not yet released"
        CAP_NOT_YET_RAISED = "CAP_NOT_YET_RAISED", "confirmed, cap not yet raised"

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="in_flight")
    instruction = models.ForeignKey("instructions.Instruction", on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=20, choices=Side)
    units = Uint256Field()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "instruction", "side"], name="reconciliation_in_flight_once")
        ]
        triggers = append_only("in_flight_kept")

    def __str__(self) -> str:
        return f"{self.units} {self.get_side_display()}"


class EquationResult(models.Model):
    """One equation: what it says in words, its two sides and whether they are equal."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="equations")
    name = models.CharField(max_length=60)
    words = models.TextField()
    left = Int256Field()
    right = Int256Field()
    difference = Int256Field()
    unit = models.CharField(max_length=20, default="units")
    holds = models.BooleanField()
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="reconciliation_equation_once"),
            models.CheckConstraint(
                condition=Q(difference=models.F("left") - models.F("right")), name="reconciliation_difference"
            ),
            models.CheckConstraint(condition=~Q(holds=True) | Q(difference=0), name="reconciliation_holds"),
        ]
        triggers = append_only("equation_kept")

    def __str__(self) -> str:
        return f"{self.name}: {self.left} = {self.right}"


class Break(models.Model):
    """One root cause of a difference, matched across runs by ``key``; two persons close it, nothing is repaired."""

    class Kind(models.TextChoices):
        UNDUE_CREATION = "UNDUE_CREATION", "units created without an instruction"
        UNDUE_DESTRUCTION = "UNDUE_DESTRUCTION", "units destroyed without an instruction"
        UNDUE_MOVEMENT = "UNDUE_MOVEMENT", "units moved by force without an instruction"
        CHAIN_REGISTER_MISMATCH = "CHAIN_REGISTER_MISMATCH", "contract and register differ"
        REGISTRY_STATEMENT_MISMATCH = "REGISTRY_STATEMENT_MISMATCH", "depository's statement differs"
        BRIDGE_GAP = "BRIDGE_GAP", "immobilised and tokenised units differ"
        CAP_MISMATCH = "CAP_MISMATCH", "minting cap and confirmations differ"
        CASH_MISMATCH = "CASH_MISMATCH", "settlement account and its claims differ"
        RESERVE_SHORT = "RESERVE_SHORT", "attested reserve does not cover the units"
        RESERVE_ITEM = "RESERVE_ITEM", "item and the vault's list differ"
        ATTESTATION_MISMATCH = "ATTESTATION_MISMATCH", "attestation and the contract's differ"

    class State(models.TextChoices):
        OPEN = "OPEN", "open"
        CLOSED = "CLOSED", "closed"

    MACHINE = Machine(field="state", transitions={"OPEN": {"CLOSED"}})

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="breaks")
    kind = models.CharField(max_length=40, choices=Kind)
    key = models.CharField(max_length=200)
    units = Int256Field()
    unit = models.CharField(max_length=20, default="units")
    tx_hash = HashField(null=True)
    log = models.ForeignKey("indexer.Log", on_delete=models.PROTECT, null=True, related_name="breaks")
    story = models.TextField()
    opened_by = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="opened_breaks")
    last_seen = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="seen_breaks")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    closed_by = models.ForeignKey(
        "identity.Approval", on_delete=models.PROTECT, null=True, related_name="closed_breaks"
    )
    closed_at = models.DateTimeField(null=True)
    closing_reason = models.TextField(blank=True)
    closing_file = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["token", "key"], condition=Q(state="OPEN"), name="reconciliation_break_open_once"
            ),
            models.UniqueConstraint(
                fields=["token", "key"], condition=Q(log__isnull=False), name="reconciliation_cause_once"
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", closed_by__isnull=True, closed_at__isnull=True)
                | Q(state="CLOSED", closed_by__isnull=False, closed_at__isnull=False),
                name="reconciliation_closed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(state="OPEN", closing_file__isnull=True, closing_reason="")
                | Q(~Q(closing_reason=""), state="CLOSED", closing_file__isnull=False),
                name="reconciliation_closed_with_evidence",
            ),
        ]
        triggers = [
            *no_delete("break"),
            Guard(
                name="closed_break_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'CLOSED'"),
                func="""
                    RAISE EXCEPTION 'a closed break stays as it is: a new difference is a new break'
                        USING ERRCODE = 'restrict_violation';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.units} {self.unit}"

    @property
    def is_cash(self) -> bool:
        """Whether its amount is money, and not of what the token counts."""
        return self.kind == self.Kind.CASH_MISMATCH


class BreakEvidence(models.Model):
    """A failed equation that the break explains, run by run."""

    found = models.ForeignKey(Break, on_delete=models.PROTECT, related_name="evidence")
    equation = models.ForeignKey(EquationResult, on_delete=models.PROTECT, related_name="breaks")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["found", "equation"], name="reconciliation_evidence_once")]
        triggers = append_only("evidence_kept")

    def __str__(self) -> str:
        return f"{self.equation} is evidence of {self.found}"


class Sighting(models.Model):
    """A run that found the break, with what it saw of it then: breaks are matched across runs, none is forgotten."""

    found = models.ForeignKey(Break, on_delete=models.PROTECT, related_name="sightings")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="sightings")
    units = Int256Field()
    unit = models.CharField(max_length=20)
    story = models.TextField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["found", "run"], name="reconciliation_sighting_once")]
        triggers = append_only("sighting_kept")

    def __str__(self) -> str:
        return f"{self.found} in run {self.run_id}"


__all__ = [
    "Break",
    "BreakEvidence",
    "Conclusion",
    "EquationResult",
    "EvidenceArchive",
    "EvidencePack",
    "InFlight",
    "Mandate",
    "MandateEnding",
    "Observation",
    "Run",
    "Sighting",
    "Source",
]
