from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from tests.factories.identity import NOW, person
from tokenization.files import services
from tokenization.files.models import StoredFile
from tokenization.files.services import file_store
from tokenization.identity.models import AuditEntry
from tokenization.kernel.canonical import sha256_hex
from tokenization.kernel.errors import Refused

pytestmark = pytest.mark.django_db
TEXT = "text/csv"


def test_bytes_are_kept_under_their_hash() -> None:
    actor = person("REGISTRAR_OFFICER")
    stored = file_store(name="statement.csv", content=b"isin,units\n", media_type=TEXT, actor=actor, now=NOW)
    stored.refresh_from_db()
    assert bytes(stored.content) == b"isin,units\n"
    assert (stored.sha256, stored.size, stored.stored_by, stored.stored_at) == (
        sha256_hex(b"isin,units\n"),
        11,
        actor,
        NOW,
    )
    assert AuditEntry.objects.get(action="file.store").subject == f"files.storedfile:{stored.pk}"


def test_the_same_bytes_are_kept_once() -> None:
    first = file_store(name="a.csv", content=b"x", media_type=TEXT, actor=person("AUDITOR"), now=NOW)
    again = file_store(name="b.csv", content=b"x", media_type="text/plain", actor=person("AUDITOR"), now=NOW)
    other = file_store(name="a.csv", content=b"y", media_type=TEXT, actor=person("AUDITOR"), now=NOW)
    assert again == first != other
    assert (again.name, again.media_type) == ("a.csv", TEXT)
    assert AuditEntry.objects.filter(action="file.store").count() == 2


@pytest.mark.parametrize(("name", "content"), [("a", b""), ("", b"x"), ("n" * 201, b"x"), ("a", b"too long")])
def test_what_cannot_be_kept_is_refused(name: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MAX_BYTES", 5)
    with pytest.raises(Refused):
        file_store(name=name, content=content, media_type=TEXT, actor=person("AUDITOR"), now=NOW)
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize("media", ["x" * 101, "text/\x00csv"])
def test_a_type_that_is_none_is_refused_in_words(media: str) -> None:
    with pytest.raises(Refused, match="a type of at most 100 characters") as refusal:
        file_store(name="a", content=b"x", media_type=media, actor=person("AUDITOR"), now=NOW)
    assert refusal.value.field == "file"
    assert not StoredFile.objects.exists()


@pytest.mark.parametrize(
    ("content", "digest", "size", "rule"),
    [
        (b"x", sha256_hex(b"y"), 1, "stored_file_content_matches_hash"),
        (b"x", sha256_hex(b"x"), 2, "stored_file_size"),
        (b"x", "0xABC", 1, "files_storedfile_sha256_check"),
    ],
)
def test_the_database_compares_bytes_hash_and_size(content: bytes, digest: str, size: int, rule: str) -> None:
    actor = person("AUDITOR")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO files_storedfile (sha256, name, media_type, size, content, stored_by_id, stored_at) "
            "VALUES (%s, 'raw', 'text/csv', %s, %s, %s, now())",
            [digest, size, content, actor.pk],
        )
    assert not StoredFile.objects.exists()
