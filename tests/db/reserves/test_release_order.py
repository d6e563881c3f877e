"""The order as the vault gets it on paper: what leaves, for whom, and the same bytes whenever it is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.db.reserves.test_held_first import LATE
from tests.db.reserves.test_redemptions import FIRST, THIRD, Held
from tests.factories import reserves, vault_lists
from tests.factories.examined import NOW
from tokenization.documents.release_order import order_number, release_order
from tokenization.documents.typeset import pdf_bytes

pytestmark = pytest.mark.django_db


def test_it_names_the_items_their_weights_and_who_fetches_them() -> None:
    row = Held().ordered(0, 2)
    paper = release_order(row.order)
    assert (paper.reference, paper.at) == (order_number(row.order), NOW) == (f"RO-{row.pk:08d}", NOW)
    assert [(side.role, side.lines[0]) for side in paper.sides] == [
        ("To the vault", row.vault.name), ("Collecting agent", "Security carrier for tests"),
        ("For the holder", row.party.name),
    ]  # fmt: skip
    (items,) = paper.grids
    assert items.columns == ("Bar", "#Gross", "#Assay", "#Fine")
    assert items.rows == (
        ("TEST REFINER A/TS00000/2018", "401.125 fine troy ounces", "995.8", "399.440 fine troy ounces"),
        ("TEST REFINER C/TS00002/2020", "398.850 fine troy ounces", "995.3", "396.975 fine troy ounces"),
    )
    assert items.total == ("2 in all", "", "", "796.415 fine troy ounces")
    assert ("Units burned for it", f"{FIRST + THIRD:,}") in paper.facts
    log = row.instruction.settled_log
    assert log is not None
    assert paper.codes == (
        ("Order, SHA-256", row.order.file.sha256), ("Burn, instruction", str(row.instruction.number)),
        ("Burn, transaction", log.tx_hash),
    )  # fmt: skip
    assert paper.signatures == ("Handed out, for the vault", "Received, by the collecting agent")
    assert paper.true_at is not None
    assert (paper.true_at.number, paper.true_at.hash) == (log.block_id, log.block.hash)


def test_a_later_list_does_not_change_the_paper() -> None:
    case = Held()
    order = case.ordered(2).order
    before = pdf_bytes(release_order(order))
    found = vault_lists.later(vault_lists.weight_list(3))
    lighter = replace(found.lines[2], gross_minor=398_825, fine_minor=396_951)
    head = replace(found.head, as_of=NOW + timedelta(days=1))
    reserves.take(case.bars[2].vault, replace(found, head=head, lines=(*found.lines[:2], lighter)), now=LATE)
    case.bars[2].refresh_from_db()
    assert case.bars[2].gross_minor == 398_825
    assert pdf_bytes(release_order(order)) == before
