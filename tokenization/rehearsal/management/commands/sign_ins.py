"""`manage.py sign_ins`: the sample people of this rehearsal and their passwords."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from tokenization.identity.models import User
from tokenization.rehearsal.people import OFFICERS, password
from tokenization.rehearsal.tour.sample import SAMPLE_INVESTORS


class Command(BaseCommand):
    help = "Print user names and passwords of the rehearsal's sample people."

    def handle(self, *args: Any, **options: Any) -> None:
        known = set(User.objects.values_list("username", flat=True))
        rows = [(name, ", ".join(role.label for role in roles)) for name, (_, roles) in OFFICERS.items()]
        rows += [(investor.username, f"Investor {investor.reference}") for investor in SAMPLE_INVESTORS]
        self.stdout.write("\nSample people (synthetic; each stack has its own passwords)")
        for username, words in rows:
            if username in known:
                self.stdout.write(f"  {username:20} {password(username)}   {words}")
        folder = Path(os.environ.get("REHEARSAL_STACK_FILE", "stack.json")).parent
        self.stdout.write(
            "\nAll but investors are asked for a code as well. The present one of debt.maker, for example:"
        )
        command = "python manage.py one_time_code debt.maker"
        self.stdout.write(f"  .venv/bin/python -m tokenization.local run --data {folder} -- {command}")
