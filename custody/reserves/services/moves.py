"""Moving items from one state to another: history, state and audit entry commit together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from custody.reserves.models import PhysicalRedemption, VaultItem, VaultItemMove, item_machine
from custody.reserves.models.vaults import BACKING
from custody.tokenisation.models import TokenContract
from tokenization.identity import audit
from tokenization.identity.models import Approval, User
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.locks import lock_rows


def move_leaf(item: VaultItem, to: str, token: TokenContract | None) -> str:
    """The hash of the item's next move: the database makes it again from the row (`vault_item_moves_by_decision`)."""
    concerned = token.pk if token else "-"
    return sha256_hex(f"reserve item {item.pk} move {item.moves + 1} to {to} token {concerned}".encode())


@transaction.atomic
def items_move(
    *,
    items: Sequence[VaultItem],
    to: str,
    token: TokenContract | None,
    reason: str,
    approval: Approval | None = None,
    redemption: PhysicalRedemption | None = None,
    actor: User,
    now: datetime,
) -> list[VaultItem]:
    """Move every item to a state, in the transaction of the approval that decided it or of the redemption's step.

    `token` is the one that they come to back (ALLOCATED), still back (RELEASE_ORDERED) or cease to back. Refused for a
    move that is not declared, Conflict when an item has moved meanwhile.
    """
    (rows,) = lock_rows(VaultItem.objects.filter(pk__in=[item.pk for item in items]))
    for row in rows:
        VaultItemMove.objects.create(
            item=row,
            sequence=row.moves + 1,
            old_state=row.state,
            new_state=to,
            token=token,
            approval=approval,
            redemption=redemption,
            reason=reason,
            moved_by=actor,
            moved_at=now,
        )
        item_machine.move(row, to, token=token if to in BACKING else None, moves=row.moves + 1)
    subject = f"approval:{approval.pk}" if approval else f"redemption:{redemption.pk if redemption else 0}"
    body = {
        "items": [row.key for row in rows],
        "to": to,
        "token": token.code if token else "",
        "reason": reason,
        "fine_minor": sum(row.fine_minor for row in rows),
    }
    audit.record(actor=actor, action="reserve.move", subject=subject, body=body, now=now)
    return rows
