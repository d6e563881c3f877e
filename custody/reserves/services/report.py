"""The document that an examiner signs for: canonical JSON, every item by key, so that its hash says it all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from custody.reserves.models import VaultListLine
from custody.tokenisation.models import TokenContract
from tokenization.identity.models import Party
from tokenization.kernel.canonical import canonical_json


def report_of(
    *,
    token: TokenContract,
    number: int,
    examiner: Party,
    lines: Sequence[VaultListLine],
    quantity_minor: int,
    encumbered_minor: int,
    as_of: datetime,
    expiry: datetime,
    scope: str,
    standard: str,
) -> bytes:
    """The bytes of the report; the same facts give the same bytes."""
    lists = {line.list_id: line.list for line in lines}
    body: dict[str, Any] = {
        "attestation": number,
        "token": token.address,
        "isin": token.series.isin,
        "measure": token.currency,
        "examiner": examiner.reference,
        "scope": scope,
        "standard": standard,
        "as_of": as_of.isoformat(),
        "expiry": expiry.isoformat(),
        "claimed_minor": sum(line.fine_minor for line in lines),
        "quantity_minor": quantity_minor,
        "encumbered_minor": encumbered_minor,
        "lists": [
            {"vault": row.vault.code, "list": row.number, "as_of": row.as_of.isoformat(), "sha256": row.file.sha256}
            for row in lists.values()
        ],
        "items": [
            {"vault": line.list.vault.code, "key": line.item.key, "fine_minor": line.fine_minor} for line in lines
        ],
    }
    return canonical_json(body).encode()
