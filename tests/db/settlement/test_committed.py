"""What only committed transactions show: rivals on two connections, a killed process, a real worker, guards off."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connections

from contracts.outbox.models import Intent, IntentItem
from custody.instructions.models import Instruction
from custody.instructions.services import instructions_send
from custody.registries.models import CapAccount
from custody.registries.services import confirmations_send
from custody.settlement.models import CashEntry, SettlementInstruction
from custody.settlement.selectors import cash_balances
from custody.settlement.services import settlements_advance
from custody.settlement.tasks import advance
from custody.tokenisation.models import TokenContract
from tests.factories import ledgerless as world
from tests.support.database import TestCluster
from tests.support.journal import balances
from tests.support.kills import killed_after
from tests.support.parts import Workers

NOW = world.NOW
SETTLES = world.SETTLES


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Each call in a thread and on a connection of its own; results in order, errors raised."""

    def alone(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(alone, calls))


def test_rivals_get_numbers_without_gap_and_one_cause_one_number(fresh_db: str) -> None:
    token, actor = world.token(), world.officer("DEBT_MAKER")
    wallet = world.wallet()

    def make(keys: list[str]) -> Callable[[], list[int]]:
        own = TokenContract.objects.get(pk=token.pk)
        return lambda: [world.instruction(own, wallet=wallet, source_key=key, actor=actor).number for key in keys]

    mine = [f"a{n}" for n in range(8)]
    theirs = [f"b{n}" for n in range(8)]
    shared = ["same"]
    first, second = at_once(make([*mine, *shared]), make([*shared, *theirs]))
    assert sorted({*first, *second}) == list(range(1, 18))
    assert first[-1] == second[0]
    assert TokenContract.objects.get(pk=token.pk).next_number == 18
    assert Instruction.objects.count() == 17


def test_two_senders_send_once(fresh_db: str) -> None:
    rows = world.paid_and_confirmed(world.token(), world.registrar(), 4, 6)
    confirmations_send(now=NOW)
    issues = [Instruction.objects.get(pk=row.issue_instruction_id) for row in rows]
    sent = at_once(*[lambda: instructions_send(instructions=issues, now=NOW)] * 2)
    assert sorted(len(intents) for intents in sent) == [0, 1]
    assert Intent.objects.filter(function="issue").count() == 1
    assert CapAccount.objects.get().issued == 10


def nothing_is_half_done(rows: list[SettlementInstruction]) -> None:
    """Every state has what belongs to it, whatever was killed."""
    paid = sum(row.amount_minor for row in rows)
    for row in SettlementInstruction.objects.select_related("issue_instruction", "confirm_instruction"):
        sent = row.issue_instruction.state in ("SENT", "DONE")
        assert sent == (row.state in ("ISSUING", "DELIVERED"))
        assert (row.sweep_entry_id is not None) == (row.state == "DELIVERED")
        assert (row.allotment.state == "SETTLED") == (row.state == "DELIVERED")
    for row in Instruction.objects.filter(kind__in=("ISSUE", "CONFIRM")):
        live = IntentItem.objects.filter(contract=row.token.address, number=row.number, live=True).count()
        assert live == (1 if row.state in ("SENT", "DONE") else 0)
    balances = cash_balances("PKR")
    assert sum(balances.values()) == 0
    assert balances["BANK"] + balances["TREASURY"] == paid


def test_killed_anywhere_in_the_middle_it_ends_the_same(fresh_db: str) -> None:
    seed = int(os.environ.get("KILL_SEED") or time.time_ns() % 10**6)
    print(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    rows = world.paid_and_confirmed(world.token(), world.registrar(), 1, 2, 3, 4)
    deaths = 0
    for delivered in (False, True):
        if delivered:
            for issue in Instruction.objects.filter(kind="ISSUE"):
                world.settle(issue)
        for last in (12, 60, 60, 60, 60):  # the first kill always hits: so early there is always work left
            deaths += killed_after(dice.randrange(1, last), lambda: settlements_advance(now=SETTLES)) == signal.SIGKILL
            nothing_is_half_done(rows)
        settlements_advance(now=SETTLES)
        nothing_is_half_done(rows)
    assert deaths >= 2, f"KILL_SEED={seed}"
    assert set(SettlementInstruction.objects.values_list("state", flat=True)) == {"DELIVERED"}
    total = sum(row.amount_minor for row in rows)
    assert cash_balances("PKR") == balances(TREASURY=total, DEBT=-total)
    assert sorted(CashEntry.objects.values_list("kind", flat=True)) == ["RECEIPT"] * 4 + ["SWEEP"] * 4
    items = IntentItem.objects.order_by("number").values_list("number", flat=True)
    assert list(items) == sorted(Instruction.objects.values_list("number", flat=True))
    cap = CapAccount.objects.get()
    assert (cap.confirmed, cap.withdrawn, cap.issued) == (10, 0, 10)
    assert settlements_advance(now=SETTLES) == 0


def test_a_real_worker_rings_the_bell(fresh_db: str, celery_worker: Workers) -> None:
    """Wall time is past the deadline of the unpaid one; the other is sent on its way."""
    token = world.token()
    unpaid = world.settlements(token, 3)[0]
    (ready,) = world.paid_and_confirmed(token, world.registrar(), 5)
    celery_worker("books")
    advance.delay()
    end = time.monotonic() + 60
    while SettlementInstruction.objects.filter(state__in=("AWAITING_CASH", "CASH_CONFIRMED", "IMMOBILISED")).exists():
        assert time.monotonic() < end, list(SettlementInstruction.objects.values_list("state", flat=True))
        time.sleep(0.05)
    states = SettlementInstruction.objects.in_bulk([unpaid.pk, ready.pk])
    assert [states[unpaid.pk].state, states[ready.pk].state] == ["LAPSED", "ISSUING"]
    assert sorted(Intent.objects.values_list("function", flat=True)) == ["confirm", "issue"]


BAD_WRITES = [
    (
        "INSERT INTO settlement_cashentry (key, kind, at, words, bank_reference) "
        "VALUES ('bad', 'RECEIPT', now(), '', '')",
        "is_balanced",
    ),
    ("UPDATE instructions_instruction SET state = 'SENT' WHERE kind = 'ISSUE'", "sent_only_if_approved"),
    ("UPDATE instructions_instruction SET units = units + 1", "instruction_is_fixed"),
    ("UPDATE registries_capaccount SET confirmed = 999", "cap_moves_with_its_cause"),
    ("UPDATE registries_registryconfirmation SET units = 999", "is refused"),
]


@pytest.mark.parametrize(("statement", "guard"), BAD_WRITES)
def test_control_the_guard_alone_stops_the_bad_write(
    fresh_db: str, postgres: TestCluster, statement: str, guard: str
) -> None:
    """As a superuser, whom no grant holds back: refused with the guards on, written with them off."""
    token = world.token()
    world.paid_and_confirmed(token, world.registrar(), 5)
    world.instruction(token)
    with psycopg.connect(postgres.url(fresh_db, "postgres"), autocommit=True) as root:
        with pytest.raises(psycopg.Error, match=guard):
            root.execute(statement)
        root.execute("SET session_replication_role = replica")
        assert root.execute(statement).rowcount >= 1
