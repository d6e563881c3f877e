"""`manage.py one_time_code NAME`: what the authenticator app of a sample person shows now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tokenization.identity.factors import has_factor
from tokenization.identity.factors.codes import SECONDS
from tokenization.identity.models import User
from tokenization.rehearsal.people import one_time_code


class Command(BaseCommand):
    help = "Print the present one-time code of a sample person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the user name, for example debt.checker")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["name"]).first()
        if user is None:
            raise CommandError(f"There is no sample person {options['name']!r}: manage.py sign_ins lists them.")
        if not has_factor(user):
            raise CommandError(f"{user.username} signs in with his password alone.")
        wall = datetime.now(UTC)
        left = SECONDS - int(wall.timestamp()) % SECONDS
        self.stdout.write(f"{one_time_code(user.username, wall)}   for {left} more seconds; each code works once")
