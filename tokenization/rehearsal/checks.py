"""Checks that a life cycle makes, and how they are shown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Check:
    """One thing that must be so. Values are text, so that a stored check reads as it was printed."""

    name: str
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        return self.expected == self.found


def check(name: str, expected: object, found: object) -> Check:
    return Check(name, _text(expected), _text(found))


def refused(
    name: str, action: object, *, error: type[Exception] | tuple[type[Exception], ...], says: str = ""
) -> Check:
    """Run `action` and expect it to be refused with `error`, in words that contain `says`."""
    assert callable(action)  # noqa: S101
    try:
        action()
    except error as refusal:
        words = str(refusal)
        return Check(name, "refused", "refused" if says in words else f"refused, but with other words: {words}")
    return Check(name, "refused", "accepted")


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class PhaseResult:
    name: str
    seconds: float
    checks: Sequence[Check]

    @property
    def holds(self) -> bool:
        return all(item.holds for item in self.checks)


def table(results: Sequence[PhaseResult]) -> str:
    """A table of every check, phase by phase, for a terminal."""
    width = max((len(item.name) for result in results for item in result.checks), default=20)
    lines = []
    for result in results:
        lines.append(f"\n{'ok  ' if result.holds else 'FAIL'} {result.name} ({result.seconds:.1f} s)")
        for item in result.checks:
            mark = "ok  " if item.holds else "FAIL"
            found = item.found if item.holds else f"{item.found}  (expected {item.expected})"
            lines.append(f"  {mark} {item.name.ljust(width)}  {found}")
    return "\n".join(lines)


def json_line(case: str, results: Sequence[PhaseResult]) -> str:
    """The last line of a life cycle: one JSON object that a machine can read."""
    return json.dumps(
        {
            "case": case,
            "green": all(result.holds for result in results),
            "checks": sum(len(result.checks) for result in results),
            "failed": [
                {"phase": result.name, **asdict(item)} for result in results for item in result.checks if not item.holds
            ],
            "seconds": round(sum(result.seconds for result in results), 1),
        },
        sort_keys=True,
    )
