"""`manage.py evidence_pack RUN --by NAME --out PACK.zip`: prepare a run's evidence pack, have it signed, write it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.services import evidence_advance, evidence_bytes, evidence_prepare
from custody.reconciliation.models import Run
from tokenization.identity.models import User
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError


class Command(BaseCommand):
    help = "Write the evidence pack of a run as a zip; verify_evidence.py inside it says how to verify it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int)
        parser.add_argument("--by", required=True, help="user name of whoever asks for it")
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--anchored", type=float, default=0.0, help="wait so many seconds for its root on chain")

    def handle(self, *args: Any, **options: Any) -> None:
        run = Run.objects.filter(pk=options["run"]).first()
        asker = User.objects.filter(username=options["by"]).first()
        if run is None or asker is None:
            raise CommandError("There is no such run." if run is None else "There is no such user.")
        try:
            pack = evidence_prepare(run=run, actor=asker, now=clock.now())
            waiting = self._advanced(pack, options["anchored"])
            options["out"].write_bytes(evidence_bytes(pack))
        except PlatformError as error:
            raise CommandError(str(error)) from error
        for words in waiting:
            self.stderr.write(words)
        self.stdout.write(f"{options['out']}: {pack.files} files, root {pack.root}, signed by {pack.signer_address}.")
        at = f"final in block {pack.anchored_block}" if pack.state == "ANCHORED" else "not final on chain yet"
        self.stdout.write(f"Its root is {at}.")

    def _advanced(self, pack: EvidencePack, seconds: float) -> list[str]:
        end = time.monotonic() + seconds
        while True:
            waiting = evidence_advance(now=clock.now())
            pack.refresh_from_db()
            if pack.state == "ANCHORED" or time.monotonic() >= end:
                return waiting
            time.sleep(0.5)
