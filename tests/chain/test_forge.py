"""Runs the contracts' own unit, fuzz and invariant tests, on the committed artifacts."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from contracts.artifacts import build

pytestmark = [pytest.mark.chain, pytest.mark.timeout(600)]
FORGE = build.SOLIDITY / "node_modules/.bin/forge"


def forge(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FORGE, *arguments],
        cwd=build.SOLIDITY,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_contracts_pass_their_unit_fuzz_and_invariant_tests() -> None:
    run = forge("test", "--json", FOUNDRY_FUZZ_RUNS="64")
    suites = json.loads(run.stdout[run.stdout.index("{") :])
    results = {name: result for suite in suites.values() for name, result in suite["test_results"].items()}
    failed = {name: result["reason"] for name, result in results.items() if result["status"] != "Success"}
    assert failed == {}
    assert run.returncode == 0, run.stderr
    assert len(results) >= 90
    assert {name for name in results if name.startswith("invariant_")} == {
        "invariant_bothTokensAreConserved()",
        "invariant_figuresOfEveryEventAddUp()",
        "invariant_holdingsAreCountedPerInvestor()",
        "invariant_nothingForbiddenHappened()",
        "invariant_supplyIsTheSumOfBalancesAndOfTheCounters()",
        "invariant_supplyStaysUnderCapAndCeilings()",
        "invariant_whatIsOwedIsThere()",
    }


def test_no_contract_function_is_longer_than_forty_lines() -> None:
    long: list[str] = []
    for path in sorted((build.SOLIDITY / "src").rglob("*.sol")):
        long += [f"{path.name}: {name}" for name, size in _functions(path) if size > 40]
    assert long == []


def test_every_source_file_is_within_the_size_of_a_room() -> None:
    sizes = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in _sources()}
    assert {name: size for name, size in sizes.items() if size > 400} == {}


def _sources() -> list[Path]:
    return sorted((build.SOLIDITY / "src").rglob("*.sol"))


def _functions(path: Path) -> list[tuple[str, int]]:
    """Name and line count of each function body, by the indentation that forge fmt gives."""
    text = path.read_text(encoding="utf-8")
    found = re.finditer(r"^    (?:function (\w+)|(constructor|modifier \w+))[^;{]*\{.*?^    \}", text, re.M | re.S)
    return [(match[1] or match[2], match[0].count("\n") + 1) for match in found]
