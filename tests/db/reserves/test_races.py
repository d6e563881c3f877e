"""Two decisions about the same bars at the same moment: the second is judged by what the first has done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from custody.reserves.models import PhysicalRedemption, VaultItem
from tests.db.bid.test_races import one_after_the_other
from tests.db.reserves.test_redemptions import THIRD, Held
from tests.factories import examined
from tests.factories import ledgerless as world
from tests.factories.examined import NOW, Examined
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import Approval

ON_ITS_WAY = {"reason": "at the same moment"}


def proposed(action: str, payload: dict[str, Any], checker: str = "REGISTRAR_CHECKER") -> Callable[[], Approval]:
    """Whoever calls it decides."""
    maker, officer = world.officer("DEBT_MAKER"), world.officer(checker)
    name = f"custody.reserves.{action}"
    made = approval_propose(action=name, payload=payload, actor=maker, now=NOW)
    return lambda: approval_approve(approval_id=made.pk, actor=officer, now=NOW)


def states() -> list[str]:
    return list(VaultItem.objects.order_by("pk").values_list("state", flat=True))


def test_a_bar_pledged_a_moment_ago_is_not_promised(fresh_db: str) -> None:
    case = Held()
    row = case.ask(0)
    pledge = proposed("EncumberItems", {"items": [case.bars[0].pk], "to": "PLEDGED", "holder": "A bank", **ON_ITS_WAY})
    promise = proposed("RedeemItems", {"instructions": [row.instruction_id]}, "DEBT_CHECKER")
    done, refused = one_after_the_other(pledge, promise)
    assert done.state == "APPROVED"
    assert "TS00000/2018 is pledged" in str(refused)
    assert (PhysicalRedemption.objects.get().state, states()) == ("REQUESTED", ["PLEDGED", "ALLOCATED", "ALLOCATED"])


def test_a_bar_promised_a_moment_ago_is_not_pledged(fresh_db: str) -> None:
    case = Held()
    row = case.ask(0)
    pledge = proposed("EncumberItems", {"items": [case.bars[0].pk], "to": "PLEDGED", "holder": "A bank", **ON_ITS_WAY})
    promise = proposed("RedeemItems", {"instructions": [row.instruction_id]}, "DEBT_CHECKER")
    done, refused = one_after_the_other(promise, pledge)
    assert done.state == "APPROVED"
    assert "vault_item_is_promised" in str(refused)
    assert (PhysicalRedemption.objects.get().state, states()) == ("APPROVED", ["ALLOCATED"] * 3)


def test_two_that_leave_enough_one_by_one_leave_enough_together(fresh_db: str) -> None:
    examined.chain_at(NOW)
    case = Examined()
    case.in_force()
    case.issued(THIRD + 1)
    first, second = (proposed("DeallocateItems", {"items": [case.bars[at].pk], **ON_ITS_WAY}) for at in (0, 1))
    done, refused = one_after_the_other(first, second)
    assert done.state == "APPROVED"
    assert "would be left behind" in str(refused)
    assert states() == ["FREE", "ALLOCATED", "ALLOCATED"]
