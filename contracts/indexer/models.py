"""Headers and logs of the chain as one node showed them, linked by parent hash; what is final never changes again."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import AddressField, HashField
from tokenization.kernel.triggers import Guard, NoChange


def _truncate(name: str) -> NoChange:
    return NoChange(name=name, operation=pgtrigger.Truncate, level=pgtrigger.Statement)


class WatchedContract(models.Model):
    """A contract whose every log is kept, complete from ``from_block`` to ``filled_to`` and then with the tip."""

    address = AddressField(unique=True)
    artifact = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    from_block = models.BigIntegerField()
    filled_to = models.BigIntegerField(help_text="Logs are complete from from_block up to this block")
    watched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_block__gte=0) & Q(filled_to__gte=models.F("from_block") - 1),
                name="indexer_watch_range",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.address})"


class Block(models.Model):
    """One canonical header, keyed by number: a reorganisation deletes rows and writes others in one transaction."""

    number = models.BigIntegerField(primary_key=True)
    hash = HashField(unique=True)
    parent_hash = HashField()
    timestamp = models.DateTimeField(db_index=True)
    final = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        indexes = [models.Index(fields=["number"], condition=Q(final=False), name="indexer_block_open")]
        triggers = [
            Guard(
                name="final_block_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.final"),
                func="""
                    RAISE EXCEPTION '% of final block % is refused: what is final never changes', TG_OP, OLD.number
                        USING ERRCODE = 'restrict_violation';
                """,
            ),
            _truncate("block_no_truncate"),
        ]

    def __str__(self) -> str:
        return f"block {self.number} {self.hash}"


class Log(models.Model):
    """One log of a watched contract, undecoded. One writer adds rows in commit order: ``id`` is a safe cursor."""

    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="logs")
    log_index = models.IntegerField()
    tx_hash = HashField()
    tx_index = models.IntegerField()
    address = AddressField()
    topics = ArrayField(models.CharField(max_length=66))
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["block", "log_index"], name="indexer_log_once")]
        indexes = [
            models.Index(fields=["address", "block"], name="indexer_log_address"),
            models.Index(fields=["tx_hash"], name="indexer_log_tx"),
        ]
        triggers = [
            NoChange(name="log_never_altered", operation=pgtrigger.Update),
            _truncate("log_no_truncate"),
            Guard(
                name="final_log_frozen",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM indexer_block b WHERE b.number = OLD.block_id AND b.final) THEN
                        RAISE EXCEPTION 'DELETE of a log of block % is refused: it is final', OLD.block_id
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN OLD;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"log {self.block_id}:{self.log_index}"


class Tip(models.Model):
    """The last stored header and the last final one: a single row, locked by whoever writes blocks."""

    only = models.BooleanField(primary_key=True, default=True)
    first_number = models.BigIntegerField(help_text="Lowest stored header")
    number = models.BigIntegerField()
    hash = HashField()
    final_number = models.BigIntegerField(default=-1)
    final_hash = HashField(null=True)
    head_number = models.BigIntegerField(help_text="Head the node last spoke of")
    head_seen_at = models.DateTimeField()
    range_size = models.IntegerField(default=64)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="indexer_tip_single"),
            models.CheckConstraint(condition=Q(range_size__gte=1), name="indexer_tip_range"),
            models.CheckConstraint(
                condition=Q(final_number__lte=models.F("number")) & Q(number__gte=models.F("first_number")),
                name="indexer_tip_order",
            ),
        ]
        triggers = [
            *no_delete("tip"),
            Guard(
                name="finality_only_rises",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.final_number < OLD.final_number OR NEW.number < OLD.final_number"),
                func="""
                    RAISE EXCEPTION 'finality at block % never moves back', OLD.final_number
                        USING ERRCODE = 'restrict_violation';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"tip {self.number}, final {self.final_number}"


class NodeFault(models.Model):
    """An answer that did not hold together: counted, retried, never committed. ``halts`` stops indexing and posting."""

    class Kind(models.TextChoices):
        BROKEN_CHAIN = "BROKEN_CHAIN", "headers do not link"
        MISSING_LOGS = "MISSING_LOGS", "eth_getLogs left logs out"
        FOREIGN_LOGS = "FOREIGN_LOGS", "logs of another block or contract"
        PARTIAL_RECEIPTS = "PARTIAL_RECEIPTS", "receipts of a block incomplete"
        BELOW_FINALITY = "BELOW_FINALITY", "reorganisation below finality"
        BEHIND_DATABASE = "BEHIND_DATABASE", "node behind the final block of the database"

    kind = models.CharField(max_length=20, choices=Kind)
    detail = models.TextField()
    what_to_do = models.TextField(blank=True)
    halts = models.BooleanField(default=False)
    count = models.BigIntegerField(default=1)
    at = models.DateTimeField(help_text="First seen")
    last_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "detail"], condition=Q(cleared_at__isnull=True), name="indexer_fault_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.detail}"
