"""Where an unprivileged account can work when the supervisor itself is root (PostgreSQL refuses to run as root)."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

Account = tuple[int, int]


def unprivileged(owned: Path | None = None) -> Account | None:
    """The account for PostgreSQL: None (stay who we are) unless we are root. What owns `owned` already keeps it."""
    if os.geteuid() != 0:
        return None
    if owned and owned.exists() and owned.stat().st_uid != 0:
        return owned.stat().st_uid, owned.stat().st_gid
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return 65534, 65534


def reachable(path: Path, account: Account | None) -> bool:
    """Whether `account` may pass through every folder above and including `path`."""
    if account is None:
        return True
    uid, gid = account
    for folder in (path, *path.parents):
        if not folder.exists():
            continue
        facts = folder.stat()
        bit = stat.S_IXUSR if facts.st_uid == uid else stat.S_IXGRP if facts.st_gid == gid else stat.S_IXOTH
        if not facts.st_mode & bit:
            return False
    return True


def open_twin(folder: Path, account: Account | None) -> Path:
    """`folder` itself if the account reaches it, else a folder of ours under /var/tmp that belongs to this path alone.

    Raises PermissionError if somebody else has put a folder of that name there."""
    folder = folder.resolve()
    if reachable(folder, account):
        return folder
    twin = Path("/var/tmp") / f"tokenization-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"  # noqa: S108
    twin.mkdir(mode=0o711, exist_ok=True)
    facts = twin.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise PermissionError(f"{twin} is not ours alone: remove it, or put the checkout where others may pass through")
    return twin


def open_copy(tree: Path, account: Account | None) -> Path:
    """`tree` itself if the account reaches it, else a copy of it (made once per content) that it reaches."""
    tree = tree.resolve()
    twin = open_twin(tree, account)
    if twin == tree:
        return tree
    mark = hashlib.sha256(str((tree / "bin" / "postgres").stat().st_mtime_ns).encode()).hexdigest()[:12]
    copy = twin / mark
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=twin))
        shutil.copytree(tree, draft / "tree", symlinks=True)
        draft.chmod(0o711)
        try:
            (draft / "tree").rename(copy)
        except OSError:
            shutil.rmtree(draft)
    return copy


def scratch(prefix: str) -> Path:
    """A new temporary folder that the unprivileged account can pass through."""
    account = unprivileged()
    parent = next((p for p in (Path(tempfile.gettempdir()), Path("/var/tmp")) if reachable(p, account)), None)  # noqa: S108
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    folder.chmod(0o711)
    return folder
