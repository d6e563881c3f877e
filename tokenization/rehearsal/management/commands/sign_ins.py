"""`manage.py sign_ins`: whom a visitor of the demo can be. Passwords derive from the stack's secret."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tokenization.identity.models import User
from tokenization.rehearsal.people import BUYERS, OFFICERS, password


class Command(BaseCommand):
    help = "Print the rehearsal's people and their passwords."

    def handle(self, *args: Any, **options: Any) -> None:
        known = User.objects.in_bulk(field_name="username")
        for username in [*OFFICERS, BUYERS[0].username]:
            if username in known:
                self.stdout.write(f"{username:20} {password(username):18} {known[username].get_house_display()}")
