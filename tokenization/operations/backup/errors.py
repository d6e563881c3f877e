"""What a backup or a restore says when it will not go on: one sentence, and what to do next."""

from __future__ import annotations


class BackupRefused(RuntimeError):
    """Nothing was left half done: a new archive has no name yet, and a restored database is one transaction."""
