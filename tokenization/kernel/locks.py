"""Row locks: all of them once per transaction, in one order, never waiting for ever.

The order is top-down through the rooms (`INSTALLED_APPS` backwards), then table, then primary key: upper rooms call
lower ones, so a nested call asks for rows further down. What is held is remembered under a transaction-local setting
of Postgres, which a rollback, to a savepoint too, undoes together with the locks.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import psycopg.errors
from django.apps import apps
from django.db import OperationalError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tokenization.kernel.errors import Busy

LOCK_TIMEOUT_MS = 5000
Key = tuple[int, str, Any]
_held: WeakKeyDictionary[BaseDatabaseWrapper, dict[str, frozenset[Key]]] = WeakKeyDictionary()


class LockOrder(RuntimeError):
    """A fault of the caller: locks asked for outside a transaction or in the wrong order."""


def _rank(model: type[models.Model]) -> int:
    labels = [config.label for config in apps.get_app_configs()]
    return len(labels) - labels.index(model._meta.app_label)


def _scope(connection: BaseDatabaseWrapper) -> str:
    """Names the transaction; inside a test case's own transaction, the outermost block of the code under test."""
    blocks: list[Any] = getattr(connection, "atomic_blocks", [])
    for depth, block in enumerate(blocks):
        if not block._from_testcase:
            return str(connection.savepoint_ids[depth - 1]) if depth else "transaction"
    raise LockOrder("Locks are taken inside transaction.atomic() only: outside, they end with the statement.")


def _remembered(connection: BaseDatabaseWrapper, scope: str, timeout_ms: int) -> tuple[str, frozenset[Key]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('kernel.locks', true), set_config('lock_timeout', %s, true)", [f"{timeout_ms}ms"]
        )
        token = cursor.fetchone()[0] or ""
    if token.partition("|")[0] != scope:
        _held[connection] = {}
        return "", frozenset()
    return token, _held.setdefault(connection, {}).get(token, frozenset())


def _remember(connection: BaseDatabaseWrapper, scope: str, keys: frozenset[Key]) -> None:
    states = _held.setdefault(connection, {})
    token = f"{scope}|{len(states)}"
    states[token] = keys
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('kernel.locks', %s, true)", [token])


def _select(queryset: models.QuerySet[Any]) -> list[Any]:
    # NO KEY UPDATE excludes other writers but lets foreign keys be checked at their commit; plain FOR UPDATE would make
    # every insert of a child row wait for us, and two such waits are a deadlock.
    try:
        return list(queryset.order_by("pk").select_for_update(of=("self",), no_key=True))
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            name = queryset.model._meta.verbose_name
            raise Busy(f"The {name} is being changed by somebody else.", next_step="Try again in a moment.") from error
        raise


def _check_order(queryset: models.QuerySet[Any], prefix: tuple[int, str], held: frozenset[Key]) -> None:
    wanted = {(*prefix, pk) for pk in queryset.order_by("pk").values_list("pk", flat=True)} - held
    if wanted and min(wanted) < max(held):
        raise LockOrder(f"Rows of {prefix[1]} are locked before those of {max(held)[1]}, or in the same call.")


def lock_rows(*querysets: models.QuerySet[Any], timeout_ms: int = LOCK_TIMEOUT_MS) -> list[list[Any]]:
    """Lock and load the rows of each queryset; the lists come back in the order of the arguments.

    Rows already held may be asked for again. LockOrder when a new row sorts before one already held, or outside a
    transaction; Busy (retryable) when a row stays locked by another transaction for longer than `timeout_ms`.
    """
    if not querysets:
        return []
    connection = connections[transaction.get_connection(querysets[0].db).alias]
    scope = _scope(connection)
    _, held = _remembered(connection, scope, timeout_ms)
    order = sorted(range(len(querysets)), key=lambda i: (_rank(querysets[i].model), querysets[i].model._meta.db_table))
    rows: dict[int, list[Any]] = {}
    for index in order:
        queryset = querysets[index]
        prefix = (_rank(queryset.model), queryset.model._meta.db_table)
        if held:
            _check_order(queryset, prefix, held)
        rows[index] = _select(queryset)
        held = held | {(*prefix, row.pk) for row in rows[index]}
    _remember(connection, scope, held)
    return [rows[index] for index in range(len(querysets))]


def lock_first(queryset: models.QuerySet[Any], *, timeout_ms: int = LOCK_TIMEOUT_MS) -> list[Any]:
    """Lock the rows a transaction is about (an approval) before anything else; they stand outside the order.

    LockOrder when something is locked already.
    """
    connection = connections[transaction.get_connection(queryset.db).alias]
    scope = _scope(connection)
    _, held = _remembered(connection, scope, timeout_ms)
    if held:
        raise LockOrder("lock_first comes before every other lock of the transaction.")
    return _select(queryset)


def advisory_xact_lock(name: str, *, timeout_ms: int = LOCK_TIMEOUT_MS) -> None:
    """Hold a named lock until the transaction ends; Busy when somebody else keeps it for longer than `timeout_ms`."""
    connection = transaction.get_connection()
    _scope(connection)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{timeout_ms}ms"])
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise Busy(f"{name} is at work elsewhere.", next_step="Try again in a moment.") from error
        raise
