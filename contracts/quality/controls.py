"""Shows that every guard of the contracts has a forge test that is red without it.

Two lists say what to alter and which test must then fail: `Guards.json` (every refusal and modifier; `--find` looks for
the tests of those that have none listed) and the TOML files beside it (anything else, by hand).
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from contracts.artifacts import build
from contracts.quality import guards
from contracts.quality.forge import ForgeFailed, Outcome
from contracts.quality.guards import Guard
from contracts.quality.mutants import Mutant, by_hand, rotten, suites
from contracts.quality.switches import Switched, switch_all
from contracts.quality.trial import altered, copy, only, shared_out, tests, twin, verdict

# Gas figures and sizes go red at any change, and an invariant is too slow to look for: it may be named by hand.
QUICK = ("--no-match-contract", "Gas|Invariant", "--no-match-test", "odeSize|AndSize")


@contextmanager
def switched_roots(
    listed: list[Guard], workers: int
) -> Iterator[tuple[list[Path], list[Switched], list[Guard], set[str]]]:
    """Compiled roots with a switch on each guard; the guards without one; the tests green with all guards on."""
    with ExitStack() as stack:
        first = stack.enter_context(copy())
        switched, rest = switch_all(first, listed)
        green = {outcome.id for outcome in tests(first, *QUICK) if outcome.passed}
        yield [first, *(stack.enter_context(twin(first)) for _ in range(workers - 1))], switched, rest, green


def find(workers: int, seconds: float = math.inf) -> int:
    """Looks for a test of each guard that has none listed, among all quick ones, and writes the list.

    What is found is kept at once: ended after `seconds`, or from outside, the next search goes on with the others.
    """
    sought = set(guards.unlisted(suites().has))
    known = _still_there(guards.listed())
    until = time.monotonic() + seconds

    def off(one: Switched, root: Path) -> list[Outcome] | None:
        """In the suites that speak of it first: most guards are caught there, in a tenth of the time."""
        if time.monotonic() > until:
            return None
        if where := near(one.guard):
            with suppress(ForgeFailed):  # none of them is quick
                found = tests(root, *QUICK, *where, "--block-coinbase", one.coinbase)
                if any(not outcome.passed and outcome.id in green for outcome in found):
                    return found
        return tests(root, *QUICK, "--block-coinbase", one.coinbase)

    def cut(guard: Guard, root: Path) -> list[Outcome] | None:
        return altered(root, guard.file, guard.without(), *QUICK) if time.monotonic() < until else None

    missing = left = 0
    with switched_roots(guards.guards(), workers) as (roots, switched, rest, green), copy() as plain:
        by_switch = (
            (one.guard, out) for one, out in shared_out(off, [s for s in switched if s.guard in sought], roots)
        )
        by_cut = shared_out(cut, [guard for guard in rest if guard in sought], [plain])
        for guard, found in (pair for pairs in (by_switch, by_cut) for pair in pairs):
            if found is None:
                left += 1
                continue
            red = min((o.id for o in found if not o.passed and o.id in green), key=_preference, default="")
            missing += not red
            print(f"{guard.file}: {guard.name} <- {red or 'NO TEST'}", flush=True)
            if red:
                known.setdefault(guard.file, {})[guard.name] = red
                guards.keep(known)
    guards.keep(known)
    print(f"guards without a test: {missing}; not looked at yet: {left}")
    return 1 if missing or left else 0


def near(guard: Guard) -> tuple[str, ...]:
    """The suites that name its error, or for a modifier its function; empty where none does."""
    word = guard.name.partition(" revert ")[2].partition(" ")[0] or f".{guard.name.partition(':')[0]}("
    found = [path for path in sorted((build.SOLIDITY / "test").rglob("*.t.sol")) if word in path.read_text("utf-8")]
    names = [path.relative_to(build.SOLIDITY).as_posix() for path in found if "invariant" not in path.parts]
    return ("--match-path", f"{{{','.join(names)}}}") if len(names) > 1 else ("--match-path", *names) if names else ()


def run(workers: int) -> int:
    """Tries every guard and every mutant by hand, and prints one line for each."""
    begun = time.monotonic()
    survived = count = 0
    for what, happened in _tried(workers):
        count += 1
        survived += bool(happened)
        print(f"{'NOT RED' if happened else 'red    '} {what} {happened}".rstrip(), flush=True)
    print(f"controls: {count}, not red: {survived}; {time.monotonic() - begun:.0f} s")
    return 1 if survived else 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--find", action="store_true", help="look for the tests of guards that have none listed")
    parser.add_argument("--seconds", type=float, default=math.inf, help="end the search then; the next one goes on")
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 4))
    options = parser.parse_args(arguments)
    try:
        if options.find:
            return find(options.workers, options.seconds)
        problems = rotten()
        for problem in problems:
            print(problem)
        return 1 if problems else run(options.workers)
    except ForgeFailed as failed:
        print(failed)
        return 1


def _tried(workers: int) -> Iterator[tuple[str, str]]:
    known = guards.listed()
    listed = [guard for guard in guards.guards() if not known[guard.file][guard.name].startswith("-- ")]
    where = suites()

    def cut(mutant: Mutant, root: Path) -> str:
        there = ("--match-path", where.file(mutant.red))
        return verdict(lambda: altered(root, mutant.file, mutant.text, *only(mutant.red), *there), mutant.red)

    with switched_roots(listed, workers) as (roots, switched, rest, green):

        def off(one: Switched, root: Path) -> str:
            if known[one.guard.file][one.guard.name] not in green:
                return f"{known[one.guard.file][one.guard.name]} is red with the guard too"
            red = known[one.guard.file][one.guard.name]
            return verdict(lambda: tests(root, *only(red), "--block-coinbase", one.coinbase), red)

        for one, happened in shared_out(off, switched, roots):
            yield f"{one.guard.file} {one.guard.name}", happened
    mutants = by_hand() + [Mutant(g.file, g.name, g.without(), known[g.file][g.name]) for g in rest]
    with ExitStack() as stack:
        roots = [stack.enter_context(copy()) for _ in range(workers)]
        for mutant, happened in shared_out(cut, mutants, roots):
            yield f"{mutant.file} {mutant.why}", happened


def _still_there(found: guards.Listed) -> guards.Listed:
    there = {(guard.file, guard.name) for guard in guards.guards()}
    return {file: {n: red for n, red in names.items() if (file, n) in there} for file, names in found.items()}


def _preference(name: str) -> tuple[bool, int, str]:
    """A fixed case before a fuzzed one, then the one that says most in its name."""
    return ".testFuzz" in name, -len(name.partition(".")[2]), name


if __name__ == "__main__":
    sys.exit(main())
