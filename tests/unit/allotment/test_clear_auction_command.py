"""`manage.py clear_auction` as a process: one document in, one out, or a refusal with exit 1."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.database import ROOT

COMMAND = [sys.executable, "manage.py", "clear_auction"]
# A port on which nothing listens: the command must not want a database.
NO_DATABASE = {**os.environ, "DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/none"}
DOCUMENT = {
    "rule": "PK-MTB",
    "target": 1_000_000_000,
    "settlement": "2026-07-02",
    "maturity": "2026-09-24",
    "accept": {"cut_off": "97.4500"},
    "bids": [
        {"id": "a", "bidder": "D1", "face": 400_000_000, "price": "97.5000", "competitive": True},
        {"id": "b", "bidder": "D2", "face": 300_000_000, "price": "97.4500", "competitive": True},
        {"id": "c", "bidder": "D3", "face": 500_000_000, "price": "97.4000", "competitive": True},
        {"id": "n", "bidder": "I1", "face": 5_000_000, "competitive": False},
        {"id": "o", "bidder": "I2", "face": 5_005_000, "competitive": False},
    ],
}


def run(text: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, *arguments], input=text, cwd=ROOT, env=NO_DATABASE, capture_output=True, check=False
    )


def test_a_document_is_cleared_from_standard_input_and_from_a_file(tmp_path: Path):
    text = json.dumps(DOCUMENT).encode()
    done = run(text)
    assert (done.returncode, done.stderr) == (0, b"")
    result = json.loads(done.stdout)
    assert (result["cut_off"], result["weighted_average_price"], result["weighted_average_yield_pct"]) == (
        "97.4500", "97.4786", "11.2396"
    )  # fmt: skip
    assert [(row["id"], row["face"], row["yield_pct"], row["amount"]) for row in result["allotments"]] == [
        ("a", 400_000_000, "11.1416", "390000000.00"),
        ("b", 300_000_000, "11.3703", "292350000.00"),
        ("n", 5_000_000, "11.2395", "4873930.00"),
    ]
    assert result["residual"] == 300_000_000
    assert result["voided"] == [
        {"id": "o", "bidder": "I2", "face": 5_005_000, "reason": "asks for 5005000, above the bidder's cap of 5000000"}
    ]
    file = tmp_path / "auction.json"
    file.write_bytes(text)
    assert run(b"", str(file)).stdout == done.stdout


def test_a_wrong_document_is_refused_whole_with_every_fault_by_line():
    bids = [*DOCUMENT["bids"], {**DOCUMENT["bids"][0], "face": 7}]
    done = run(json.dumps({**DOCUMENT, "target": -1, "bids": bids}).encode())
    assert done.returncode == 1
    assert json.loads(done.stdout) == {
        "errors": [
            {"field": "target", "rule": "a whole number of 0 or more, without point or exponent"},
            {"field": "bids[5].id", "rule": "given to one bid only"},
        ]
    }
    assert done.stderr.decode().splitlines() == [
        "target: a whole number of 0 or more, without point or exponent",
        "bids[5].id: given to one bid only",
    ]


def test_a_decision_that_the_book_cannot_follow_is_refused():
    done = run(json.dumps({**DOCUMENT, "accept": {"cut_off": "97.4", "amount": 5_000}}).encode())
    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"] == [
        {"field": "accept.amount", "rule": "at least 700000000, which is bid better than the cut-off"}
    ]


def test_what_is_not_text_is_refused_and_what_cannot_be_read_is_said(tmp_path: Path):
    done = run(b"\xff")
    assert (done.returncode, json.loads(done.stdout)) == (1, {"errors": [{"field": "document", "rule": "UTF-8 text"}]})
    gone = run(b"", str(tmp_path / "none.json"))
    assert (gone.returncode, gone.stdout) == (1, b"")
    assert b"The document cannot be read" in gone.stderr
    assert b"Traceback" not in gone.stderr
