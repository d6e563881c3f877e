"""Bring database and static files up to the code: `python -m tokenization.local.prepare`, connected as the owner."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

Migration = tuple[str, str]  # the label of its app, its name


def refuse_foreign(recorded: Iterable[Migration], known: Iterable[Migration]) -> None:
    """Ends the process where the database has lived through migrations that this code does not have.

    Left to itself Django would go on, and each page would find another table missing.
    """
    foreign = sorted(set(recorded) - set(known))
    if foreign:
        names = ", ".join(".".join(one) for one in foreign[:3]) + (" ..." if len(foreign) > 3 else "")
        raise SystemExit(
            f"This database was made by another version of the platform: it has lived through {names}.\n"
            "Run the version that made it, or take an empty database (`make clean` removes the embedded ones)."
        )


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tokenization.settings")
    django.setup()
    loader, ours = MigrationLoader(connection), {app.label for app in apps.get_app_configs()}
    refuse_foreign((one for one in loader.applied_migrations if one[0] in ours), loader.disk_migrations)
    call_command("migrate", interactive=False, verbosity=1)
    if "--grants" in sys.argv:
        call_command("apply_grants")
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
