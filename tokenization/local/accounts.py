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
ELSEWHERE = "elsewhere"
OPEN_GROUND = Path("/var/tmp")  # noqa: S108 (chosen because it is open; folders in it are made by mkdtemp or checked)


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


def place_for(folder: Path, account: Account | None) -> Path:
    """`folder` itself if the account reaches it, else a folder under /var/tmp that `elsewhere` in `folder` names.

    The choice is kept: data does not seem to vanish when somebody opens or closes a parent folder later."""
    folder = folder.resolve()
    pointer = folder / ELSEWHERE
    if pointer.exists():
        return Path(pointer.read_text())
    if reachable(folder, account):
        return folder
    place = Path(tempfile.mkdtemp(prefix="tokenization-", dir=OPEN_GROUND))
    place.chmod(0o711)
    pointer.write_text(str(place))
    return place


def remove(folder: Path) -> None:
    """Remove a data folder and what `place_for` has put elsewhere for it."""
    for pointer in folder.rglob(ELSEWHERE):
        place = Path(pointer.read_text())
        if place.parent == OPEN_GROUND and place.name.startswith("tokenization-"):
            shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def open_copy(tree: Path, account: Account | None) -> Path:
    """`tree` itself if the account reaches it, else a copy under /var/tmp, made once per content.

    Raises PermissionError if somebody else has put a folder of that name there."""
    tree = tree.resolve()
    if reachable(tree, account):
        return tree
    content = f"{tree}:{(tree / 'bin' / 'postgres').stat().st_mtime_ns}"
    copy = OPEN_GROUND / f"tokenization-binaries-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="tokenization-", dir=OPEN_GROUND))
        shutil.copytree(tree, draft, symlinks=True, dirs_exist_ok=True)
        draft.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:
            shutil.rmtree(draft)
    facts = copy.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or facts.st_mode & 0o022:
        raise PermissionError(f"{copy} is not ours alone: remove it, or put the checkout where others may pass through")
    return copy


def scratch(prefix: str) -> Path:
    """A new temporary folder that the unprivileged account can pass through."""
    account = unprivileged()
    parent = next((p for p in (Path(tempfile.gettempdir()), OPEN_GROUND) if reachable(p, account)), None)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    folder.chmod(0o711)
    return folder
