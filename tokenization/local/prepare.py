"""Bring database and static files up to the code: `python -m tokenization.local.prepare`, connected as the owner."""

from __future__ import annotations

import os
import sys

import django
from django.core.management import call_command


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tokenization.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=1)
    if "--grants" in sys.argv:
        call_command("apply_grants")
    call_command("collectstatic", interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
