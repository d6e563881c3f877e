"""Prices and yields by the market's own rules: JSON Lines from standard input, one answer a line, in order."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from issuance.maths.quotes.lines import answer_lines


class Command(BaseCommand):
    help = (
        "Reads JSON Lines (id, convention, settlement, maturity, coupon_pct, one of price, clean_price, yield_pct, "
        "round) and answers each; a wrong line gets an error that names field and rule. Exits 1 if input is unreadable."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if sys.stdin is None:
            raise CommandError("The input cannot be read: standard input is closed.", returncode=1)
        try:
            for answered in answer_lines(sys.stdin.buffer):
                self.stdout.write(answered)
                self.stdout.flush()
        except BrokenPipeError:
            # Whoever asked has stopped reading: nothing is half done, and Python must not flush into the void.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        except OSError as error:
            raise CommandError(f"The input cannot be read: {error}.", returncode=1) from error
