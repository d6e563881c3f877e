"""The audit log against the heads that a real signer keeps: through the task and the command, as in production."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command

from contracts.gateway.remote import RemoteSigner
from tests.factories.identity import NOW
from tests.support.audit import RECHAIN
from tests.support.database import ROOT, TestCluster
from tests.support.outbox import wait_until
from tests.support.parts import Signers, Workers
from tokenization.assurance.tasks import head_copy
from tokenization.celery import app
from tokenization.identity import audit
from tokenization.identity.actors import system_user
from tokenization.identity.models import AuditEntry

pytestmark = pytest.mark.chain
EMPTY = "The audit log is empty: there is no head to leave."


def entries(first: int, last: int) -> None:
    for number in range(first, last + 1):
        audit.record(actor=system_user(), action="test.done", subject=f"test:{number}", body={"n": number}, now=NOW)


def digest(sequence: int) -> str:
    return str(AuditEntry.objects.values_list("hash", flat=True).get(sequence=sequence))


@pytest.fixture
def kept(fresh_db: str, signers: Signers) -> Iterator[RemoteSigner]:
    signer = RemoteSigner(signers.issuer.url, signers.issuer.token)
    yield signer
    signer.close()


@pytest.fixture
def superuser(fresh_db: str, postgres: TestCluster) -> Iterator[psycopg.Connection[Any]]:
    """For whom no trigger fires."""
    with psycopg.connect(postgres.url(fresh_db, "postgres"), autocommit=True) as other:
        other.execute("SET session_replication_role = replica")
        yield other


def verified() -> str:
    """What the command says when it refuses."""
    with pytest.raises(CommandError) as refusal:
        call_command("verify_audit")
    assert refusal.value.returncode == 1
    return str(refusal.value)


def test_the_bell_leaves_the_last_head_and_only_once(kept: RemoteSigner) -> None:
    assert head_copy() == EMPTY
    assert kept.audit_heads() == []
    entries(1, 3)
    assert head_copy() == f"The head of entry 3 is with the issuer's signer: {digest(3)}."
    head_copy()
    assert kept.audit_heads() == [(3, digest(3))]
    entries(4, 9)
    head_copy()
    assert kept.audit_heads() == [(3, digest(3)), (9, digest(9))]


def test_a_worker_of_the_books_hears_the_bell(kept: RemoteSigner, celery_worker: Workers) -> None:
    entries(1, 2)
    celery_worker("books")
    app.send_task("tokenization.assurance.tasks.head_copy")
    wait_until(lambda: kept.audit_heads() == [(2, digest(2))], 30, "the head is with the signer")


def test_a_row_altered_by_a_superuser_is_named_by_the_command(
    kept: RemoteSigner, superuser: psycopg.Connection[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    entries(1, 9)
    head_copy()
    call_command("verify_audit")
    assert capsys.readouterr().out == (
        "9 entries, each hash recomputed, 1 outside heads agree. Compared with 1 heads kept outside the database.\n"
    )
    superuser.execute("UPDATE identity_auditentry SET body = '{\"n\":500}' WHERE sequence IN (4, 7)")
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("Entry 4 was altered: its hash is not the hash of its content. First altered row: 4.\n")


def test_a_wholly_recomputed_chain_is_found_by_the_signers_heads(
    kept: RemoteSigner, superuser: psycopg.Connection[Any], settings: Any
) -> None:
    entries(1, 3)
    head_copy()
    entries(4, 9)
    head_copy()
    superuser.execute("UPDATE identity_auditentry SET body = '{}' WHERE sequence = 5")
    superuser.execute(RECHAIN.format(first=1, stop=""))
    assert verified() == (
        "Some of the entries 4 to 9 were rewritten and the chain recomputed: the head kept outside for entry 9 "
        "differs. First altered row: 4."
    )
    superuser.execute("UPDATE identity_auditentry SET actor_name = 'innocent'")
    superuser.execute(RECHAIN.format(first=1, stop=""))
    assert verified().endswith("First altered row: 1.")
    settings.SIGNER_ISSUER_URL = ""
    call_command("verify_audit")  # control: without the signer's heads the recomputed chain agrees with itself


def test_the_signer_keeps_the_first_hash_it_was_told(
    kept: RemoteSigner, superuser: psycopg.Connection[Any], caplog: pytest.LogCaptureFixture
) -> None:
    entries(1, 3)
    head_copy()
    before = kept.audit_heads()
    superuser.execute("UPDATE identity_auditentry SET body = '{}' WHERE sequence = 2")
    superuser.execute(RECHAIN.format(first=1, stop=""))
    said = head_copy()
    assert "Entry 3 of the audit log had another hash when it was told before." in said
    assert [record.levelname for record in caplog.records if "audit head" in record.message] == ["ERROR"]
    assert kept.audit_heads() == before != [(3, digest(3))]


def test_a_tail_cut_off_is_missed(kept: RemoteSigner, superuser: psycopg.Connection[Any]) -> None:
    entries(1, 9)
    head_copy()
    superuser.execute("DELETE FROM identity_auditentry WHERE sequence > 6")
    assert verified() == (
        "Entries 7 to 9 are missing: a head kept outside shows that they existed. First altered row: 7."
    )


def test_a_signer_that_is_down_is_told_at_the_next_bell(kept: RemoteSigner, signers: Signers) -> None:
    entries(1, 1)
    signers.issuer.kill()
    assert "The signer does not answer" in head_copy()
    signers.issuer.restart()
    head_copy()
    assert kept.audit_heads() == [(1, digest(1))]


def test_without_a_signer_it_says_so(fresh_db: str, settings: Any) -> None:
    settings.SIGNER_ISSUER_URL = ""
    entries(1, 1)
    assert head_copy() == "No signer is configured: the audit log has no head outside the database."
