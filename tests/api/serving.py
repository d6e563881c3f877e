"""The real web part: gunicorn in processes of its own, on the test's database, to be spoken to by HTTP and killed."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import httpx
import psycopg

from tests.support.database import ROOT
from tokenization.local.ports import free_port
from tokenization.local.processes import Child, wait_for


class Web:
    def __init__(self, folder: Path, at: datetime) -> None:
        self.port, self.folder, self.at = free_port(), folder, at
        self.child = self._started()

    def _started(self) -> Child:
        command = [sys.executable, "-m", "gunicorn", "tests.support.wsgi_at", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "2", "--threads", "4"]
        environment = {"AT": self.at.isoformat(), "STATIC_ROOT": str(self.folder), "REDIS_URL": "redis://127.0.0.1:1/0"}
        child = Child("web", command, log=self.folder / "web.log", cwd=ROOT, environment=environment)
        child.wait_until(self.answers, 90)
        return child

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/sign-in/", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """SIGKILL to every process of it, as when a machine loses power."""
        self.child.kill()

    def restart(self) -> None:
        self.child = self._started()

    def post(self, path: str, body: dict[str, object], *, secret: str, key: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        return httpx.post(address, json=body, headers=headers, timeout=30, trust_env=False)


def waiting(watch: psycopg.Connection[object], count: int) -> None:
    """Return once that many backends of this database wait for a lock."""

    def seen() -> bool:
        found = watch.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        return found == (count,)

    assert wait_for(seen, 60, 0.02), "nobody waits"
