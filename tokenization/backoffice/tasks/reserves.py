"""What officers propose and record about reserves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from custody.reserves.models import PhysicalRedemption
from custody.reserves.services import redemption_released, vault_open
from tokenization.backoffice.forms import reserves as forms
from tokenization.backoffice.tasks.base import Do, Recorded, Task
from tokenization.identity.approvals import approval_propose
from tokenization.identity.models import Approval, Party, User
from tokenization.identity.roles import Power


def _vault(*, actor: User, now: datetime, **fields: Any) -> Recorded:
    row = vault_open(**fields, actor=actor, now=now)
    return Recorded(f"Vault {row.code} was named. Nothing lies there before its first list.")


def _moved(action: str) -> Do:
    def do(*, items: Any, actor: User, now: datetime, **fields: Any) -> Approval:
        payload = {name: getattr(value, "pk", value) for name, value in fields.items()}
        payload["items"] = [row.pk for row in items.order_by("pk")]
        return approval_propose(action=f"custody.reserves.{action}", payload=payload, actor=actor, now=now)

    return do


def _examiner(*, party: Party, address: str, actor: User, now: datetime) -> Approval:
    payload = {"party": party.reference, "address": address.lower()}
    return approval_propose(action="custody.reserves.ExaminerEnrol", payload=payload, actor=actor, now=now)


def _redeem(*, redemption: PhysicalRedemption, actor: User, now: datetime) -> Approval:
    payload = {"instructions": [redemption.instruction_id]}
    return approval_propose(action="custody.reserves.RedeemItems", payload=payload, actor=actor, now=now)


def _released(*, redemption: PhysicalRedemption, vault_reference: str, actor: User, now: datetime) -> Recorded:
    row = redemption_released(redemption=redemption, vault_reference=vault_reference, actor=actor, now=now)
    return Recorded(f"Recorded: released under {row.vault_reference}. The registrar extinguishes the units next.")


_DRAFT = Power.RESERVE_DRAFT
RESERVES = [
    Task(
        "vault",
        "Reserves",
        "Name a vault or terminal",
        "One commodity each. Its lists are taken in under Reserves.",
        Power.VAULT_LIST_IMPORT,
        forms.VaultForm,
        _vault,
        "Record",
    ),
    Task(
        "allocate",
        "Reserves",
        "Put items behind a security",
        "Chosen bars or tanks back this security and nothing else from then on.",
        _DRAFT,
        forms.AllocateForm,
        _moved("AllocateItems"),
    ),
    Task(
        "deallocate",
        "Reserves",
        "Take items from behind a security",
        "As far as its units in circulation stay backed.",
        _DRAFT,
        forms.DeallocateForm,
        _moved("DeallocateItems"),
    ),
    Task(
        "encumber",
        "Reserves",
        "Record a pledge or an encumbrance",
        "The items back nothing any more, and the chain's figure is raised at once.",
        _DRAFT,
        forms.EncumberForm,
        _moved("EncumberItems"),
    ),
    Task(
        "unencumber",
        "Reserves",
        "Lift a pledge or an encumbrance",
        "The items are free again.",
        _DRAFT,
        forms.FreeForm,
        _moved("FreeItems"),
    ),
    Task(
        "examiner",
        "Reserves",
        "Enrol an examiner's key",
        "What this key signs admits new units. We never hold the key.",
        _DRAFT,
        forms.ExaminerForm,
        _examiner,
    ),
    Task(
        "redeem-items",
        "Reserves",
        "Redeem units for chosen items",
        "Burns the holder's units; the release order to the vault follows the final burn by itself.",
        Power.REDEEM_DRAFT,
        forms.RedeemForm,
        _redeem,
    ),
    Task(
        "released",
        "Reserves",
        "Record a vault's release",
        "The vault confirmed that it handed the ordered items out.",
        Power.REGISTRY_RELEASE,
        forms.ReleasedForm,
        _released,
        "Record the release",
    ),
]
