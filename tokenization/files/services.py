from __future__ import annotations

from datetime import datetime

from django.db import transaction

from tokenization.files.models import StoredFile
from tokenization.identity import audit
from tokenization.identity.models import User
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock

MAX_BYTES = 20 * 1024 * 1024


@transaction.atomic
def file_store(*, name: str, content: bytes, media_type: str, actor: User, now: datetime) -> StoredFile:
    """Keep the bytes under their SHA-256. The same bytes again return the file that is there, under its first name.

    Refused when empty or above 20 MiB, or when its name or its type is none.
    """
    if not content:
        raise Refused("The file is empty.", field="file", next_step="Choose the file again.")
    if len(content) > MAX_BYTES:
        raise Refused(f"The file has {len(content):,} bytes; the limit is {MAX_BYTES:,}.", field="file", rule="size")
    if not name.strip() or len(name) > 200:
        raise Refused("A file has a name of at most 200 characters.", field="name")
    if len(media_type) > 100 or not media_type.isprintable():
        raise Refused(
            "A file has a type of at most 100 characters.",
            field="file",
            rule="media type",
            next_step="Send it as application/octet-stream.",
        )
    digest = sha256_hex(content)
    advisory_xact_lock(f"file {digest}")
    found = StoredFile.objects.filter(sha256=digest).first()
    if found is not None:
        return found
    stored = StoredFile.objects.create(
        sha256=digest,
        name=name.strip(),
        media_type=media_type,
        size=len(content),
        content=content,
        stored_by=actor,
        stored_at=now,
    )
    body = {"name": stored.name, "sha256": digest, "size": stored.size}
    audit.record(actor=actor, action="file.store", subject=f"files.storedfile:{stored.pk}", body=body, now=now)
    return stored
