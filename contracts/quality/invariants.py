"""Runs the invariant tests on the committed artifacts with at least a million calls in all, and prints how many."""

from __future__ import annotations

import os
import sys
import time

from contracts.quality.forge import Outcome, forge, outcomes

CALLS = int(os.environ.get("INVARIANT_CALLS", "1000000"))
DEPTH = 250


def main() -> int:
    begun = time.monotonic()
    listed = forge("test", "--list", "--json", "--match-test", "^invariant_")
    if listed.returncode:
        print(listed.stdout + listed.stderr)
        return 1
    count = listed.stdout.count('"invariant_')
    runs = -(-CALLS // (DEPTH * count))
    environment = {"FOUNDRY_INVARIANT_RUNS": str(runs), "FOUNDRY_INVARIANT_DEPTH": str(DEPTH)}
    found = outcomes(forge("test", "--json", "--match-test", "^invariant_", environment=environment))
    for one in found:
        print(_row(one))
    calls = sum(one.calls for one in found)
    print(f"invariants: {len(found)}, calls: {calls:,} (at least {CALLS:,}); {time.monotonic() - begun:.0f} s")
    return 0 if calls >= CALLS and all(one.passed for one in found) else 1


def _row(one: Outcome) -> str:
    return f"{'held  ' if one.passed else 'BROKEN'} {one.calls:9,} calls  {one.suite}: {one.name} {one.reason}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
