"""AES-256-GCM over a stream, in pieces: nobody reads, changes, cuts, reorders or renames what was sealed.

A sealed file: `TKBK1`, 8 bytes that name the key, 32 bytes of salt, then pieces of at most 1 MiB, each with its tag of
16 bytes. Every file has a key of its own (HKDF of the archive's key, the salt and the file's name), so a piece's number
is its nonce. The last piece says that it is the last one.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tokenization.operations.backup.errors import BackupRefused

MAGIC = b"TKBK1"
PIECE = 1 << 20
TAG = 16
_SALT, _NAME = 32, 8


def new_key(path: Path) -> None:
    """A file with a new key, readable by its owner alone. FileExistsError rather than another key in its place."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32) + "\n")


def read_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise BackupRefused(f"The key of the backup cannot be read from {path}.") from error
    if len(key) != 32:
        raise BackupRefused(f"The key in {path} has {len(key)} bytes, not 32. Make one with the command `key`.")
    return key


def key_name(key: bytes) -> bytes:
    return hashlib.sha256(b"tokenization backup" + key).digest()[:_NAME]


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Full pieces, and the last one, which may be short or empty."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield bytes(held[:PIECE]), False
            del held[:PIECE]
    yield bytes(held), True


def seal(chunks: Iterable[bytes], out: IO[bytes], *, key: bytes, name: str) -> None:
    """Write the sealed form of the stream under this name."""
    salt = secrets.token_bytes(_SALT)
    out.write(MAGIC + key_name(key) + salt)
    cipher = _cipher(key, salt, name)
    for number, (piece, last) in enumerate(_pieces(chunks)):
        out.write(cipher.encrypt(_nonce(number), piece, _about(number, last)))


def unseal(sealed: IO[bytes], *, key: bytes, name: str) -> Iterator[bytes]:
    """The stream again, piece by piece; BackupRefused at the first byte that is not as it was sealed.

    A piece that came out is good, but only the end of the stream proves that nothing was cut off.
    """
    header = sealed.read(len(MAGIC) + _NAME + _SALT)
    if len(header) != len(MAGIC) + _NAME + _SALT or not header.startswith(MAGIC):
        raise BackupRefused(f"{name} is not a sealed file of a backup.")
    if header[len(MAGIC) : -_SALT] != key_name(key):
        raise BackupRefused(f"{name} was sealed with another key. Give the key that this backup was taken with.")
    cipher, number = _cipher(key, header[-_SALT:], name), 0
    piece = sealed.read(PIECE + TAG)
    while True:
        following = sealed.read(PIECE + TAG)
        try:
            yield cipher.decrypt(_nonce(number), piece, _about(number, not following))
        except InvalidTag as error:
            raise BackupRefused(f"{name} was altered or cut: piece {number + 1} is not as it was sealed.") from error
        if not following:
            return
        piece, number = following, number + 1


def _cipher(key: bytes, salt: bytes, name: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt, b"tokenization backup " + name.encode()).derive(key))


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _about(number: int, last: bool) -> bytes:
    return b"%d last" % number if last else b"%d" % number
