"""What stands behind a reserve token at the run: the examiner's word in force, the vaults' lists, who brought them."""

from __future__ import annotations

import json

from custody.reconciliation.evidence.rows import Row, Scope
from custody.reserves.models import ExaminerKey, PhysicalRedemption, ReserveAttestation, VaultItemMove, VaultList


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
