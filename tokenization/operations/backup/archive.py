"""An archive: a folder of sealed files and a sealed manifest that names each with its size and SHA-256.

Taken whole or not at all: it has its name only once every file was read again and agreed with the manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from tokenization.operations.backup import databases, keys
from tokenization.operations.backup.errors import BackupRefused
from tokenization.operations.backup.sealing import seal, unseal

FORMAT = 1
MANIFEST = "manifest"
DATABASE, KEY = "database", "key"
# Dumped before any signer's memory: a signer that remembers more than the platform refuses, one that remembers less
# could sign a second, different call.
FIRST = "platform"


@dataclass(frozen=True)
class Member:
    """`part` is the name it was given (`platform`, `issuer`), `file` the key file's own; `size`, `sha256` of the open
    content."""

    kind: str
    part: str
    file: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return f"{self.kind}.{self.part}.{self.file}" if self.file else f"{self.kind}.{self.part}"


@dataclass(frozen=True)
class Manifest:
    taken_at: str
    members: tuple[Member, ...]

    def written(self) -> bytes:
        body = {"format": FORMAT, "taken_at": self.taken_at, "members": [asdict(row) for row in self.members]}
        return json.dumps(body, indent=1, sort_keys=True).encode()


@dataclass(frozen=True)
class Places:
    """Addresses of databases and folders of keys, by part."""

    databases: Mapping[str, str]
    keys: Mapping[str, Path]
    tools: Path | None = None


def backup(places: Places, *, out: Path, key: bytes, now: datetime) -> Manifest:
    """Seal every database and every key of `places` into the new folder `out`, and read it all again."""
    if out.exists():
        raise BackupRefused(f"{out} exists. Every backup gets a folder of its own.")
    draft = out.with_name(f"{out.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        members = tuple(_take(places, draft, key))
        if not members:
            raise BackupRefused("Nothing to back up: name a database or a folder of keys.")
        manifest = Manifest(now.isoformat(), members)
        _write(draft / MANIFEST, [manifest.written()], key)
        verify(draft, key=key)
        draft.rename(out)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _settle(out.parent)
    return manifest


def _take(places: Places, draft: Path, key: bytes) -> Iterator[Member]:
    for part in sorted(places.databases, key=lambda name: (name != FIRST, name)):
        chunks = databases.dump(places.databases[part], tools=places.tools)
        yield _sealed(draft, Member(DATABASE, part, "", 0, ""), chunks, key)
    for part, folder in sorted(places.keys.items()):
        for path in keys.key_files(folder):
            yield _sealed(draft, Member(KEY, part, path.name, 0, ""), [path.read_bytes()], key)


def _sealed(draft: Path, about: Member, chunks: Iterable[bytes], key: bytes) -> Member:
    size, digest = 0, hashlib.sha256()

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            size += len(chunk)
            digest.update(chunk)
            yield chunk

    _write(draft / about.name, counted(), key)
    return Member(about.kind, about.part, about.file, size, digest.hexdigest())


def _write(path: Path, chunks: Iterable[bytes], key: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        seal(chunks, file, key=key, name=path.name)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open(archive: Path, name: str, key: bytes) -> Iterator[bytes]:
    try:
        with (archive / name).open("rb") as sealed:
            yield from unseal(sealed, key=key, name=name)
    except FileNotFoundError as error:
        raise BackupRefused(f"{name} is missing in {archive}.") from error


def read_manifest(archive: Path, *, key: bytes) -> Manifest:
    body = json.loads(b"".join(_open(archive, MANIFEST, key)))
    if body["format"] != FORMAT:
        raise BackupRefused(f"This backup has format {body['format']}; this program reads format {FORMAT}.")
    return Manifest(body["taken_at"], tuple(Member(**row) for row in body["members"]))


def verify(archive: Path, *, key: bytes) -> Manifest:
    """Read every file to its end. BackupRefused names the first one that is missing, altered or not in the manifest."""
    manifest = read_manifest(archive, key=key)
    known = {MANIFEST, *(row.name for row in manifest.members)}
    strange = sorted(path.name for path in archive.iterdir() if path.name not in known)
    if strange:
        raise BackupRefused(f"{archive} holds files that its manifest does not name: {', '.join(strange)}.")
    for row in manifest.members:
        size, digest = 0, hashlib.sha256()
        for piece in _open(archive, row.name, key):
            size += len(piece)
            digest.update(piece)
        if (size, digest.hexdigest()) != (row.size, row.sha256):
            raise BackupRefused(f"{row.name} is not what the manifest says: SHA-256 {digest.hexdigest()}.")
    return manifest


def restore(archive: Path, places: Places, *, key: bytes) -> Manifest:
    """Put every part of a backup into the empty places of the same names; everything is verified before anything moves.

    BackupRefused before the first write if a place is missing, too many, or not empty.
    """
    manifest = verify(archive, key=key)
    _refuse_unless_fitting(manifest.members, places)
    for url in places.databases.values():
        databases.refuse_unless_empty(url)
    for folder in places.keys.values():
        keys.refuse_unless_empty(folder)
    for row in manifest.members:
        content = _open(archive, row.name, key)
        if row.kind == DATABASE:
            databases.load(places.databases[row.part], content, tools=places.tools)
        else:
            keys.put(places.keys[row.part], row.file, b"".join(content))
    return manifest


def _refuse_unless_fitting(members: Sequence[Member], places: Places) -> None:
    given = {DATABASE: set(places.databases), KEY: set(places.keys)}
    for kind, named in given.items():
        held = {row.part for row in members if row.kind == kind}
        if held != named:
            raise BackupRefused(
                f"This backup holds the {kind} parts {', '.join(sorted(held)) or 'none'}; places were given for "
                f"{', '.join(sorted(named)) or 'none'}. Name a place for each."
            )
