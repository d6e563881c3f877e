"""`python -m tokenization.operations.backup key|take|verify|restore`: see tokenization/operations/backup/README.md."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from tokenization.operations.backup.archive import Manifest, Places, backup, restore, verify
from tokenization.operations.backup.errors import BackupRefused
from tokenization.operations.backup.sealing import new_key, read_key


def pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name.isidentifier() or not value:
        raise argparse.ArgumentTypeError(f"NAME=VALUE is wanted, not {text!r}")
    return name, value


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="backup", description="Backups of databases and keys, sealed and verified.")
    commands = reader.add_subparsers(dest="command", required=True)
    fresh = commands.add_parser("key", help="make a key for backups; keep it apart from them")
    fresh.add_argument("file", type=Path)
    for name, words_of in (("take", "take one"), ("verify", "read one to its end"), ("restore", "into empty places")):
        command = commands.add_parser(name, help=words_of)
        command.add_argument("archive", type=Path, help="the backup's own folder")
        command.add_argument("--key-file", type=Path, required=True)
        if name == "verify":
            continue
        command.add_argument("--database", type=pair, action="append", default=[], metavar="NAME=VARIABLE",
                             help="the environment variable that holds its postgresql:// address")  # fmt: skip
        command.add_argument("--keys", type=pair, action="append", default=[], metavar="NAME=FOLDER")
        command.add_argument("--tools", type=Path, help="folder of pg_dump and pg_restore, if not on the PATH")
    return reader.parse_args(words)


def places_of(wish: argparse.Namespace) -> Places:
    missing = [variable for _, variable in wish.database if not os.environ.get(variable)]
    if missing:
        raise BackupRefused(f"The environment has no {', '.join(missing)}.")
    addresses = {name: os.environ[variable] for name, variable in wish.database}
    return Places(addresses, {name: Path(folder) for name, folder in wish.keys}, wish.tools)


def run(wish: argparse.Namespace) -> str:
    if wish.command == "key":
        new_key(wish.file)
        return f"A new key is in {wish.file}. Keep it where the backups are not: without it they cannot be read."
    key = read_key(wish.key_file)
    if wish.command == "take":
        found = backup(places_of(wish), out=wish.archive, key=key, now=datetime.now(UTC))
        return f"Taken and read again: {_told(found)}"
    if wish.command == "verify":
        return f"Whole and unaltered: {_told(verify(wish.archive, key=key))}"
    found = restore(wish.archive, places_of(wish), key=key)
    return f"Restored: {_told(found)} Now follow the runbook before anything is started."


def _told(found: Manifest) -> str:
    size = sum(row.size for row in found.members)
    return f"{len(found.members)} parts, {size:,} bytes, as of {found.taken_at}."


def main(words: list[str] | None = None) -> int:
    try:
        print(run(arguments(words)))
    except (BackupRefused, FileExistsError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
