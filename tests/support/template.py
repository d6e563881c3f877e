"""A migrated cluster kept between test sessions: migrating takes longer than most test files.

The key is a hash of everything that makes the template: migrations, the code that runs them, grants, pinned packages. A
change of any of them makes a new one; the oldest are dropped.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = 8
SOURCES = (
    "*/*/migrations/*.py", "*/*/*/migrations/*.py", "tokenization/settings.py", "tokenization/local/*.py",
    "tokenization/kernel/*.py", "tokenization/identity/grants.py", "tokenization/identity/management/commands/*.py",
    "requirements*.txt", "pyproject.toml", "tests/support/database.py", "tests/support/template.py",
)  # fmt: skip


def key() -> str:
    """The hash of the files that decide what the template holds."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)}):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


class KeptTemplate:
    """The place of one template. `passwords` and `data` are those of a stopped cluster, owners included."""

    def __init__(self) -> None:
        self.home = Path(tempfile.gettempdir()) / f"tokenization-templates-{os.getuid()}"
        self.home.mkdir(mode=0o700, exist_ok=True)
        if self.home.stat().st_uid != os.getuid():
            raise RuntimeError(f"{self.home} belongs to somebody else")
        self.place = self.home / key()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Two sessions that need the same template: the second waits for what the first makes."""
        with self.place.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def exists(self) -> bool:
        return (self.place / "data").exists()

    def restore(self, *, data: Path) -> None:
        data.parent.mkdir(parents=True, exist_ok=True)
        os.utime(self.place)
        _copy(self.place / "data", data)

    def keep(self, *, data: Path, passwords: Path) -> None:
        """Copy a stopped cluster, whole or not at all, and drop the oldest."""
        draft = self.home / f"{self.place.name}.{os.getpid()}"
        draft.mkdir(mode=0o700)
        _copy(data, draft / "data")
        shutil.copy2(passwords, draft / "passwords.json")
        draft.rename(self.place)
        known = sorted((path for path in self.home.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
        for old in known[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
            old.with_suffix(".lock").unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    """With owners and modes: as root, the server runs under another account."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
