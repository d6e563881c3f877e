"""`manage.py lifecycle`: drive a case from legal authority to redemption through the running stack."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tokenization.rehearsal import bill
from tokenization.rehearsal.checks import json_line, table
from tokenization.rehearsal.driver import run_case
from tokenization.rehearsal.market import case as market
from tokenization.rehearsal.reserve import case as reserve
from tokenization.rehearsal.tour import doors

CASES = {"bill": bill.PHASES, "market": market.PHASES, "reserve": reserve.PHASES, "open": doors.PHASES}


class Command(BaseCommand):
    help = "Run the life of an instrument on the running stack; exit 0 only if every check holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", default="bill", choices=sorted(CASES))

    def handle(self, *args: Any, **options: Any) -> None:
        case = options["case"]
        results = run_case(case, CASES[case], say=lambda line: self.stdout.write(line, ending="\n"))
        self.stdout.write(table(results))
        self.stdout.write(json_line(case, results))
        if not all(result.holds for result in results) or len(results) < len(CASES[case]):
            raise CommandError("the life cycle did not end green", returncode=1)
