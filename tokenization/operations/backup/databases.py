"""One database out and in again, by PostgreSQL's own tools; passwords travel in the environment, never as words."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

import psycopg

from tokenization.operations.backup.errors import BackupRefused

READ = 1 << 20
_OWN = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""


def _tool(name: str, tools: Path | None) -> str:
    found = shutil.which(name, path=str(tools) if tools else None)
    if found is None:
        raise BackupRefused(
            f"{name} is not installed here. Install PostgreSQL's client programs of the server's version."
        )
    return found


def _told(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    names = {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": unquote(parts.path.lstrip("/")),
    }
    return {**os.environ, **names}


def dump(url: str, *, tools: Path | None) -> Iterator[bytes]:
    """The database as of one instant, in pg_dump's custom format. BackupRefused, in its own words, if it fails."""
    command = [_tool("pg_dump", tools), "--format=custom", "--no-owner", "--no-password", "--lock-wait-timeout=60s"]
    with subprocess.Popen(command, env=_told(url), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:  # noqa: S603
        out, said = _pipes(running)
        while chunk := out.read(READ):
            yield chunk
        words = said.read().decode(errors="replace").strip()
    if running.returncode:
        raise BackupRefused(f"pg_dump ended with status {running.returncode}: {words}")


def refuse_unless_empty(url: str) -> None:
    """BackupRefused if the database holds anything of its own: a restore never mixes two pasts."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(_OWN).fetchone()
        name = connection.info.dbname
    if row is None or row[0]:
        raise BackupRefused(f"The database {name} is not empty. Restore into a new one; keep this one as it is.")


def load(url: str, chunks: Iterable[bytes], *, tools: Path | None) -> None:
    """Put a dump into an empty database, in one transaction: all of it, or nothing."""
    refuse_unless_empty(url)
    command = [_tool("pg_restore", tools), "--single-transaction", "--exit-on-error", "--no-owner", "--no-password"]
    told = _told(url)
    command.append(f"--dbname={told['PGDATABASE']}")
    with subprocess.Popen(command, env=told, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:  # noqa: S603
        into, said = running.stdin, running.stderr
        if into is None or said is None:
            raise BackupRefused("pg_restore could not be started.")
        try:
            for chunk in chunks:
                into.write(chunk)
            into.close()
        except BrokenPipeError:
            pass  # its own words say why
        except BaseException:
            running.kill()
            raise
        words = said.read().decode(errors="replace").strip()
    if running.returncode:
        raise BackupRefused(f"pg_restore ended with status {running.returncode}: {words}")


def _pipes(running: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if running.stdout is None or running.stderr is None:
        raise BackupRefused("pg_dump could not be started.")
    return running.stdout, running.stderr
