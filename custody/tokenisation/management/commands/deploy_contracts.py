"""`manage.py deploy_contracts`: wait until the workers have deployed and wired everything, and print the manifest."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from custody.tokenisation.selectors import deployment_is_live, manifest
from custody.tokenisation.services import deployment_advance
from tokenization.kernel import clock


class Command(BaseCommand):
    help = "Deploy and wire the bootstrap contracts (each once), then print what stands on chain."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seconds", type=float, default=120.0, help="how long to wait for the workers")

    def handle(self, *args: Any, **options: Any) -> None:
        end = time.monotonic() + options["seconds"]
        while not deployment_is_live():
            for words in deployment_advance(now=clock.now()):
                self.stdout.write(words)
            if time.monotonic() > end:
                raise CommandError(
                    "The deployment is not complete: are the sender and the node running, and has the registrar "
                    "enrolled its key? The wiring names it."
                )
            time.sleep(0.5)
        for line in manifest():
            self.stdout.write(f"{line.name:<24} {line.state:<8} {line.address}")
