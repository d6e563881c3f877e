"""Runs the phases of a case one after another, remembers which are done, and shows what was checked."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict

from tokenization.kernel import clock
from tokenization.rehearsal.checks import Check, PhaseResult
from tokenization.rehearsal.models import PhaseRecord

Phase = Callable[[], Sequence[Check]]


def run_case(case: str, phases: Sequence[tuple[str, Phase]], *, say: Callable[[str], None]) -> list[PhaseResult]:
    """Run what is not yet done; stop at the first phase that fails.

    Every phase can be begun again: it looks for what it has already done by natural keys, so a run that was
    interrupted in the middle of a phase goes on from there.
    """
    done = {record.name: record for record in PhaseRecord.objects.filter(case=case)}
    results: list[PhaseResult] = []
    for number, (name, phase) in enumerate(phases, start=1):
        head = f"[{number}/{len(phases)}] {name}"
        if name in done:
            say(f"{head}: done before")
            results.append(PhaseResult(name, 0.0, [Check(**item) for item in done[name].checks]))
            continue
        say(f"{head} ...")
        result = _run(name, phase)
        results.append(result)
        say(f"{head}: {'ok' if result.holds else 'FAILED'}, {len(result.checks)} checks, {result.seconds:.1f} s")
        if not result.holds:
            break
        PhaseRecord.objects.create(
            case=case, name=name, done_at=clock.now(), checks=[asdict(item) for item in result.checks]
        )
    return results


def _run(name: str, phase: Phase) -> PhaseResult:
    start = time.monotonic()
    try:
        checks = list(phase())
    except Exception as error:
        traceback.print_exc()
        checks = [Check(f"{name} runs to its end", "no error", f"{type(error).__name__}: {error}")]
    return PhaseResult(name, time.monotonic() - start, checks)
