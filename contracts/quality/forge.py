"""Runs forge from the packages that `make install` puts in place."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.artifacts import build

TOOLS = build.SOLIDITY / "node_modules/.bin"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one forge test. `calls` is what an invariant's campaign made; 0 for the other tests."""

    suite: str
    name: str
    passed: bool
    reason: str
    calls: int

    @property
    def id(self) -> str:
        """Contract and test: two contracts may have a test of the same name."""
        return f"{self.suite.rpartition(':')[2]}.{self.name}"


def forge(
    *arguments: str, root: Path = build.SOLIDITY, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs to its end, whatever it answers."""
    path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(  # noqa: S603
        [TOOLS / "forge", *arguments],
        cwd=root,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def outcomes(run: subprocess.CompletedProcess[str]) -> list[Outcome]:
    """Of `forge test --json`. ForgeFailed if no test was run: a compiler's error, or a filter that matches nothing."""
    for line in run.stdout.splitlines():
        if line.startswith("{"):
            return list(_read(json.loads(line)))
    raise ForgeFailed((run.stdout + run.stderr).strip()[-3000:])


class ForgeFailed(Exception):
    """Forge ran no test; what it printed."""


def _read(suites: dict[str, Any]) -> Iterator[Outcome]:
    for suite, found in suites.items():
        for name, result in found["test_results"].items():
            calls = result["kind"].get("Invariant", {}).get("calls", 0)
            reason = result.get("reason") or ""
            yield Outcome(suite, name.partition("(")[0], result["status"] == "Success", reason, calls)
