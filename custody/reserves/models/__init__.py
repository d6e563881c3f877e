"""What backs reserve tokens: who keeps it, what lies there and in which state, and what its keeper told."""

from __future__ import annotations

from custody.reserves.models.lists import VaultList, VaultListLine
from custody.reserves.models.vaults import ItemState, Vault, VaultItem, VaultItemMove, item_machine

__all__ = ["ItemState", "Vault", "VaultItem", "VaultItemMove", "VaultList", "VaultListLine", "item_machine"]
