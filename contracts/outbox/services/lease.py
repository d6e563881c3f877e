"""One sender per key: a session lock that a stopped process loses, and an epoch that its late writes meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import cast

import psycopg
from django.conf import settings
from django.db import connection, transaction

from contracts.outbox import config
from contracts.outbox.models import Signer

# First half of the advisory lock's key; the second is the signer's id.
_LOCK_CLASS = 0x6F757462
_HEARTBEAT = 2.0


class Fenced(RuntimeError):
    """Another sender has taken over: this one must stop at once."""


class Lease:
    """The right to send for one key, until the lock's connection or the epoch is lost."""

    def __init__(self, signer: Signer, epoch: int, lock: psycopg.Connection[tuple[object, ...]]) -> None:
        self.signer_id = signer.pk
        self.epoch = epoch
        self._lock = lock
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._beat = threading.Thread(target=self._beats, name=f"lease-{signer.name}", daemon=True)
        self._beat.start()

    @property
    def lost(self) -> bool:
        return self._lost.is_set()

    def close(self) -> None:
        self._stop.set()
        self._beat.join(5)

    def _beats(self) -> None:
        while not self._stop.wait(_HEARTBEAT):
            try:
                self._lock.execute("SELECT 1")
            except psycopg.Error:
                self._lost.set()
                return

    @contextmanager
    def write(self) -> Iterator[None]:
        """A short transaction that commits only while the epoch is ours; Fenced otherwise, and nothing is written.

        A process stopped in the middle must not keep the row: the server ends its transaction after five seconds.
        """
        if self.lost:
            raise Fenced(f"The lock of epoch {self.epoch} is gone.")
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL lock_timeout = '5s'")
            if Signer.objects.filter(pk=self.signer_id, epoch=self.epoch).update(epoch=self.epoch) != 1:
                raise Fenced(f"Epoch {self.epoch} is over: another sender took the key.")
            yield


@contextmanager
def lease(signer: Signer, *, now: datetime) -> Iterator[Lease | None]:
    """The lease of the key, or None while another sender has it."""
    with _direct() as lock:
        epoch = _new_epoch(lock, signer.pk, now) if _locked(lock, signer.pk) else None
        if epoch is None:
            yield None
            return
        held = Lease(signer, epoch, lock)
        try:
            yield held
        finally:
            held.close()


def _locked(lock: psycopg.Connection[tuple[object, ...]], signer_id: int) -> bool:
    row = lock.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK_CLASS, signer_id)).fetchone()
    return bool(row and row[0])


def _new_epoch(lock: psycopg.Connection[tuple[object, ...]], signer_id: int, now: datetime) -> int | None:
    """Raised over the lock's own connection: a process stopped between lock and epoch has lost both, and cannot fence
    the sender that took over. None if the connection is gone or the row stays locked."""
    statement = "UPDATE outbox_signer SET epoch = epoch + 1, passed_at = %s WHERE id = %s RETURNING epoch"
    try:
        row = lock.execute(statement, (now, signer_id)).fetchone()
    except psycopg.Error:
        return None
    return cast(int, row[0]) if row else None


def _direct() -> psycopg.Connection[tuple[object, ...]]:
    """A connection of our own, never through a pooler: the lock lives and dies with it."""
    d = connection.settings_dict
    address = getattr(settings, "DIRECT_DATABASE_URL", "")
    own = psycopg.connect(
        address,
        **({} if address else {"dbname": d["NAME"], "user": d["USER"], "password": d["PASSWORD"], "host": d["HOST"]}),
        **({} if address else {"port": d["PORT"]}),
        autocommit=True,
        application_name="outbox-lock",
        connect_timeout=5,
    )
    own.execute(f"SET idle_session_timeout = '{config.idle_seconds()}s'; SET lock_timeout = '15s'")
    return own
