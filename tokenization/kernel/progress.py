"""How far a long work is, as its stored states tell it: steps done of how many, what each waits for, since when.

There is no share of a step: a step is done or it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

# LATER: another step comes first.
Stage = Literal["DONE", "NOW", "LATER", "FAILED"]


@dataclass(frozen=True)
class Step:
    """`words`: what it waits for, or why it failed; `since`: when it came to where it is, where that is known."""

    title: str
    stage: Stage
    words: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class Work:
    """`words` completes "2 of 4 ...": what is counted."""

    title: str
    steps: Sequence[Step]
    words: str = "steps done"

    @property
    def of(self) -> int:
        return len(self.steps)

    @property
    def done(self) -> int:
        return sum(step.stage == "DONE" for step in self.steps)

    @property
    def under_way(self) -> bool:
        """Whether it moves by itself: a page looks again until it does no more."""
        return any(step.stage == "NOW" for step in self.steps)

    @property
    def left(self) -> list[Step]:
        return [step for step in self.steps if step.stage != "DONE"]
