"""`manage.py outside_world`: the outside people of a demo, doing what its visitors ask of them until stopped."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from tokenization.rehearsal.tour.errands import errands_run

PAUSE_SECONDS = 0.5


class Command(BaseCommand):
    help = "Let buyers, depository and clock of a demo do what the tour's visitors ask for."

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            try:
                close_old_connections()
                errands_run()
            except DatabaseError as error:  # the database may be away for a moment, as in any life
                self.stderr.write(f"{error}")
            time.sleep(PAUSE_SECONDS)
