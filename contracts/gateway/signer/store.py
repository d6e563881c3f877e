"""What the signer remembers, in a database of its own: written and committed before any signature leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

from contracts.gateway.signer.creations import Creation

_SCHEMA = """
CREATE SCHEMA IF NOT EXISTS signer;
CREATE TABLE IF NOT EXISTS signer.transaction (
    key text NOT NULL, chain_id bigint NOT NULL, nonce bigint NOT NULL,
    place smallint NOT NULL CHECK (place IN (1, 2)),
    digest text NOT NULL, kind text NOT NULL CHECK (kind IN ('CALL', 'CANCEL', 'NOOP')),
    approval text NOT NULL, signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (key, chain_id, nonce, place),
    CHECK (place = 1 OR (kind = 'CANCEL' AND approval <> ''))
);
CREATE TABLE IF NOT EXISTS signer.creation (
    address text PRIMARY KEY, artifact text NOT NULL, key text NOT NULL, chain_id bigint NOT NULL, nonce bigint NOT NULL
);
ALTER TABLE signer.creation ADD COLUMN IF NOT EXISTS arguments text NOT NULL DEFAULT '';
ALTER TABLE signer.creation ADD COLUMN IF NOT EXISTS purpose text NOT NULL DEFAULT '';
CREATE TABLE IF NOT EXISTS signer.confirmation (
    key text NOT NULL, chain_id bigint NOT NULL, token text NOT NULL, number bigint NOT NULL,
    digest text NOT NULL, signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (key, chain_id, token, number)
);
CREATE TABLE IF NOT EXISTS signer.evidence (
    key text NOT NULL, chain_id bigint NOT NULL, token text NOT NULL, run bigint NOT NULL,
    digest text NOT NULL, signed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (key, chain_id, token, run)
);
CREATE TABLE IF NOT EXISTS signer.audit_head (
    sequence bigint PRIMARY KEY, hash text NOT NULL, told_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE IF NOT EXISTS signer.retirement (
    key text PRIMARY KEY, chain_id bigint NOT NULL, nonce bigint NOT NULL,
    signed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE OR REPLACE FUNCTION signer.refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the signer''s memory only grows'; END $$;
"""
_TABLES = ("transaction", "creation", "confirmation", "evidence", "audit_head", "retirement")
_CONFLICT = "Something else was signed there before."
_LOCK = 0x7369676E


class Forgetful(RuntimeError):
    """The memory holds something else: signing now would be the second, different signature."""


class Store:
    """The memory, over a small pool of connections."""

    def __init__(self, url: str) -> None:
        self._pool = ConnectionPool(url, min_size=1, max_size=4, open=True, timeout=10)
        with self._pool.connection() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            connection.execute(_SCHEMA)
            for table in _TABLES:
                connection.execute(
                    f"CREATE OR REPLACE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON signer.{table} "  # noqa: S608
                    "FOR EACH STATEMENT EXECUTE FUNCTION signer.refuse()"
                )

    def close(self) -> None:
        self._pool.close()

    def alive(self) -> None:
        """Raises psycopg.Error when the database does not answer."""
        with self._pool.connection() as connection:
            connection.execute("SELECT 1")

    @contextmanager
    def _nonce(self, key: str, chain_id: int, nonce: int) -> Iterator[psycopg.Connection[TupleRow]]:
        """One request at a time per nonce; commits on leaving."""
        with self._pool.connection() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"{key}/{chain_id}/{nonce}",))
            yield connection

    def remember_transaction(
        self, *, key: str, chain_id: int, nonce: int, digest: str, kind: str, approval: str
    ) -> None:
        """Commit that this call may be signed at this nonce. Forgetful if another one has been.

        A CANCEL with an approval may stand beside one earlier call; a CALL or NOOP never beside anything else.
        """
        with self._nonce(key, chain_id, nonce) as connection:
            rows = connection.execute(
                "SELECT digest FROM signer.transaction WHERE (key, chain_id, nonce) = (%s, %s, %s)",
                (key, chain_id, nonce),
            ).fetchall()
            known = [str(row[0]) for row in rows]
            if digest in known:
                return
            if known and (kind != "CANCEL" or not approval or len(known) > 1):
                raise Forgetful(f"{_CONFLICT} Nonce {nonce} of {key} is {known[0]}, not {digest}.")
            connection.execute(
                "INSERT INTO signer.transaction (key, chain_id, nonce, place, digest, kind, approval) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (key, chain_id, nonce, len(known) + 1, digest, kind, approval),
            )

    def remember_creation(self, made: Creation, *, key: str, chain_id: int, nonce: int) -> None:
        """That this address will hold this artifact, because we sign its creation."""
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO signer.creation (address, artifact, arguments, purpose, key, chain_id, nonce) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (made.address, made.artifact, made.arguments.hex(), made.purpose, key, chain_id, nonce),
            )

    def retire(self, *, key: str, chain_id: int, nonce: int) -> None:
        """Commit that this nonce is the last of the key; the first word stands."""
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO signer.retirement (key, chain_id, nonce) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (key, chain_id, nonce),
            )

    def retired_at(self, key: str) -> tuple[int, int] | None:
        """(chain, nonce) of the key's last transaction; None while it is in use."""
        with self._pool.connection() as connection:
            row = connection.execute("SELECT chain_id, nonce FROM signer.retirement WHERE key = %s", (key,)).fetchone()
        return (int(row[0]), int(row[1])) if row else None

    def creation_at(self, address: str) -> Creation | None:
        """What we created there; None if it was not us."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "SELECT artifact, arguments, purpose FROM signer.creation WHERE address = %s", (address,)
            ).fetchone()
        return Creation(address, str(row[0]), bytes.fromhex(row[1]), str(row[2])) if row else None

    def remember_confirmation(self, *, key: str, chain_id: int, token: str, number: int, digest: str) -> None:
        """Commit that this confirmation may be signed. Forgetful if the number was confirmed otherwise."""
        if not self._remembered("confirmation", "number", (key, chain_id, token, number), digest):
            raise Forgetful(f"{_CONFLICT} Number {number} of {token} was confirmed with other contents.")

    def remember_evidence(self, *, key: str, chain_id: int, token: str, run: int, digest: str) -> None:
        """Commit that this pack may be signed. Forgetful if the run's pack was signed with other contents."""
        if not self._remembered("evidence", "run", (key, chain_id, token, run), digest):
            raise Forgetful(f"{_CONFLICT} The evidence of run {run} of {token} was signed with other contents.")

    def _remembered(self, table: str, counter: str, place: tuple[str, int, str, int], digest: str) -> bool:
        """Whether this digest, and no other, stands at its place now: the first one that came there stays."""
        columns = f"key, chain_id, token, {counter}"
        with self._pool.connection() as connection:
            connection.execute(
                f"INSERT INTO signer.{table} ({columns}, digest) VALUES (%s, %s, %s, %s, %s) "  # noqa: S608 ours
                "ON CONFLICT DO NOTHING",
                (*place, digest),
            )
            row = connection.execute(
                f"SELECT digest FROM signer.{table} WHERE ({columns}) = (%s, %s, %s, %s)",  # noqa: S608 ours
                place,
            ).fetchone()
        return row is not None and row[0] == digest

    def remember_head(self, sequence: int, digest: str) -> None:
        """Keep a copy of the audit chain's head. Forgetful if another hash was told for the same entry."""
        with self._pool.connection() as connection:
            connection.execute(
                "INSERT INTO signer.audit_head (sequence, hash) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (sequence, digest),
            )
            row = connection.execute("SELECT hash FROM signer.audit_head WHERE sequence = %s", (sequence,)).fetchone()
        if row is None or row[0] != digest:
            raise Forgetful(f"Entry {sequence} of the audit log had another hash when it was told before.")

    def heads(self) -> list[tuple[int, str]]:
        with self._pool.connection() as connection:
            rows = connection.execute("SELECT sequence, hash FROM signer.audit_head ORDER BY sequence").fetchall()
        return [(int(s), str(h)) for s, h in rows]
