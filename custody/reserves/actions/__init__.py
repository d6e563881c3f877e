"""What two persons decide about reserves. Each is named in settings.APPROVAL_ACTIONS."""

from __future__ import annotations

from custody.reserves.actions.examiner import ExaminerEnrol
from custody.reserves.actions.items import AllocateItems, DeallocateItems, EncumberItems, FreeItems
from custody.reserves.actions.redemption import RedeemItems

__all__ = ["AllocateItems", "DeallocateItems", "EncumberItems", "ExaminerEnrol", "FreeItems", "RedeemItems"]
