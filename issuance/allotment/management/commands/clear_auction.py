"""Clears an auction given as one JSON document; nothing is stored, nothing is read from the database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from issuance.maths.auction.clearing import clear
from issuance.maths.auction.document import WHOLE, Auction, Refused, auction_of
from issuance.maths.auction.sheet import Json, sheet_of, text_of
from issuance.maths.faults import Fault


class Command(BaseCommand):
    help = (
        "Reads one JSON document (rule, target, bids, accept; settlement, maturity, coupon_pct where needed) and "
        "prints the result as one. A wrong document is refused whole: exit 1, errors by field and rule, one a line on "
        "standard error too."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="the document; standard input unless given")

    def handle(self, *args: Any, file: Path | None = None, **options: Any) -> None:
        try:
            self._print(_cleared(auction_of(_text(file))))
        except Refused as refused:
            self._refuse(refused.faults)
        except Fault as fault:
            self._refuse([fault])

    def _refuse(self, faults: list[Fault]) -> None:
        self._print({"errors": [{"field": fault.field, "rule": fault.rule} for fault in faults]})
        for fault in faults:
            self.stderr.write(str(fault))
        raise SystemExit(1)

    def _print(self, document: Json) -> None:
        self.stdout.write(text_of(document))


def _cleared(auction: Auction) -> Json:
    result = clear(
        rule=auction.rule,
        target=auction.target,
        bids=auction.bids,
        decision=auction.decision,
        paper=auction.paper,
    )
    return sheet_of(result, auction.numbered)


def _text(file: Path | None) -> str:
    try:
        if file is None and sys.stdin is None:
            raise OSError("standard input is closed")
        return (sys.stdin.buffer.read() if file is None else file.read_bytes()).decode("utf-8")
    except UnicodeDecodeError:
        raise Fault(WHOLE, "UTF-8 text") from None
    except OSError as error:
        raise CommandError(f"The document cannot be read: {error}.", returncode=1) from error
