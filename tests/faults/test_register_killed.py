"""SIGKILL of the poster at random statements: every final log is posted once, whole, and in order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter

from django.db.models import Sum

from contracts.indexer.models import Log
from custody.register import selectors
from custody.register.events import TOPICS
from custody.register.models import Dispute, Entry, Position, RegisterCursor
from tests.factories.ledger import Books, address, wallet
from tests.support.database import ROOT

A, B, C = address(0xA), address(0xB), address(0xC)
# Dies at the statement with this number, before it is sent or after it was answered: commits lie between two of them.
POST = """
import os, signal, sys
import django; django.setup()
from django.db import connection
from custody.register.services import post_final_logs
from tokenization.kernel import clock
last, when, told = int(sys.argv[1]), sys.argv[2], 0
def bomb(execute, sql, params, many, context):
    global told
    told += 1
    if told == last and when == "before": os.kill(os.getpid(), signal.SIGKILL)
    answer = execute(sql, params, many, context)
    if told == last and when == "after": os.kill(os.getpid(), signal.SIGKILL)
    return answer
with connection.execute_wrapper(bomb):
    while post_final_logs(now=clock.now(), limit=3).logs: pass
"""


def post(last: int, when: str) -> int:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tokenization.settings"}
    command = [sys.executable, "-c", POST, str(last), when]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def told(books: Books) -> None:
    """Ten rounds of: a numbered issue, an undue mint, a transfer of both and a burn."""
    for _ in range(10):
        issue = books.issue(30, wallet(0xA))
        books.mint(A, 30, issue.number)
        books.mint(B, 5)
        books.transfer(A, C, 7)
        books.burn(B, 2)
        books.mine()


def whole_up_to_the_cursor(books: Books) -> int:
    """Entries, positions and cursor are those of one committed portion. Returns the logs posted."""
    cursor = RegisterCursor.objects.first()
    done = cursor.log_id if cursor else 0
    transfers = Log.objects.filter(pk__lte=done, topics__0=TOPICS["Transfer"]).values_list("pk", flat=True)
    assert sorted(set(Entry.objects.values_list("log_id", flat=True))) == sorted(transfers)
    assert Entry.objects.values("log").annotate(sum=Sum("units")).exclude(sum=0).count() == 0
    sums = {row["account"]: int(row["sum"]) for row in Entry.objects.values("account").annotate(sum=Sum("units"))}
    assert dict(Position.objects.filter(token=books.token).values_list("account", "units")) == sums
    issued = Entry.objects.filter(cause="ISSUE", account=A).count()
    assert books.token.instructions.filter(kind="ISSUE", state="DONE").count() == issued
    return Log.objects.filter(pk__lte=done).count()


def test_killed_at_random_statements(fresh_db: str) -> None:
    seed = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(10**6)))
    print(f"KILL_SEED={seed}")
    dice = random.Random(seed)
    books = Books()
    told(books)
    posted = 0
    for _ in range(int(os.environ.get("FAULT_ROUNDS", "5"))):
        ended = post(dice.randint(1, 60), dice.choice(["before", "after"]))
        now = whole_up_to_the_cursor(books)
        assert now >= posted, f"KILL_SEED={seed}"
        assert ended == -signal.SIGKILL or now == Log.objects.count(), f"KILL_SEED={seed}"
        posted = now
    assert post(0, "never") == 0

    assert whole_up_to_the_cursor(books) == Log.objects.count() == 70
    assert selectors.positions_as_of(books.token, books.number) == {A: 230, B: 30, C: 70}
    assert Counter(Entry.objects.values_list("cause", flat=True))["ISSUE"] == 20
    assert sum(Dispute.objects.values_list("remaining", flat=True)) == 30
    assert selectors.rebuild_check(books.token) == []
    assert RegisterCursor.objects.get().block_number == books.number
