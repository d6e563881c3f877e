"""Items move by the decision of two houses, with history, and back one thing at a time."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from custody.reserves.models import VaultItem, VaultItemMove, item_machine
from custody.reserves.selectors import backing_minor, items_backing
from tests.factories import ledgerless as world
from tests.factories import reserves, vault_lists
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import Conflict, NotAllowed, Refused

pytestmark = pytest.mark.django_db


def states() -> list[tuple[str, int | None, int]]:
    return list(VaultItem.objects.order_by("pk").values_list("state", "token_id", "moves"))


def test_allocated_items_back_their_token_with_history_and_audit() -> None:
    gold, bars = reserves.token(), reserves.bars(3)
    approval = reserves.allocate(bars[:2], gold)
    assert states() == [("ALLOCATED", gold.pk, 1), ("ALLOCATED", gold.pk, 1), ("FREE", None, 0)]
    assert list(items_backing(gold)) == bars[:2]
    assert backing_minor(gold) == 399_440 + 396_761
    told = VaultItemMove.objects.order_by("item").values_list("item", "sequence", "old_state", "new_state", "token")
    assert list(told) == [(row.pk, 1, "FREE", "ALLOCATED", gold.pk) for row in bars[:2]]
    assert set(VaultItemMove.objects.values_list("approval", "moved_by")) == {(approval.pk, approval.checker_id)}
    entry = AuditEntry.objects.get(action="reserve.move")
    assert '"fine_minor":796201' in entry.body


def test_an_item_behind_one_token_cannot_come_behind_another() -> None:
    gold, other, bars = reserves.token(), reserves.token(), reserves.bars(2)
    reserves.allocate(bars, gold)
    before = states()
    with pytest.raises(Refused, match="is behind a token") as refusal:
        reserves.allocate(bars, other)
    assert (refusal.value.rule, states()) == ("one state at a time", before)


def test_two_proposals_for_one_bar_leave_it_to_the_first() -> None:
    gold, other, bars = reserves.token(), reserves.token(), reserves.bars(1)
    maker = world.officer("DEBT_MAKER")
    waiting = [
        approval_propose(
            action="custody.reserves.AllocateItems",
            payload={"items": [bars[0].pk], "token": token.pk, "reason": "both want it"},
            actor=maker,
            now=reserves.NOW,
        )
        for token in (gold, other)
    ]
    checker = world.officer("REGISTRAR_CHECKER")
    approval_approve(approval_id=waiting[0].pk, actor=checker, now=reserves.NOW)
    with pytest.raises(Refused):
        approval_approve(approval_id=waiting[1].pk, actor=checker, now=reserves.NOW)
    assert states() == [("ALLOCATED", gold.pk, 1)]


def test_an_approval_is_of_one_move_and_no_later_one() -> None:
    gold, bars = reserves.token(), reserves.bars(1)
    maker = world.officer("DEBT_MAKER")
    payload = {"items": [bars[0].pk], "token": gold.pk, "reason": "early"}
    early = approval_propose(action="custody.reserves.AllocateItems", payload=payload, actor=maker, now=reserves.NOW)
    reserves.decide("EncumberItems", bars, to="ENCUMBERED", holder="A court")
    reserves.decide("FreeItems", bars)
    with pytest.raises(Refused, match="no longer what was proposed"):
        approval_approve(approval_id=early.pk, actor=world.officer("REGISTRAR_CHECKER"), now=reserves.NOW)
    assert states() == [("FREE", None, 2)]


def test_back_and_forth_is_all_in_the_history() -> None:
    gold, bars = reserves.token(), reserves.bars(1)
    reserves.allocate(bars, gold)
    reserves.decide("EncumberItems", bars, to="PLEDGED", holder="Bank of tests")
    assert states() == [("PLEDGED", None, 2)]
    assert backing_minor(gold) == 0
    reserves.decide("FreeItems", bars)
    reserves.allocate(bars, gold)
    reserves.decide("DeallocateItems", bars)
    told = VaultItemMove.objects.order_by("sequence").values_list("sequence", "old_state", "new_state", "token")
    assert list(told) == [
        (1, "FREE", "ALLOCATED", gold.pk),
        (2, "ALLOCATED", "PLEDGED", gold.pk),
        (3, "PLEDGED", "FREE", None),
        (4, "FREE", "ALLOCATED", gold.pk),
        (5, "ALLOCATED", "FREE", gold.pk),
    ]
    assert VaultItemMove.objects.get(sequence=2).reason == "Bank of tests: for a test"


def test_barrels_do_not_back_ounces_nor_stand_in_one_choice_with_them() -> None:
    gold, bars = reserves.token(), reserves.bars(1)
    terminal = reserves.vault(vault_lists.TERMINAL, "OIL")
    reserves.take(terminal, vault_lists.certificate(1))
    tank = VaultItem.objects.get(form="TANK")
    with pytest.raises(Refused, match="counts in XAU, these items in OIL") as refusal:
        reserves.allocate([tank], gold)
    assert refusal.value.rule == "one measure"
    with pytest.raises(Refused, match="one commodity") as refusal:
        reserves.allocate([tank, *bars], gold)
    assert refusal.value.rule == "barrels and ounces do not add up"
    assert states() == [("FREE", None, 0), ("FREE", None, 0)]
    oil = reserves.token("OIL")
    reserves.allocate([tank], oil)
    assert backing_minor(oil) == 12_500_075


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": "SOLD", "holder": "x"}, "to"),
        ({"to": "PLEDGED", "holder": " "}, "holder"),
        ({"to": "PLEDGED", "holder": "x", "reason": ""}, "reason"),
    ],
)
def test_an_encumbrance_says_what_it_is_for_whom_and_why(more: dict[str, str], field: str) -> None:
    bars = reserves.bars(1)
    with pytest.raises(Refused) as refusal:
        reserves.decide("EncumberItems", bars, **more)
    assert (refusal.value.field, states()) == (field, [("FREE", None, 0)])


@pytest.mark.parametrize(("items", "token"), [([], "mine"), ([1, 1], "mine"), ([987_654], "mine"), ([1], 987_654)])
def test_an_allocation_names_items_and_a_token_that_are_there(items: list[int], token: object) -> None:
    gold, bars = reserves.token(), reserves.bars(1)
    chosen = [bars[0].pk if pk == 1 else pk for pk in items]
    payload = {"items": chosen, "token": gold.pk if token == "mine" else token, "reason": "x"}
    with pytest.raises(Refused):
        approval_propose(
            action="custody.reserves.AllocateItems",
            payload=payload,
            actor=world.officer("DEBT_MAKER"),
            now=reserves.NOW,
        )
    assert states() == [("FREE", None, 0)]


@pytest.mark.parametrize(
    ("maker", "checker"),
    [("REGISTRAR_OFFICER", "REGISTRAR_CHECKER"), ("DEBT_MAKER", "DEBT_CHECKER"), ("EXAMINER", "REGISTRAR_CHECKER")],
)
def test_the_issuer_asks_and_the_registrar_agrees(maker: str, checker: str) -> None:
    gold, bars = reserves.token(), reserves.bars(1)
    payload = {"items": [bars[0].pk], "token": gold.pk, "reason": "x"}
    with pytest.raises(NotAllowed):
        world.approve("custody.reserves.AllocateItems", payload, maker, checker)
    assert states() == [("FREE", None, 0)]


def test_a_stale_item_does_not_move() -> None:
    gold, bars = reserves.token(), reserves.bars(1)
    stale = VaultItem.objects.get(pk=bars[0].pk)
    reserves.allocate(bars, gold)
    with pytest.raises((Conflict, IntegrityError)), transaction.atomic():
        item_machine.move(stale, "PLEDGED")
    assert states() == [("ALLOCATED", gold.pk, 1)]
