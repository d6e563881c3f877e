"""Which format a file is in, by its first bytes and its namespace, never by its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from custody.registries.bank import camt053, camt054, csvfile
from custody.registries.bank.document import Parsed, refuse

_CAMT = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:(camt\.05[34]\.001\.[0-9]{2})")


def parse(content: bytes, *, versions: Sequence[str]) -> tuple[str, Parsed]:
    """(format, what it says). `versions` are the camt versions that this platform takes."""
    if not content.strip():
        raise refuse(0, "", "a file of the bank", "the file is empty")
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return "CSV", csvfile.parse(content)
    named = _CAMT.search(content[:4096])
    version = named[1].decode() if named else ""
    if version.startswith("camt.054"):
        return version, camt054.parse(content, versions=[v for v in versions if v.startswith("camt.054")])
    return version or "XML", camt053.parse(content, versions=[v for v in versions if v.startswith("camt.053")])
