"""All files of a run's pack, and its manifest."""

from __future__ import annotations

from typing import Any

from custody.reconciliation.evidence import backing, held, rows
from custody.reconciliation.evidence.packing import (
    VERIFIER,
    VERIFIER_SOURCE,
    Manifest,
    lines,
    manifest_of,
    with_row_hashes,
)
from custody.reconciliation.evidence.rows import Scope
from custody.tokenisation.selectors import contract_address
from tokenization.kernel.canonical import canonical_json


def pack_files(scope: Scope) -> tuple[dict[str, bytes], Manifest]:
    """Content by path. Unavailable until the contracts are deployed."""
    approved = rows.known_approvals(scope, backing.approvals_behind(scope))
    line = held.statement_line(scope)
    files = held.held_files(scope, line)
    audited = held.audit_entries(scope, approved, files)
    made = {
        "run.json": canonical_json(_run(scope)).encode() + b"\n",
        "equations.jsonl": lines(rows.equations(scope)),
        "observations.jsonl": lines(rows.observations(scope)),
        "in-flight.jsonl": lines(rows.in_flight(scope)),
        "breaks.jsonl": lines(rows.breaks(scope)),
        "register-entries.jsonl": lines(rows.entries(scope)),
        "instructions.jsonl": lines(rows.instructions(scope)),
        "approvals.jsonl": lines(rows.approvals(approved)),
        "confirmations.jsonl": lines(rows.confirmations(scope)),
        "confirmers.jsonl": lines(rows.confirmers(scope)),
        "statements.jsonl": lines(held.statements(line)),
        "attestations.jsonl": lines(backing.attestations(scope)),
        "encumbrances.jsonl": lines(backing.encumbrances(scope)),
        "items.jsonl": lines(backing.items(scope)),
        "contracts.jsonl": lines(rows.contracts(scope)),
        "audit-entries.jsonl": lines(held.audit_rows(audited)),
        "audit-links.jsonl": lines(held.audit_links(scope, audited)),
        "files.jsonl": lines(one.row for one in files),
        VERIFIER: VERIFIER_SOURCE.read_bytes(),
        **{one.path: bytes(one.file.content) for one in files},
    }
    made = with_row_hashes(made)
    return made, manifest_of(made, _head(scope))


def _head(scope: Scope) -> dict[str, Any]:
    run, token = scope.run, scope.run.token
    return {
        "run": run.pk, "security": token.code, "token": token.address, "chain_id": token.chain_id,
        "block_number": run.block_number, "block_hash": run.block_hash, "anchor": contract_address("ANCHOR"),
        "audit_sequence": scope.audit_sequence, "audit_hash": scope.audit_hash,
    }  # fmt: skip


def _run(scope: Scope) -> dict[str, Any]:
    run, token = scope.run, scope.run.token
    return {
        **_head(scope), "name": token.name, "purpose": token.purpose, "currency": token.currency,
        "minor_per_unit": token.minor_per_unit, "controller": contract_address(token.controller),
        "block_time": run.block_time, "head_number": run.head_number, "made_at": run.at, "occasion": run.phase,
        "green": run.green, "not_compared": run.skipped,
    }  # fmt: skip
