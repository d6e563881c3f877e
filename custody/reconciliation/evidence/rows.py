"""What an evidence pack says, row by row, as of its run: nothing here depends on what happened afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from contracts.gateway.roles import ChainRole
from custody.instructions.models import Instruction
from custody.reconciliation.models import Break, Run
from custody.register.models import Entry
from custody.registries.models import ConfirmationRequest, RegistrarKey, RegistryConfirmation
from custody.tokenisation.models import ChainContract, OutsideKey
from tokenization.identity.models import Approval

Row = dict[str, Any]
# A series has many of its instructions, entries and approvals: they are read in parts and never held all at once.
CHUNK = 2_000


@dataclass(frozen=True)
class Scope:
    """A run and the audit log's last entry when its pack was prepared."""

    run: Run
    audit_sequence: int
    audit_hash: str

    @property
    def at(self) -> datetime:
        return self.run.at

    @property
    def height(self) -> int:
        return self.run.block_number


def equations(scope: Scope) -> Iterator[Row]:
    for row in scope.run.equations.order_by("pk"):
        yield {
            "name": row.name, "words": row.words, "left": int(row.left), "right": int(row.right),
            "difference": int(row.difference), "unit": row.unit, "holds": row.holds, "detail": row.detail,
        }  # fmt: skip


def observations(scope: Scope) -> Iterator[Row]:
    for row in scope.run.observations.order_by("pk"):
        yield {
            "source": row.source, "name": row.name, "value": int(row.value), "unit": row.unit, "detail": row.detail
        }  # fmt: skip


def in_flight(scope: Scope) -> Iterator[Row]:
    rows = scope.run.in_flight.select_related("instruction").order_by("pk")
    for row in rows.iterator(chunk_size=CHUNK):
        number, kind = row.instruction.number, row.instruction.kind
        yield {"instruction": number, "kind": kind, "side": row.side, "units": int(row.units)}


def breaks(scope: Scope) -> Iterator[Row]:
    """Every break of the token that this or an earlier run opened, as the last of those runs saw it."""
    found = Break.objects.filter(token=scope.run.token, opened_by__lte=scope.run.pk).select_related("closing_file")
    for row in found.order_by("pk"):
        seen = row.sightings.filter(run__lte=scope.run.pk).order_by("-run_id").first()
        over = row.closed_at is not None and row.closed_at <= scope.at
        evidence = row.evidence.filter(equation__run=scope.run).order_by("pk")
        yield {
            "break": row.pk, "kind": row.kind, "key": row.key, "transaction": row.tx_hash,
            "opened_by_run": row.opened_by_id, "last_seen_in_run": seen.run_id if seen else row.opened_by_id,
            "units": int(seen.units if seen else row.units), "unit": row.unit,
            "story": seen.story if seen else row.story,
            "equations": list(evidence.values_list("equation__name", flat=True)),
            "state": "CLOSED" if over else "OPEN", "closed_at": row.closed_at if over else None,
            "closing_approval": row.closed_by_id if over else None,
            "closing_reason": row.closing_reason if over else "",
            "closing_file": row.closing_file.sha256 if over and row.closing_file else None,
        }  # fmt: skip


def entries(scope: Scope) -> Iterator[Row]:
    rows = Entry.objects.filter(token=scope.run.token, block_number__lte=scope.height)
    rows = rows.select_related("log", "instruction").order_by("block_number", "log__log_index", "leg")
    for row in rows.iterator(chunk_size=CHUNK):
        yield {
            "entry": row.pk, "block": row.block_number, "block_hash": row.block_hash, "transaction": row.log.tx_hash,
            "log": row.log.log_index, "leg": row.leg, "account": row.account, "units": int(row.units),
            "cause": row.cause, "instruction": row.instruction.number if row.instruction else None,
        }  # fmt: skip


def known_instructions(scope: Scope) -> QuerySet[Instruction]:
    return Instruction.objects.filter(token=scope.run.token, created_at__lte=scope.at)


def instructions(scope: Scope) -> Iterator[Row]:
    known = known_instructions(scope).select_related("wallet", "settled_log", "linked_to", "approval")
    for row in known.order_by("number").iterator(chunk_size=CHUNK):
        log = row.settled_log if row.settled_log and row.settled_log.block_id <= scope.height else None
        approval = row.approval if row.approval and _decided(row.approval, scope) else None
        yield {
            "number": row.number, "kind": row.kind, "wallet": row.wallet.address if row.wallet else None,
            "units": row.units, "leaf": row.leaf, "linked_to": row.linked_to.number if row.linked_to else None,
            "approval": approval.pk if approval else None, "created_at": row.created_at,
            "settled_block": log.block_id if log else None, "settled_transaction": log.tx_hash if log else None,
            "settled_log": log.log_index if log else None,
        }  # fmt: skip


