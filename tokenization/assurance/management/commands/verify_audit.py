"""Checks the audit log against itself and against the heads that the signers keep outside this database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tokenization.assurance.heads import kept_heads
from tokenization.identity import audit


class Command(BaseCommand):
    help = "Recomputes the audit chain; names the first altered row and exits 1 when one is found."

    def handle(self, *args: Any, **options: Any) -> None:
        heads, missing = kept_heads()
        for words in missing:
            self.stderr.write(self.style.WARNING(words))
        found = audit.verify(heads)
        if not found.ok:
            raise CommandError(f"{found.message} First altered row: {found.first_altered}.", returncode=1)
        self.stdout.write(f"{found.message} Compared with {len(heads)} heads kept outside the database.")
