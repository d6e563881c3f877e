"""What leaves is held against the attestation before it leaves: burns, pledges, drafts and words on their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from contracts.outbox.models import Intent
from contracts.outbox.services.waiting import obstacle
from custody.instructions.services import instructions_send
from custody.reserves.models import EncumbranceRaise, ReleaseOrder
from custody.reserves.selectors import eligible_minor, encumbered_at_most, encumbered_minor, supply_minor
from custody.reserves.services import (
    attestation_message,
    attestation_receive,
    attestations_advance,
    redemptions_advance,
)
from tests.db.reserves.test_redemptions import FIRST, SECOND, THIRD, Held, burn, states
from tests.factories import examined, reserves, vault_lists
from tests.factories import ledgerless as world
from tests.factories.examined import NOW, Examined
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
ALL = FIRST + SECOND + THIRD
LATE = NOW + timedelta(days=2)


@pytest.fixture
def case() -> Held:
    return Held()


@pytest.fixture
def unissued() -> Examined:
    examined.chain_at(NOW)
    return Examined()


def no_room(case: Examined, words: str = "reserve_backs_issue") -> None:
    issue = case.sendable(1)
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        instructions_send(instructions=[issue], now=NOW)
    issue.refresh_from_db()
    assert issue.state == "APPROVED"


def listed_a_day_later(case: Examined) -> None:
    """The same bars on a list as of tomorrow, taken in a day after."""
    found = vault_lists.later(vault_lists.weight_list(3))
    found = replace(found, head=replace(found.head, as_of=NOW + timedelta(days=1)))
    reserves.take(case.bars[0].vault, found, now=LATE)


def pledge(case: Examined, *positions: int) -> None:
    reserves.decide("EncumberItems", [case.bars[at] for at in positions], to="PLEDGED", holder="Bank of tests")


# A burn ---------------------------------------------------------------------------------------------------------------


def test_a_bar_is_held_against_the_word_before_its_units_are_burned(case: Held) -> None:
    row = case.ask(0)
    case.approve(row)
    assert EncumbranceRaise.objects.count() == 0
    redemptions_advance(now=NOW)
    row.refresh_from_db()
    raised = EncumbranceRaise.objects.get()
    assert (row.state, raised.added_minor, raised.encumbered_minor) == ("BURNING", FIRST, FIRST)
    assert row.encumbrance == raised
    burned = Intent.objects.get(items__number=row.instruction.number, function="redeem")
    assert [one.prerequisite for one in burned.after.all()] == [raised.intent]
    assert obstacle(burned) == f"It follows {raised.intent.key}, which is not mined yet."
    examined.final(raised.intent)
    assert obstacle(burned) == ""


def test_a_final_burn_without_its_order_makes_no_room(case: Held) -> None:
    """The units are gone, the bar is still counted: until the order says so, nothing new stands on it."""
    row = case.ask(0)
    case.approve(row)
    redemptions_advance(now=NOW)
    burn(row)
    assert (ReleaseOrder.objects.count(), states()) == (0, ["ALLOCATED"] * 3)
    assert supply_minor(case.token) == ALL
    assert eligible_minor(case.token, NOW) == SECOND + THIRD
    no_room(case, f"{ALL + 1} are needed and {SECOND + THIRD} are eligible")
    with pytest.raises(Refused, match="would be left behind"):
        reserves.decide("DeallocateItems", case.bars[1:2])
    assert states() == ["ALLOCATED"] * 3
    redemptions_advance(now=NOW)
    assert (supply_minor(case.token), EncumbranceRaise.objects.count()) == (SECOND + THIRD, 1)
    no_room(case, f"{SECOND + THIRD + 1} are needed and {SECOND + THIRD} are eligible")


def test_a_failed_burn_leaves_the_figure_until_the_examiners_next_word(case: Held) -> None:
    row = case.ask(0)
    case.approve(row)
    redemptions_advance(now=NOW)
    row.instruction.refresh_from_db()
    world.give_up(row.instruction, "the wallet is frozen")
    redemptions_advance(now=NOW)
    row.refresh_from_db()
    assert (row.state, states()) == ("FAILED", ["ALLOCATED"] * 3)
    assert (encumbered_minor(case.token), eligible_minor(case.token, NOW)) == (FIRST, SECOND + THIRD)
    entry = AuditEntry.objects.get(action="redemption.fail")
    assert f'"held_until_next_attestation_minor":{FIRST}' in entry.body
    listed_a_day_later(case)
    word = case.in_force(now=LATE)
    assert word.claimed_minor == ALL
    assert (encumbered_minor(case.token), eligible_minor(case.token, LATE)) == (0, ALL)


def test_a_word_drawn_up_during_a_burn_does_not_count_its_bar(case: Held) -> None:
    """It would replace the raised figure, and the bar would carry new units once its own are burned."""
    row = case.ask(0)
    case.approve(row)
    redemptions_advance(now=NOW)
    listed_a_day_later(case)
    word = case.in_force(now=LATE)
    assert (word.claimed_minor, encumbered_minor(case.token)) == (SECOND + THIRD, 0)
    burn(row)
    redemptions_advance(now=LATE)
    assert supply_minor(case.token) == eligible_minor(case.token, LATE) == SECOND + THIRD
    no_room(case)


# A draft, and words on their way --------------------------------------------------------------------------------------


def test_a_draft_that_counts_a_pledged_bar_is_never_signed(unissued: Examined) -> None:
    row = unissued.draft()
    signature = unissued.key.sign_typed_data(attestation_message(row))
    pledge(unissued, 0)
    with pytest.raises(Refused, match="never signed") as refusal:
        attestation_receive(attestation=row, signature=signature, actor=unissued.examiner, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.signature, refusal.value.next_step) == ("DISCARDED", "", "Draw up a new one.")
    assert row.reason == "items it counts have left: Bank of tests: for a test"
    assert unissued.in_force().claimed_minor == SECOND + THIRD
    assert eligible_minor(unissued.token, NOW) == SECOND + THIRD


def test_a_burn_discards_a_draft(case: Held) -> None:
    other = case.draft()
    row = case.ask(0)
    case.approve(row)
    redemptions_advance(now=NOW)
    other.refresh_from_db()
    assert other.state == "DISCARDED"


def test_a_deallocation_discards_a_draft(unissued: Examined) -> None:
    row = unissued.draft()
    reserves.decide("DeallocateItems", unissued.bars[:1])
    row.refresh_from_db()
    assert row.state == "DISCARDED"


def test_a_draft_of_another_token_stays(unissued: Examined) -> None:
    row = unissued.draft()
    bars = reserves.take(reserves.vault("VLT-TWO"), vault_lists.weight_list(5, vault="VLT-TWO", without=(0, 1, 2)))
    items = [line.item for line in bars.lines.all()]
    reserves.allocate(items, reserves.token())
    reserves.decide("EncumberItems", items[:1], to="PLEDGED", holder="Bank of tests")
    row.refresh_from_db()
    assert row.state == "DRAFT"


@pytest.mark.parametrize("advances", [0, 1])
def test_a_pledge_while_a_higher_word_is_on_its_way_is_held_on_top_of_it(unissued: Examined, advances: int) -> None:
    """The contract refuses a raise that is not above the current figure, which may be the word's by then."""
    unissued.in_force()
    second = unissued.signed(encumbered_minor=500_000)
    for _ in range(advances):
        attestations_advance(now=NOW)
    pledge(unissued, 0)
    raised = EncumbranceRaise.objects.get()
    assert (raised.added_minor, raised.encumbered_minor) == (FIRST, 500_000 + FIRST)
    attestations_advance(now=NOW)
    second.refresh_from_db()
    examined.final(second.intent)
    attestations_advance(now=NOW)
    assert encumbered_minor(unissued.token) == 500_000 + FIRST
    assert eligible_minor(unissued.token, NOW) == ALL - 500_000 - FIRST


def test_what_a_later_word_replaced_on_chain_is_not_added_to(unissued: Examined) -> None:
    """By the time of the raise's block: a word as of an instant before it does not replace it there."""
    unissued.in_force()
    pledge(unissued, 0)
    raised = EncumbranceRaise.objects.select_related("intent").get()
    listed_a_day_later(unissued)
    unissued.in_force(now=LATE)
    assert encumbered_minor(unissued.token) == 0
    assert encumbered_at_most(unissued.token) == FIRST  # not on chain yet: the word may come first
    examined.final(raised.intent)
    assert encumbered_at_most(unissued.token) == 0
    reserves.decide("EncumberItems", unissued.bars[1:2], to="PLEDGED", holder="Bank of tests")
    assert EncumbranceRaise.objects.get(sequence=2).encumbered_minor == SECOND
