"""The database's own gate: no issue leaves beyond what is attested, or after it ended; no contract is asked here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from contracts.outbox.models import Intent
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.reserves.models import ReserveAttestation
from custody.reserves.selectors import eligible_minor, supply_minor
from tests.factories import examined, reserves
from tests.factories import ledgerless as world
from tests.factories.examined import EXPIRY, NOW, Examined

pytestmark = pytest.mark.django_db
QUANTITY = 399_440 + 396_761 + 396_975


def send(row: Instruction) -> None:
    instructions_send(instructions=[row], now=NOW)


def refused(row: Instruction, words: str) -> None:
    """By raw SQL too, and nothing has changed."""
    before = Intent.objects.count()
    with pytest.raises(IntegrityError, match=words), transaction.atomic():
        send(row)
    with pytest.raises(IntegrityError, match=words), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE instructions_instruction SET state = 'SENT' WHERE id = %s", [row.pk])
    row.refresh_from_db()
    assert (row.state, Intent.objects.count()) == ("APPROVED", before)


@pytest.fixture
def case() -> Examined:
    examined.chain_at(NOW)
    return Examined()


def test_exactly_what_is_attested_may_be_issued_and_not_one_unit_more(case: Examined) -> None:
    case.in_force()
    send(case.sendable(QUANTITY))
    assert supply_minor(case.token) == eligible_minor(case.token, NOW) == QUANTITY
    refused(case.sendable(1), f"{QUANTITY + 1} are needed and {QUANTITY} are eligible")


def test_one_unit_too_many_at_once_is_refused(case: Examined) -> None:
    case.in_force()
    refused(case.sendable(QUANTITY + 1), "reserve_backs_issue")


def test_nothing_is_issued_before_an_attestation_is_final(case: Examined) -> None:
    issue = case.sendable(1)
    refused(issue, "nothing is attested")
    case.signed()
    refused(issue, "nothing is attested")


def test_an_ended_attestation_stops_issue_by_the_chains_clock(case: Examined) -> None:
    case.in_force()
    examined.chain_at(EXPIRY - timedelta(seconds=1))
    send(case.sendable(1))
    examined.chain_at(EXPIRY)
    refused(case.sendable(1), "attestation 1 ended on")


def test_without_a_known_block_nobody_can_say_that_it_has_not_ended() -> None:
    case = Examined()
    case.in_force()
    refused(case.sendable(1), "ended on")


def test_the_margin_and_what_is_encumbered_are_not_eligible() -> None:
    examined.chain_at(NOW)
    case = Examined(token=reserves.token(margin_bps=250))
    case.in_force(encumbered_minor=176)
    # (1,193,176 - 176) x 0.975 = 1,163,175
    assert eligible_minor(case.token, NOW) == 1_163_175
    send(case.sendable(1_163_175))
    refused(case.sendable(1), "1163176 are needed and 1163175 are eligible")


def test_a_pledge_counts_at_once_and_a_burn_when_it_is_final(case: Examined) -> None:
    case.in_force()
    case.issued(700_000)
    reserves.decide("EncumberItems", case.bars[:1], to="PLEDGED", holder="Bank of tests")
    assert eligible_minor(case.token, NOW) == QUANTITY - 399_440 == 793_736
    refused(case.sendable(93_737), "793737 are needed and 793736 are eligible")
    send(case.sendable(93_736))


def test_the_latest_attestation_counts_alone(case: Examined) -> None:
    case.in_force()
    case.in_force(quantity_minor=1_000)
    assert list(ReserveAttestation.objects.values_list("number", "state")) == [(1, "IN_FORCE"), (2, "IN_FORCE")]
    refused(case.sendable(1_001), "1001 are needed and 1000 are eligible")
    send(case.sendable(1_000))


def test_a_unit_of_a_hundred_ounces_needs_a_hundred_ounces() -> None:
    examined.chain_at(NOW)
    case = Examined(token=reserves.token(denomination_minor=100_000, ceiling_units=1_000))
    case.in_force()
    refused(case.sendable(12), "1200000 are needed and 1193176 are eligible")
    send(case.sendable(11))


def test_debt_asks_no_examiner() -> None:
    token = world.token()
    issue, _ = world.issue_pair(token, 10)
    world.approve_issue(issue)
    world.confirm(issue, world.registrar())
    send(issue)
    issue.refresh_from_db()
    assert issue.state == "SENT"
