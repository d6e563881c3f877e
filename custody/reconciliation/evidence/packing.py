"""From rows to bytes: the same rows give the same zip, on any machine and at any time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenization.kernel.canonical import canonical_json, sha256_hex
from tokenization.kernel.merkle import tree_hash

FORMAT = 1
MANIFEST, SIGNATURE, VERIFIER = "manifest.json", "signature.json", "verify_evidence.py"
VERIFIER_SOURCE = Path(__file__).with_name(VERIFIER)
# Not the clock's: a zip keeps the hour of its making in every member.
EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Manifest:
    """The signed list: canonical JSON, its SHA-256, and the root over its files."""

    text: str
    root: str
    files: int

    @property
    def hash(self) -> str:
        return sha256_hex(self.text)


def lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """One row a line, each as canonical JSON; a row is let go once it is written."""
    out = io.BytesIO()
    for row in rows:
        out.write(canonical_json(dict(row)).encode() + b"\n")
    return out.getvalue()


def with_row_hashes(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Beside each file of rows the hash of every row, so that an altered, added or missing one can be named."""
    made = dict(files)
    for path, content in files.items():
        if path.endswith(".jsonl"):
            out = io.BytesIO()
            for line in io.BytesIO(content):
                out.write(sha256_hex(line.removesuffix(b"\n")).encode() + b"\n")
            made[f"rows/{path}.sha256"] = out.getvalue()
    return made


def manifest_of(files: Mapping[str, bytes], head: Mapping[str, Any]) -> Manifest:
    """`head` says what the pack is of. A leaf of the tree is the canonical JSON of a file's line."""
    listed = [
        {"path": path, "sha256": sha256_hex(content), "size": len(content)} for path, content in sorted(files.items())
    ]
    root = "0x" + tree_hash([canonical_json(row).encode() for row in listed]).hex()
    text = canonical_json({**head, "format": FORMAT, "files": listed, "root": root})
    return Manifest(text, root, len(listed))


def zipped(members: Mapping[str, bytes]) -> bytes:
    """Sorted, of one date, and not compressed: compressors of different versions give different bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(members.items()):
            member = zipfile.ZipInfo(path, date_time=EPOCH)
            member.create_system, member.external_attr = 3, 0o644 << 16
            archive.writestr(member, content)
    return out.getvalue()


def members_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
