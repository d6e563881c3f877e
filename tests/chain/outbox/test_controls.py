"""Controls on a real node: what happens when a guard outside the database is taken away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from contracts.outbox.models import Attempt, Halt, Intent, Signer
from contracts.outbox.services import guard as guards
from contracts.outbox.services import lease as leases
from contracts.outbox.services.lease import Fenced, Lease, lease
from tests.support.database import TestCluster, connected_to
from tests.support.outbox import NOW, World, all_final, drive, state, wallet, work
from tests.support.parts import Signers
from tokenization.local.postgres import OWNER

pytestmark = pytest.mark.chain


@contextmanager
def _backup(postgres: TestCluster) -> Iterator[str]:
    """A copy of the database as it is now."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    postgres._sql("CREATE DATABASE {} OWNER {} TEMPLATE {}", f"{name}_backup", OWNER, name)
    yield f"{name}_backup"
    connection.close()
    postgres.drop(f"{name}_backup")


@pytest.mark.parametrize(
    ("guard", "memory", "happened"), [(True, True, 1), (True, False, 1), (False, True, 1), (False, False, 2)]
)
def test_a_restored_backup_needs_both_locks_open_to_do_a_thing_twice(
    world: World, signers: Signers, postgres: TestCluster, monkeypatch: pytest.MonkeyPatch,
    guard: bool, memory: bool, happened: int,
) -> None:  # fmt: skip
    """The start-up guard and the signer's memory each stop it alone; with neither, the effect is there twice."""
    with _backup(postgres) as older:
        drive(world.chain, all_final(world.register("w", [wallet(1)])))
        with connected_to(postgres, older):
            if not guard:
                monkeypatch.setattr(guards, "_nonce", lambda work: None)
            if not memory:
                signers.forget("identity")
            # The business asks again for what the backup has forgotten; something else comes first this time.
            other, again = world.register("other", [wallet(2)]), world.register("w", [wallet(1)])
            for _ in range(4):
                work("identity")
                world.chain.mine()
            assert world.recorded(wallet(1)) == happened
            assert world.recorded(wallet(2)) == 0
            expected = {(True, True): "NONCE_AHEAD", (True, False): "NONCE_AHEAD", (False, True): "SIGNER_MEMORY"}
            if happened == 1:
                assert [h.reason for h in Halt.objects.all()] == [expected[(guard, memory)]]
                assert state(other) == ("QUEUED" if guard else "STUCK")
                assert not Attempt.objects.filter(slot__intent__in=[other, again]).exists()


def test_a_late_write_goes_through_without_the_epoch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def unfenced(self: Lease) -> Iterator[None]:
        with transaction.atomic():
            yield

    intent = world.register("w", [wallet(1)])
    row = Signer.objects.get(name="identity")
    with lease(row, now=NOW) as held:
        assert held is not None
        Signer.objects.filter(pk=row.pk).update(epoch=held.epoch + 1)  # another sender has taken over
        with pytest.raises(Fenced), held.write():
            Intent.objects.filter(pk=intent.pk).update(reason="late")
        assert Intent.objects.get(pk=intent.pk).reason == ""
        monkeypatch.setattr(Lease, "write", unfenced)
        with held.write():
            Intent.objects.filter(pk=intent.pk).update(reason="late")
        assert Intent.objects.get(pk=intent.pk).reason == "late"


def test_a_sender_that_lost_its_lock_before_its_epoch_fences_nobody(
    world: World, postgres: TestCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between the two for longer than the lock lives, it must not end the sender that came after it."""
    row = Signer.objects.get(name="identity")
    took = leases._locked

    def locked_and_lost(lock: psycopg.Connection[Any], signer_id: int) -> bool:
        got = took(lock, signer_id)
        with postgres.postgres.connect("postgres", "postgres") as root:
            root.execute("SELECT pg_terminate_backend(%s)", (lock.info.backend_pid,))
        return got

    monkeypatch.setattr(leases, "_locked", locked_and_lost)
    with lease(row, now=NOW) as held:
        assert held is None
    assert Signer.objects.get(pk=row.pk).epoch == row.epoch


def test_two_senders_work_at_once_without_the_lock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And even then the epoch lets only the newer one write."""
    row = Signer.objects.get(name="identity")
    with lease(row, now=NOW) as first:
        with lease(row, now=NOW) as second:
            assert second is None
        monkeypatch.setattr(leases, "_locked", lambda lock, signer_id: True)
        with lease(row, now=NOW) as second:
            assert first is not None
            assert second is not None
            with pytest.raises(Fenced), first.write():
                raise AssertionError("it may not get here")
            with second.write():
                Signer.objects.filter(pk=row.pk).update(trouble="written by the newer one")
    assert Signer.objects.get(pk=row.pk).trouble == "written by the newer one"
