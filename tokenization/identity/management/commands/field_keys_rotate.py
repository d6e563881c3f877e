"""`manage.py field_keys_rotate`: write all that is sealed, and each blind index, anew under the first of FIELD_KEYS.

Run as the owner of the tables, with the new key first and the old one behind it, in every process too. All or nothing.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, ProgrammingError, transaction

from tokenization.kernel.sealed import blind_indexes, indexed, rewrite, sealed_columns
from tokenization.kernel.secrets import resealed


class Command(BaseCommand):
    help = "Encrypt what is kept about persons anew under the first of FIELD_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                for table, key, column in sealed_columns():
                    self.stdout.write(f"{table}.{column}: {rewrite(table, key, column, resealed)}")
                for table, key, column, of in blind_indexes():
                    self.stdout.write(f"{table}.{column}: {rewrite(table, key, column, indexed, of)}")
                self.stdout.write(f"second factors: {_factors()}")
        except IntegrityError as error:
            # Only if a process wrote under the old key while another already wrote under the new one.
            raise CommandError(
                f"Nothing was changed: two rows keep one number that may be there once. {error}"
            ) from error
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
