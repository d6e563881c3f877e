"""Looking at the books after a phase: the depository's statement of the day, and a reconciliation at a final block."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db.models import QuerySet

from contracts.outbox.models import Intent
from custody.reconciliation.models import Break, InFlight, Run
from custody.reconciliation.services import reconcile, replays
from custody.register.selectors import posted_block
from custody.registries.models import Statement
from custody.registries.services import statement_import
from custody.tokenisation.models import TokenContract
from tokenization.kernel import clock
from tokenization.rehearsal import chain, depository, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.people import person


def reconciled(phase: str, *, open_breaks: int = 0) -> Sequence[Check]:
    """Import the depository's statement and reconcile once everything sent is final and posted."""
    settled_down()
    _statement()
    run = reconcile(token=_token(), now=clock.now(), phase=phase)
    flying = ", ".join(f"no. {row.instruction.number}: {row.units:,} {row.get_side_display()}" for row in _flying(run))
    return [
        check(f"reconciled at block {run.block_number}", open_breaks == 0, run.green),
        check("open breaks", open_breaks, Break.objects.filter(token=run.token, state="OPEN").count()),
        check("the run replays from what it stored", True, replays(run)),
        Check("in flight", flying or "nothing", flying or "nothing"),
    ]


def settled_down() -> None:
    """Wait until all of ours is final, and the register has posted a block stamped after everything done so far."""
    chain.wait_for("transactions under way to become final", lambda: not _under_way().exists())

    last = chain.mine()

    def posted() -> bool:
        block = posted_block()
        return block is not None and block.number >= last

    chain.wait_for("the register to post the final blocks", posted)


def _under_way() -> QuerySet[Intent]:
    return Intent.objects.filter(state__in=["NUMBERED", "SIGNED", "BROADCAST", "MINED"])


def _flying(run: Run) -> list[InFlight]:
    return list(run.in_flight.select_related("instruction").order_by("instruction__number"))


def _token() -> TokenContract:
    return TokenContract.objects.select_related("series").get(series__isin=plan.BILL)


def _statement() -> None:
    now = clock.now()
    instant = now.replace(microsecond=0)
    if Statement.objects.filter(as_of=instant).exists():
        return
    conventional, immobilised = depository.balance(plan.BILL, at=instant)
    content = statement_file(f"CSD-{instant:%Y%m%d-%H%M%S}", instant.isoformat(), conventional, immobilised)
    statement_import(
        content=content, name=f"csd-{instant:%Y%m%d-%H%M%S}.csv", actor=person("registrar.officer"), now=now
    )


def statement_file(identifier: str, as_of: str, conventional: int, immobilised: int) -> bytes:
    """The depository's file of one series, in the layout of custody/registries/csd/README.md; units in, face out."""
    face = [units * plan.DENOMINATION_MINOR // 100 for units in (conventional + immobilised, conventional, immobilised)]
    lines = [f"H,CSD-STATEMENT,1,{identifier},{as_of}", "isin,currency,outstanding,conventional,immobilised"]
    lines.append(",".join([plan.BILL, "PKR", *map(str, face)]))
    body = "".join(f"{line}\n" for line in lines).encode()
    return body + f"T,1,{hashlib.sha256(body).hexdigest()}\n".encode()
