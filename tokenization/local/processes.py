"""One child process of the supervisor: started, asked after, stopped, and never orphaned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tokenization.local import launch

LAUNCHER = [sys.executable, "-I", "-S", str(Path(launch.__file__).resolve())]
# Left by an outer Python or Django, these would change what a part imports or where it connects.
NEVER_INHERITED = {"PYTHONHOME", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSERVICE", "PGOPTIONS"}


class PartFailed(Exception):
    """A named part could not start, or stopped answering; the text carries the reason and the end of its log."""

    def __init__(self, part: str, reason: str, log: Path | None = None) -> None:
        ending = tail(log) if log else ""
        super().__init__(f"{part}: {reason}" + (f"\n--- end of {log} ---\n{ending}" if ending else ""))
        self.part = part
        self.reason = reason


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log file; empty if there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def wait_for(condition: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Poll `condition` until it holds or the time is over; the answer says which."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


class Child:
    """A running part. Its standard output and error go to `log`; it is the leader of its own session, so that a Ctrl-C
    in the terminal reaches only the supervisor, which then stops parts in order. `environment` is laid over the
    caller's; None takes a name away."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str | None] | None = None,
        account: tuple[int, int] | None = None,
        cwd: Path | None = None,
        death_signal: int = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.log = log
        wanted = {**os.environ, **dict.fromkeys(NEVER_INHERITED), **(environment or {})}
        who = ["--uid", str(account[0]), "--gid", str(account[1])] if account else []
        tie = ["--parent", str(os.getpid()), "--death-signal", str(int(death_signal))]
        with log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 (commands are built by the supervisor, never from outside)
                [*LAUNCHER, *tie, *who, "--", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={key: value for key, value in wanted.items() if value is not None},
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return once `ready` holds. Raises PartFailed if the child ends before, or the time is over."""
        if not wait_for(lambda: not self.alive() or ready(), seconds):
            self.stop(signal.SIGKILL)
            raise PartFailed(self.name, f"did not answer within {seconds:.0f} s", self.log)
        if not self.alive():
            raise PartFailed(self.name, f"ended with status {self.process.returncode} while starting", self.log)

    def ask(self, number: int) -> None:
        """Send a signal and do not wait."""
        if self.alive():
            self.process.send_signal(number)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 15) -> None:
        """Ask with `number`, insist with SIGKILL on the whole session after `seconds`."""
        if self.alive():
            self.ask(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.wait()

    def kill(self) -> None:
        """SIGKILL the child and whatever it started in its session."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.process.kill()
        self.process.wait()


def reaper(folder: Path) -> subprocess.Popen[bytes]:
    """A process that removes `folder` when the caller ends for whatever reason; it lives on a pipe, not on signals."""
    return subprocess.Popen(  # noqa: S603
        [*LAUNCHER, "--reap", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
