from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tokenization.identity.grants import grants_apply
from tokenization.kernel.errors import PlatformError


class Command(BaseCommand):
    help = "As the owner of the tables: give the application's role its rights, and none beyond them."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            granted = grants_apply(role=settings.DATABASE_APP_ROLE)
        except PlatformError as error:
            raise CommandError(str(error)) from error
        for table, words in granted.items():
            self.stdout.write(f"{table:<45}{' '.join(words)}")
