"""What backs reserve tokens: who keeps it, what lies there in which state, what was told, attested and released."""

from __future__ import annotations

from custody.reserves.models.attestations import (
    EncumbranceRaise,
    ExaminerKey,
    ReserveAttestation,
    attestation_machine,
)
from custody.reserves.models.gates import ReserveGate
from custody.reserves.models.lists import VaultList, VaultListLine
from custody.reserves.models.redemptions import PhysicalRedemption, RedemptionItem, ReleaseOrder, redemption_machine
from custody.reserves.models.vaults import ItemState, Vault, VaultItem, VaultItemMove, item_machine

__all__ = [
    "EncumbranceRaise",
    "ExaminerKey",
    "ItemState",
    "PhysicalRedemption",
    "RedemptionItem",
    "ReleaseOrder",
    "ReserveAttestation",
    "ReserveGate",
    "Vault",
    "VaultItem",
    "VaultItemMove",
    "VaultList",
    "VaultListLine",
    "attestation_machine",
    "item_machine",
    "redemption_machine",
]
