"""The release order as the vault gets it: canonical JSON, so that its hash names it."""

from __future__ import annotations

from datetime import datetime

from custody.reserves.models import PhysicalRedemption
from tokenization.kernel.canonical import canonical_json


def order_of(redemption: PhysicalRedemption, now: datetime) -> bytes:
    """Which items leave which vault, to whom, for which burned units; the same facts give the same bytes."""
    row, log = redemption, redemption.instruction.settled_log
    body = {
        "release_order": row.pk,
        "ordered_at": now.isoformat(),
        "vault": row.vault.code,
        "collector": row.collector,
        "holder": row.party.reference,
        "isin": row.token.series.isin,
        "measure": row.vault.commodity,
        "units_burned": row.units,
        "burn": {
            "instruction": row.instruction.number,
            "transaction": log.tx_hash if log else "",
            "block": log.block_id if log else 0,
        },
        "items": [
            {"key": asked.item.key, "fine_minor": asked.fine_minor}
            for asked in row.items.select_related("item").order_by("item__key")
        ],
    }
    return canonical_json(body).encode()