def _decided(approval: Approval, scope: Scope) -> bool:
    return approval.state == "APPROVED" and approval.decided_at is not None and approval.decided_at <= scope.at


def known_approvals(scope: Scope, behind: Iterable[int]) -> QuerySet[Approval]:
    """Of the token, its terms, its instructions, what lies `behind` it, and the breaks closed by then."""
    token = scope.run.token
    named = {token.approval_id, *behind}
    if token.series_id is not None:
        named |= set(token.series.term_sheets.values_list("approved_by", flat=True))
    closed = Break.objects.filter(token=token, opened_by__lte=scope.run.pk, closed_at__lte=scope.at)
    named |= set(closed.values_list("closed_by", flat=True))
    instructed = known_instructions(scope).filter(approval__isnull=False).order_by().values("approval")
    rows = Approval.objects.filter(Q(pk__in=named - {None}) | Q(pk__in=instructed))
    return rows.filter(state="APPROVED", decided_at__lte=scope.at)


def approvals(known: QuerySet[Approval]) -> Iterator[Row]:
    rows = known.select_related("maker", "checker").prefetch_related("items").order_by("pk")
    for row in rows.iterator(chunk_size=CHUNK):
        yield {
            "approval": row.pk, "action": row.action, "title": row.title, "subject": row.subject,
            "payload": row.payload, "payload_hash": row.payload_hash, "items_root": row.items_root,
            "items": [{"leaf": item.leaf, "body": item.body} for item in row.items.all()],
            "two_houses": row.two_houses, "maker": row.maker.username, "maker_house": row.maker_house,
            "made_at": row.made_at, "checker": row.checker.username if row.checker else None,
            "checker_house": row.checker_house, "decided_at": row.decided_at,
        }  # fmt: skip


def confirmations(scope: Scope) -> Iterator[Row]:
    rows = RegistryConfirmation.objects.filter(token=scope.run.token, confirmed_at__lte=scope.at)
    rows = rows.select_related("instruction__linked_to", "instruction__confirmation_request", "replaces__instruction")
    for row in rows.order_by("instruction__number").iterator(chunk_size=CHUNK):
        issue, until = row.instruction.linked_to, row.valid_until
        asked: ConfirmationRequest | None = getattr(row.instruction, "confirmation_request", None)
        yield {
            "number": row.instruction.number, "kind": row.kind, "units": row.units,
            "issue_number": issue.number if issue else None, "registry_reference": row.registry_reference,
            "salt": asked.salt if asked else None, "reference_hash": row.reference_hash,
            "valid_until": int(until.timestamp()) if until else None, "signature": row.signature,
            "signer": row.signer_address, "confirmed_at": row.confirmed_at,
            "replaces": row.replaces.instruction.number if row.replaces else None,
        }  # fmt: skip


def confirmers(scope: Scope) -> list[Row]:
    """Whose signature raises the cap: the registrar's keys, or for cash the fiscal agent's."""
    if scope.run.token.is_cash:
        keys = OutsideKey.objects.filter(role=int(ChainRole.CASH_CONFIRMER), enrolled_at__lte=scope.at).order_by("pk")
        return [{"address": key.address, "valid_from": key.enrolled_at, "valid_until": None} for key in keys]
    held = RegistrarKey.objects.filter(valid_from__lte=scope.at).order_by("pk")
    return [
        {
            "address": key.address,
            "valid_from": key.valid_from,
            "valid_until": key.valid_until if key.valid_until and key.valid_until <= scope.at else None,
        }
        for key in held
    ]


def contracts(scope: Scope) -> list[Row]:
    token = scope.run.token
    rows = ChainContract.objects.filter(state="LIVE", verified_at__lte=scope.at).order_by("pk")
    found = [
        {"name": row.name, "artifact": row.artifact, "address": row.address, "source_hash": row.artifact_hash}
        for row in rows
    ]
    terms = {"name": token.code, "artifact": "SecurityToken", "address": token.address, "terms_hash": token.terms_hash}
    return [*found, terms]
