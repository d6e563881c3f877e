"""Prints how much of `src/` the forge tests reach, and fails below 95 % of the branches."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from contracts.quality.forge import forge

LEAST = 95.0
# Gas figures and code sizes are those of the optimised artifacts; coverage compiles without the optimiser.
LEFT_OUT = ("--no-match-contract", "Gas", "--no-match-test", "codeSizes", "--exclude-tests")
# One walk through the fuzzed paths is enough to see which lines are reached.
SMALL = {"FROM_SOURCE": "true", "FOUNDRY_FUZZ_RUNS": "16", "FOUNDRY_INVARIANT_RUNS": "4"}


@dataclass(slots=True)
class Figures:
    """Lines and branches of one file: found, reached, and where the unreached ones stand."""

    lines: int = 0
    lines_hit: int = 0
    branches: int = 0
    branches_hit: int = 0
    missed: list[int] = field(default_factory=list)


def read(report: Iterable[str]) -> dict[str, Figures]:
    """An LCOV report, sources under `src/` only."""
    found: dict[str, Figures] = {}
    figures = Figures()
    for line in report:
        kind, _, rest = line.strip().partition(":")
        if kind == "SF":
            figures = found.setdefault(rest, Figures()) if rest.startswith("src/") else Figures()
        elif kind == "DA":
            figures.lines += 1
            figures.lines_hit += rest.split(",")[1] != "0"
        elif kind == "BRDA":
            number, _, _, taken = rest.split(",")
            figures.branches += 1
            figures.branches_hit += taken not in ("-", "0")
            if taken in ("-", "0"):
                figures.missed.append(int(number))
    return dict(sorted(found.items()))


def table(files: dict[str, Figures]) -> list[str]:
    """One row per file and the total, with the line numbers of the branches that no test takes."""
    rows = [f"{'file':48} {'lines':>16} {'branches':>16}  not taken"]
    for path, f in {**files, "total": total(files)}.items():
        missed = " ".join(str(number) for number in sorted(f.missed)) if path != "total" else ""
        rows.append(f"{path:48} {_share(f.lines_hit, f.lines)} {_share(f.branches_hit, f.branches)}  {missed}".rstrip())
    return rows


def total(files: dict[str, Figures]) -> Figures:
    return Figures(
        lines=sum(f.lines for f in files.values()),
        lines_hit=sum(f.lines_hit for f in files.values()),
        branches=sum(f.branches for f in files.values()),
        branches_hit=sum(f.branches_hit for f in files.values()),
    )


def measure() -> tuple[dict[str, Figures], str]:
    """The figures, and what went wrong if a test failed or nothing compiled."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "lcov.info")
        arguments = ("coverage", "--report", "lcov", "--report-file", str(report), *LEFT_OUT)
        run = forge(*arguments, environment=SMALL)
        if "Stack too deep" in run.stdout + run.stderr:
            # Slower and a little less exact, so only when there is no other way.
            run = forge(*arguments, "--ir-minimum", environment=SMALL)
        failed = "" if run.returncode == 0 else (run.stdout + run.stderr)[-3000:]
        return read(report.read_text(encoding="utf-8").splitlines() if report.exists() else []), failed


def main() -> int:
    files, failed = measure()
    print("\n".join(table(files)))
    if failed:
        print(f"the tests did not all pass:\n{failed}")
        return 1
    sum_ = total(files)
    reached = 100 * sum_.branches_hit / sum_.branches
    print(f"branch coverage of src/: {reached:.2f} % (at least {LEAST:.0f} %)")
    return 0 if reached >= LEAST else 1


def _share(hit: int, of: int) -> str:
    return f"{hit:4}/{of:<4} {100 * hit / of if of else 100:5.1f}%"


if __name__ == "__main__":
    sys.exit(main())
