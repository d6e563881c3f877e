"""Runs slither over `src/`: each finding is fixed, or explained in one line beside the code that causes it.

The line is slither's own comment with a reason: `// slither-disable-next-line detector,detector -- why`. Slither drops
a finding as soon as any of its places carries the comment; here a reentrancy is explained only if each of its outside
calls is. A comment without a reason, or that explains nothing, is an error too: no excuse outlives its cause.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.artifacts import build
from contracts.quality.forge import TOOLS, forge

_COMMENT = re.compile(r"^\s*// slither-disable-next-line ([a-z0-9,-]+)(?: -- (\S.*))?$")
_CALL = re.compile(r"^(\t+)- .*\(([^()#]+\.sol)#(\d+)")
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """`places`: where it may be explained. `causes`: outside calls of a reentrancy, each to be explained by itself."""

    detector: str
    places: frozenset[Place]
    causes: frozenset[Place]
    text: str


@dataclass(frozen=True, slots=True)
class Excuse:
    """A comment: what it lets pass on the line after it, and why."""

    place: Place
    detectors: frozenset[str]
    reason: str


def findings(report: Mapping[str, Any]) -> list[Finding]:
    """Of slither's JSON report."""
    return [_finding(entry) for entry in report["results"].get("detectors", [])]


def excuses(sources: Mapping[str, str]) -> list[Excuse]:
    """Every comment in the sources, by path."""
    found = []
    for path, text in sources.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if match := _COMMENT.match(line):
                found.append(Excuse((path, number + 1), frozenset(match[1].split(",")), match[2] or ""))
    return found


def complaints(found: Iterable[Finding], given: Iterable[Excuse]) -> list[str]:
    """Findings that nothing explains, reasons that are missing, and comments that explain nothing."""
    by_place = {excuse.place: excuse for excuse in given}
    used: set[tuple[Place, str]] = set()
    problems = []
    for finding in found:
        explained = {p for p in finding.places | finding.causes if _covers(by_place.get(p), finding.detector)}
        used |= {(place, finding.detector) for place in explained}
        if not explained & finding.places and not (finding.causes and finding.causes <= explained):
            problems.append(f"{finding.detector}: {finding.text}")
    for excuse in by_place.values():
        where = f"{excuse.place[0]}:{excuse.place[1] - 1}"
        if not excuse.reason:
            problems.append(f"{where}: the comment gives no reason (-- why)")
        idle = sorted(detector for detector in excuse.detectors if (excuse.place, detector) not in used)
        problems += [f"{where}: the comment explains no finding of {detector}" for detector in idle]
    return problems


def run() -> dict[str, Any]:
    """Slither's report on a compilation of its own, ignored findings included."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"FOUNDRY_OUT": f"{folder}/out", "FOUNDRY_CACHE_PATH": f"{folder}/cache"}
        built = forge("build", "--build-info", "--force", "--skip", "test/**", environment=environment)
        if built.returncode:
            raise SlitherFailed(built.stdout + built.stderr)
        options = ["--ignore-compile", "--foundry-out-directory", f"{folder}/out", "--show-ignored-findings"]
        options += ["--filter-paths", "node_modules|test/", "--json", f"{folder}/report.json"]
        answer = subprocess.run(  # noqa: S603
            [Path(sys.executable).with_name("slither"), ".", *options],
            cwd=build.SOLIDITY,
            env={**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        report = Path(folder, "report.json")
        read: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        if not read.get("success"):
            raise SlitherFailed(answer.stderr[-3000:])
        return read


class SlitherFailed(Exception):
    """It gave no report; what it said."""


def main() -> int:
    sources = {path.relative_to(build.SOLIDITY).as_posix(): path for path in (build.SOLIDITY / "src").rglob("*.sol")}
    given = excuses({name: path.read_text(encoding="utf-8") for name, path in sources.items()})
    found = findings(run())
    problems = complaints(found, given)
    for problem in problems:
        print(problem.rstrip() + "\n")
    print(f"slither: {len(found)} findings, explained in {len(given)} comments; {len(problems)} complaints")
    return 1 if problems else 0


def _finding(entry: Mapping[str, Any]) -> Finding:
    """A reentrancy counts as explained at its function or at all its outside calls; any other at each of its places."""
    places = [_place(element) for element in entry["elements"] if element["source_mapping"]["lines"]]
    detector, text = entry["check"], entry["description"]
    if detector.startswith("reentrancy"):
        return Finding(detector, frozenset(places[:1]), frozenset(_outside_calls(text)), text)
    return Finding(detector, frozenset(places), frozenset(), text)


def _place(element: Mapping[str, Any]) -> Place:
    mapping = element["source_mapping"]
    return mapping["filename_relative"], min(mapping["lines"])


def _outside_calls(text: str) -> Iterator[Place]:
    """The leaves of the section "External calls": an own function that leads to one stands above it, less indented."""
    section = re.split(r"^\tExternal calls[^\n]*:\n", text, maxsplit=1, flags=re.MULTILINE)[-1]
    rows = []
    for line in section.splitlines():
        match = _CALL.match(line)
        if not match:
            break
        rows.append((len(match[1]), match[2], int(match[3])))
    for n, (depth, path, number) in enumerate(rows):
        if n + 1 == len(rows) or rows[n + 1][0] <= depth:
            yield path, number


def _covers(excuse: Excuse | None, detector: str) -> bool:
    return excuse is not None and detector in excuse.detectors


if __name__ == "__main__":
    sys.exit(main())
