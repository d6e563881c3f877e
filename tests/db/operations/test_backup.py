"""A backup of a database and of keys comes back as it was, into empty places alone, or nothing moves at all."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from contracts.gateway import keystore
from tests.factories.identity import person
from tests.support import archives
from tests.support.database import TestCluster
from tokenization.files.services import file_store
from tokenization.identity.models import AuditEntry
from tokenization.kernel import clock
from tokenization.local.postgres import APP, OWNER
from tokenization.operations.backup.__main__ import main
from tokenization.operations.backup.archive import Places, backup, read_manifest, restore, verify
from tokenization.operations.backup.errors import BackupRefused

PASSPHRASE = secrets.token_hex(32)


@pytest.fixture
def places(fresh_db: str, postgres: TestCluster, tmp_path: Path) -> Places:
    """A platform with people, audit entries and a stored file, and two encrypted keys."""
    person("AUDITOR", username="first.auditor")
    file_store(
        name="terms.txt", media_type="text/plain", content=b"terms " * 9000, actor=person("DEBT_MAKER"), now=clock.now()
    )
    assert AuditEntry.objects.exists()
    for name in ("issuer", "identity"):
        keystore.load_or_create(tmp_path / "keys", name, PASSPHRASE)
    return archives.places(postgres, {"platform": postgres.url(fresh_db, OWNER)}, {"issuer": tmp_path / "keys"})


@pytest.fixture
def key(tmp_path: Path) -> bytes:
    return archives.backup_key(tmp_path)


@pytest.fixture
def elsewhere(postgres: TestCluster, tmp_path: Path) -> Iterator[Places]:
    name = archives.empty_database(postgres)
    yield archives.places(postgres, {"platform": postgres.url(name, OWNER)}, {"issuer": tmp_path / "new-keys"})
    postgres.drop(name)


def nothing_restored(places: Places) -> None:
    assert archives.content(places.databases["platform"]) == {}
    assert not places.keys["issuer"].exists()


def test_all_comes_back_with_its_guards_rights_and_keys(
    places: Places, elsewhere: Places, key: bytes, tmp_path: Path, postgres: TestCluster
) -> None:
    out = tmp_path / "backup"
    taken = backup(places, out=out, key=key, now=clock.now())
    assert [row.name for row in taken.members] == [
        "database.platform", "key.issuer.identity.json", "key.issuer.issuer.json",
    ]  # fmt: skip
    assert restore(out, elsewhere, key=key) == taken == verify(out, key=key)
    before, after = places.databases["platform"], elsewhere.databases["platform"]
    found = archives.content(before)
    assert found["public.files_storedfile"][0] == 1
    assert found["public.identity_auditentry"][0] > 2
    assert archives.content(after) == found
    assert archives.guards(after) == archives.guards(before)
    for name in ("issuer", "identity"):
        kept = keystore.load(elsewhere.keys["issuer"], name, PASSPHRASE)
        assert kept.address == keystore.load(places.keys["issuer"], name, PASSPHRASE).address
    with psycopg.connect(postgres.url(after.rpartition("/")[2], APP), autocommit=True) as connection:
        for statement in ("DELETE FROM identity_auditentry", "TRUNCATE files_storedfile"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_nothing_open_lies_in_a_backup(places: Places, key: bytes, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    backup(places, out=out, key=key, now=clock.now())
    everything = b"".join(path.read_bytes() for path in out.iterdir())
    for secret in (b"first.auditor", b"terms terms", b"PGDMP", b"crypto", PASSPHRASE.encode(), key):
        assert secret not in everything
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700


def test_what_is_not_empty_is_refused_before_anything_moves(
    places: Places, elsewhere: Places, key: bytes, tmp_path: Path
) -> None:
    out = tmp_path / "backup"
    backup(places, out=out, key=key, now=clock.now())
    before = archives.content(places.databases["platform"])
    with pytest.raises(BackupRefused, match="is not empty. Restore into a new one"):
        restore(out, Places(places.databases, elsewhere.keys, elsewhere.tools), key=key)
    with pytest.raises(BackupRefused, match="Restore keys into a new folder"):
        restore(out, Places(elsewhere.databases, places.keys, elsewhere.tools), key=key)
    assert archives.content(places.databases["platform"]) == before
    nothing_restored(elsewhere)


def test_a_place_for_each_part_and_no_other(places: Places, elsewhere: Places, key: bytes, tmp_path: Path) -> None:
    out = tmp_path / "backup"
    backup(places, out=out, key=key, now=clock.now())
    for wrong in (Places(elsewhere.databases, {}), Places({}, elsewhere.keys), Places({}, {})):
        with pytest.raises(BackupRefused, match="Name a place for each"):
            restore(out, wrong, key=key)
    nothing_restored(elsewhere)


@pytest.mark.parametrize("name", ["manifest", "database.platform", "key.issuer.issuer.json"])
def test_an_altered_missing_or_added_file_stops_it_before_anything_moves(
    places: Places, elsewhere: Places, key: bytes, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "backup"
    backup(places, out=out, key=key, now=clock.now())
    good = (out / name).read_bytes()
    (out / name).write_bytes(good[:60] + bytes([good[60] ^ 1]) + good[61:])
    with pytest.raises(BackupRefused, match=f"{name} was altered"):
        restore(out, elsewhere, key=key)
    (out / name).unlink()
    with pytest.raises(BackupRefused, match=f"{name} is missing"):
        restore(out, elsewhere, key=key)
    (out / name).write_bytes(good)
    (out / "letter").write_bytes(b"x")
    with pytest.raises(BackupRefused, match="does not name: letter"):
        restore(out, elsewhere, key=key)
    nothing_restored(elsewhere)


@pytest.mark.parametrize("name", ["password", "identity.partial", "open.json"])
def test_a_folder_that_holds_more_than_encrypted_keys_is_not_taken(
    places: Places, key: bytes, tmp_path: Path, name: str
) -> None:
    (places.keys["issuer"] / name).write_text(json.dumps({"private_key": "0x01"}))
    with pytest.raises(BackupRefused, match=f"no encrypted key file: {name}"):
        backup(places, out=tmp_path / "backup", key=key, now=clock.now())
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup-key"]


def test_a_dump_that_fails_leaves_no_backup(places: Places, key: bytes, tmp_path: Path) -> None:
    address = places.databases["platform"]
    wrong = Places({"platform": address.rpartition("/")[0] + "/nowhere"}, places.keys, places.tools)
    with pytest.raises(BackupRefused, match='pg_dump ended with status 1: .*"nowhere" does not exist'):
        backup(wrong, out=tmp_path / "backup", key=key, now=clock.now())
    with pytest.raises(BackupRefused, match="pg_dump is not installed here"):
        backup(Places(places.databases, {}, tmp_path), out=tmp_path / "backup", key=key, now=clock.now())
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup-key"]


def test_the_platform_is_dumped_before_the_memory_of_any_signer(
    places: Places, key: bytes, tmp_path: Path, postgres: TestCluster
) -> None:
    store = postgres.signer_store("signer_issuer")
    wider = Places({"aaa_store": store, **places.databases}, {}, places.tools)
    backup(wider, out=tmp_path / "backup", key=key, now=clock.now())
    names = [row.name for row in read_manifest(tmp_path / "backup", key=key).members]
    assert names == ["database.platform", "database.aaa_store"]


def test_the_commands_say_what_they_did_and_what_is_wrong(
    places: Places,
    elsewhere: Places,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OLD_URL", places.databases["platform"])
    monkeypatch.setenv("NEW_URL", elsewhere.databases["platform"])
    key_file, out, tools = str(tmp_path / "k"), str(tmp_path / "backup"), ["--tools", str(places.tools)]
    assert main(["key", key_file]) == 0
    assert main(["key", key_file]) == 1
    common = [out, "--key-file", key_file]
    old = ["--database", "platform=OLD_URL", "--keys", f"issuer={places.keys['issuer']}", *tools]
    new = ["--database", "platform=NEW_URL", "--keys", f"issuer={elsewhere.keys['issuer']}", *tools]
    assert main(["take", *common, *old]) == 0
    assert "3 parts" in capsys.readouterr().out
    assert main(["take", *common, *old]) == 1
    assert "Every backup gets a folder of its own" in capsys.readouterr().err
    assert main(["verify", *common]) == 0
    assert main(["restore", *common, *new]) == 0
    assert "Now follow the runbook before anything is started." in capsys.readouterr().out
    assert main(["restore", *common, "--database", "platform=NO_SUCH_URL"]) == 1
    assert "The environment has no NO_SUCH_URL" in capsys.readouterr().err
    assert main(["restore", *common, *new]) == 1
    assert "is not empty" in capsys.readouterr().err
