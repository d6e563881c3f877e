"""What stands behind a reserve token at the run: the examiner's word in force, the vaults' lists, who brought them."""

from __future__ import annotations

import json

from custody.reconciliation.evidence.rows import Row, Scope
from custody.reserves.models import (
    EncumbranceRaise,
    ExaminerKey,
    PhysicalRedemption,
    ReserveAttestation,
    VaultItemMove,
    VaultList,
)
from tokenization.kernel.canonical import sha256_hex


def word_in_force(scope: Scope) -> ReserveAttestation | None:
    """The attestation that the run found in force; None for a token without a reserve, and before the first."""
    seen = scope.run.observations.filter(source="ATTESTATION", name="attestation", value__gt=0).first()
    if seen is None:
        return None
    rows = ReserveAttestation.objects.filter(token=scope.run.token, number=int(seen.value))
    return rows.select_related("report__stored_by").get()


def attestations(scope: Scope) -> list[Row]:
    """The fields of the message that the examiner signed, by the name of ours, and his signature."""
    word = word_in_force(scope)
    if word is None:
        return []
    return [
        {
            "number": word.number, "quantity_minor": int(word.quantity_minor),
            "encumbered_minor": int(word.encumbered_minor), "as_of": int(word.as_of.timestamp()),
            "expiry": int(word.expiry.timestamp()), "report_hash": word.report_hash, "signature": word.signature,
            "signer": word.signer,
        }
    ]  # fmt: skip


def items(scope: Scope) -> list[Row]:
    """Of each item that the run saw behind the token, the move that brought it there and who decided it."""
    seen = scope.run.observations.filter(source="REGISTER", name="items behind it").first()
    if seen is None:
        return []
    brought = VaultItemMove.objects.filter(token=scope.run.token, new_state="ALLOCATED", moved_at__lte=scope.at)
    last: dict[str, Row] = {}
    for move in brought.select_related("item__vault").order_by("sequence"):
        item = move.item
        # A batch is called so within its own vault only.
        for key in {item.key, f"{item.vault} {item.key}"} & seen.detail.keys():
            place = {"vault": item.vault.code, "item": item.pk, "move": move.sequence, "token": move.token_id}
            last[key] = {"key": key, **place, "approval": move.approval_id}
    return [last[key] for key in sorted(last)]


def encumbrances(scope: Scope) -> list[Row]:
    """What was held against the token besides the examiner's own figure; of the reason its hash, as it is on chain."""
    rows = EncumbranceRaise.objects.filter(token=scope.run.token, raised_at__lte=scope.at).order_by("sequence")
    return [
        {
            "sequence": row.sequence, "added_minor": int(row.added_minor),
            "encumbered_minor": int(row.encumbered_minor), "basis": row.basis,
            "reason_hash": sha256_hex(bytes.fromhex(row.salt[2:]) + row.reason.encode()), "raised_at": row.raised_at,
        }
        for row in rows
    ]  # fmt: skip


def lists_behind(scope: Scope) -> list[VaultList]:
    """Those that the run read, and those that the examiner's report read; each once."""
    seen = scope.run.observations.filter(source="VAULT", name__startswith="list of ")
    read = {(row.name.removeprefix("list of "), int(row.value)) for row in seen}
    word = word_in_force(scope)
    if word is not None:
        read |= {(row["vault"], row["list"]) for row in json.loads(bytes(word.report.content))["lists"]}
    rows = VaultList.objects.select_related("file__stored_by", "vault")
    return [rows.get(vault__code=code, number=number) for code, number in sorted(read)]


def approvals_behind(scope: Scope) -> set[int]:
    """Of the items that came to back the token or ceased to, and of the examiner's key."""
    moves = VaultItemMove.objects.filter(token=scope.run.token, moved_at__lte=scope.at, approval__isnull=False)
    word = word_in_force(scope)
    keys = ExaminerKey.objects.filter(address=word.signer) if word else ExaminerKey.objects.none()
    return set(moves.values_list("approval", flat=True)) | set(keys.values_list("approval", flat=True))


def subjects_behind(scope: Scope) -> set[str]:
    """Whose entries of the audit log tell how all this came about."""
    word = word_in_force(scope)
    keys = ExaminerKey.objects.filter(address=word.signer) if word else ExaminerKey.objects.none()
    asked = PhysicalRedemption.objects.filter(token=scope.run.token, requested_at__lte=scope.at)
    found = {f"attestation:{word.pk}"} if word else set()
    found |= {f"examiner-key:{pk}" for pk in keys.values_list("pk", flat=True)}
    found |= {f"redemption:{pk}" for pk in asked.values_list("pk", flat=True)}
    found |= {f"vault-list:{row.pk}" for row in lists_behind(scope)}
    return found | {f"approval:{pk}" for pk in approvals_behind(scope)}
