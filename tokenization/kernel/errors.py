"""The errors that services raise. `str(error)` is a sentence for people: what is wrong, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class PlatformError(Exception):
    """Root of the platform's own errors; `retryable` says whether the same call may succeed later by itself."""

    retryable = False

    def __init__(self, message: str, *, field: str = "", rule: str = "", next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.rule = rule
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip() if self.next_step else self.message


class Refused(PlatformError):
    """The input or the state breaks a rule; the same call will be refused again."""


class Conflict(PlatformError):
    """Somebody was faster: already decided, already moved, already used."""


class Busy(Conflict):
    """A row was held by another transaction for longer than the lock timeout."""

    retryable = True


class NotAllowed(PlatformError):
    """The person lacks the power, or is the wrong person for this step."""


class Unavailable(PlatformError):
    """An outside part (node, broker, signer) is down; nothing was lost and the call may be repeated."""

    retryable = True


@dataclass(frozen=True)
class LineProblem:
    """One fault of an imported file; `line` counts from 1 as an editor shows it, 0 means the file as a whole."""

    line: int
    field: str
    rule: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "file"
        return (
            f"{where}, {self.field}: {self.message} ({self.rule})"
            if self.field
            else f"{where}: {self.message} ({self.rule})"
        )


class Problems(Refused):
    """An import refused whole, with every fault that was found."""

    def __init__(
        self, problems: Iterable[LineProblem], *, next_step: str = "Correct the file and send it again whole."
    ) -> None:
        self.problems = list(problems)
        count = len(self.problems)
        listed = "; ".join(str(problem) for problem in self.problems[:20])
        more = f"; and {count - 20} more" if count > 20 else ""
        super().__init__(f"Nothing was imported: {listed}{more}.", rule="all or nothing", next_step=next_step)
