"""`manage.py field_keys_rotate`: write everything that is sealed anew under the first of FIELD_KEYS.

Run as the owner of the tables, with the new key first and the old one behind it.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, transaction

from tokenization.kernel.sealed import rewrite, sealed_columns
from tokenization.kernel.secrets import resealed


class Command(BaseCommand):
    help = "Encrypt what is kept about persons anew under the first of FIELD_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                for table, key, column in sealed_columns():
                    self.stdout.write(f"{table}.{column}: {rewrite(table, key, column, resealed)}")
                self.stdout.write(f"second factors: {_factors()}")
        except ProgrammingError as error:
            raise CommandError(f"Run this as the owner of the tables: {error}") from error


def _factors() -> int:
    changed = 0
    for row in Authenticator.objects.select_for_update().order_by("pk"):
        for name in {"secret", "seed"} & set(row.data):
            row.data[name] = resealed(row.data[name])
            row.save(update_fields=["data"])
            changed += 1
    return changed
