from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tokenization.identity.roles import matrix_table


class Command(BaseCommand):
    help = "Print who may do what: the matrix of roles and powers."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(matrix_table())
