"""`manage.py quote` as a process: order, exit codes, no database."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.support.database import ROOT

COMMAND = [sys.executable, "manage.py", "quote"]
# A port on which nothing listens: the command must not want a database.
NO_DATABASE = {**os.environ, "DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/none"}
BILL = {"convention": "PK-MTB", "settlement": "2026-07-02", "maturity": "2026-09-24"}


def run(text: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(COMMAND, input=text, cwd=ROOT, env=NO_DATABASE, capture_output=True, check=False)


def test_answers_in_order_and_exits_with_0_whatever_the_lines_hold():
    lines = [
        json.dumps({**BILL, "id": "first", "yield_pct": "11.5"}),
        '{"id": "torn", "price": "97',
        "",
        json.dumps({**BILL, "id": "last", "price": "97.4217"}),
    ]
    done = run("\n".join(lines).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    answered = [json.loads(line) for line in done.stdout.splitlines()]
    assert answered[0] == {"id": "first", "price": "97.4217", "yield_pct": "11.5000", "days": 84}
    assert [one["id"] for one in answered] == ["first", "torn", None, "last"]
    assert answered[3] == {"id": "last", "price": "97.4217", "yield_pct": "11.4998", "days": 84}


def test_no_lines_no_answers():
    done = run(b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_answers_each_line_before_the_next_is_sent():
    """A program may ask, read, and ask again."""
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=NO_DATABASE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({**BILL, "id": number, "price": "97.4217"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=60) == 0


def test_input_that_cannot_be_read_is_exit_1():
    for standard_input in ("<&-", "< /proc/self/mem"):
        done = subprocess.run(
            ["sh", "-c", f"'{sys.executable}' manage.py quote {standard_input}"],
            cwd=ROOT, env=NO_DATABASE, capture_output=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"The input cannot be read" in done.stderr
        assert b"Traceback" not in done.stderr


def test_a_reader_that_stops_early_is_no_error():
    line = json.dumps({**BILL, "id": 1, "price": "97.4217"})
    done = subprocess.run(
        ["sh", "-c", f"yes '{line}' | head -20000 | '{sys.executable}' manage.py quote | head -1"],
        cwd=ROOT, env=NO_DATABASE, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1
