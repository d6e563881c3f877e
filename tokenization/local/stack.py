"""The supervisor: starts parts in order, restarts what dies, stops everything in order and loses nothing committed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tokenization.local.folder import DataFolder
from tokenization.local.parts import ROOT, Part
from tokenization.local.plan import Plan
from tokenization.local.processes import LAUNCHER, PartFailed, wait_for

PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
CALM_AFTER = 30.0


class Stack:
    """`with Stack(folder, rehearsal=True) as stack: stack.run(["python", "manage.py", "lifecycle"])`.

    Single-threaded on purpose: the kernel ties a child's life to the *thread* that started it. Parts that die are
    restarted while `run`, `wait` or `watch` is called. `until` names the last step to start (see Plan.steps).
    """

    def __init__(
        self,
        data: Path,
        *,
        rehearsal: bool = False,
        web_port: int = 0,
        say: Callable[[str], None] | None = None,
        outside: Mapping[str, str] | None = None,
        until: str = "",
    ) -> None:
        self.folder = DataFolder(data)
        self.say = say or (lambda line: None)
        self._wish = (rehearsal, web_port, os.environ if outside is None else outside)
        self.until = until
        self.plan: Plan | None = None
        self._started: list[Part] = []
        self._deaths: dict[str, list[float]] = {}

    def __enter__(self) -> Stack:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start every part. Raises PartFailed naming the part that did not; whatever had started is stopped again."""
        self.folder.take()
        try:
            self.plan = Plan(self.folder, *self._wish)
            for step, parts in self.plan.steps():
                began = time.monotonic()
                self.say(f"{step}: starting {', '.join(part.name for part in parts)}" if parts else f"{step} ...")
                for part in parts:
                    self._started.append(part)
                    part.launch()
                for part in parts:
                    part.wait_ready()
                self.plan.after(step)
                self.say(f"{step}: ready after {time.monotonic() - began:.1f} s")
                if step == self.until:
                    break
            self._publish()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the parts in reverse order of their start, groups at once; safe to call twice."""
        if self.plan:
            for _, parts in reversed(list(self.plan.steps())):
                ours = [part for part in parts if part in self._started]
                for part in ours:
                    part.ask_to_stop()
                for part in ours:
                    part.stop()
        self._started = []
        self.folder.release()

    def part(self, name: str) -> Part:
        for part in self._started:
            if part.name == name:
                return part
        raise KeyError(f"no part {name!r}; there are {', '.join(part.name for part in self._started)}")

    @property
    def names(self) -> list[str]:
        return [part.name for part in self._started]

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash would; `run`, `wait` and `watch` bring the part back."""
        child = self.part(name).child
        if child:
            child.kill()

    def restart(self, name: str) -> None:
        """Stop and start one part, and wait until it is ready."""
        part = self.part(name)
        part.stop()
        part.launch()
        part.wait_ready()
        self._publish()

    def env(self, *, rehearsal: bool = False) -> dict[str, str]:
        """Names for a command that works with the stack; the registrar's token only for a rehearsal's people."""
        if self.plan is None:
            raise PartFailed("supervisor", "the stack is not started")
        return {**self.plan.platform, **(self.plan.outsiders if rehearsal else {})}

    def tend(self) -> None:
        """Start again what has died; one that keeps dying waits longer each time."""
        for part in self._started:
            if part.alive():
                continue
            now = time.monotonic()
            deaths = self._deaths.setdefault(part.name, [])
            if not deaths or now - deaths[-1] > CALM_AFTER + PAUSES[-1]:
                deaths.clear()
            elif now - deaths[-1] < PAUSES[min(len(deaths), len(PAUSES) - 1)]:
                continue
            deaths.append(now)
            self.say(f"{part.name} died: starting it again ({part.log})")
            self._revive(part)

    def _revive(self, part: Part) -> None:
        try:
            part.launch()
            if self.plan and self.plan.is_foundation(part):
                part.wait_ready()
            self._publish()
        except PartFailed as error:
            self.say(str(error))

    def wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Tend the parts until `condition` holds; False when the time is over."""

        def look() -> bool:
            self.tend()
            return condition()

        return wait_for(look, seconds, pause=0.1)

    def run(
        self,
        command: Sequence[str],
        *,
        rehearsal: bool = False,
        meanwhile: Callable[[], None] | None = None,
        output: int | None = None,
    ) -> int:
        """Run a command with the stack's environment, tending the parts; `meanwhile` is called ten times a second."""
        environment = {**os.environ, **self.env(rehearsal=rehearsal)}
        tied = [*LAUNCHER, "--parent", str(os.getpid()), "--", *command]
        process = subprocess.Popen(tied, cwd=ROOT, env=environment, stdout=output, start_new_session=True)  # noqa: S603
        try:
            while process.poll() is None:
                self.tend()
                if meanwhile:
                    meanwhile()
                time.sleep(0.1)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)
        return process.returncode

    def watch(self) -> None:
        """Tend the parts until a signal ends us."""
        while True:
            self.tend()
            time.sleep(0.2)

    def _publish(self) -> None:
        if self.plan is None:
            return
        pids = {part.name: part.child.pid for part in self._started if part.child}
        self.folder.publish(
            {
                "pid": os.getpid(),
                "addresses": self.plan.addresses(),
                "parts": {part.name: {"pid": pids.get(part.name), "log": str(part.log)} for part in self._started},
                "environment": self.plan.platform,
                "rehearsal": self.plan.outsiders,
                "python": sys.executable,
            }
        )
