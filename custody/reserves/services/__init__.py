"""Writes of reserves: vaults, their lists, the moves of their items."""

from __future__ import annotations

from custody.reserves.services.lists import vault_list_import
from custody.reserves.services.moves import items_move
from custody.reserves.services.vaults import vault_open

__all__ = ["items_move", "vault_list_import", "vault_open"]
