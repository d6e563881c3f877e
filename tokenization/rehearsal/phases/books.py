"""Looking at the books after a phase: the depository's statement of the day, and a reconciliation at a final block."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from contracts.outbox.models import Intent
from custody.reconciliation.models import Break, InFlight, Run
from custody.reconciliation.services import reconcile, replays
from custody.register.selectors import posted_block
from custody.registries.models import Statement
from custody.registries.services import statement_import
from custody.tokenisation.models import TokenContract
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.kernel.money import Money
from tokenization.rehearsal import chain, depository
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.people import person


def reconciled(phase: str, *, open_breaks: Mapping[str, int] | int = 0) -> Sequence[Check]:
    """Import the depository's statement and reconcile every token once everything sent is final and posted.

    `open_breaks` by ISIN, or for the one token there is.
    """
    settled_down()
    _statement()
    tokens = list(_tokens())
    counts = open_breaks if isinstance(open_breaks, Mapping) else dict.fromkeys(map(_code, tokens), open_breaks)
    if len(tokens) == 1:
        return _reconciled(tokens[0], phase, counts.get(_code(tokens[0]), 0))
    return [_in_one_line(token, _reconciled(token, phase, counts.get(_code(token), 0))) for token in tokens]


def _in_one_line(token: TokenContract, checks: Sequence[Check]) -> Check:
    """With several tokens a phase shows one line for each: what holds is told by its first and last check."""
    broken = next((item for item in checks if not item.holds), None)
    if broken is not None:
        return replace(broken, name=f"{_code(token)}: {broken.name}")
    words = f"{checks[0].name}; {checks[1].found} open breaks; in flight: {checks[-1].found}"[:160]
    return Check(_code(token), words, words)


def _reconciled(token: TokenContract, phase: str, open_breaks: int) -> list[Check]:
    run = reconcile(token=token, now=clock.now(), phase=phase)
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


def _tokens() -> QuerySet[TokenContract]:
    return TokenContract.objects.select_related("series").filter(state="LIVE").order_by("pk")


def _code(token: TokenContract) -> str:
    return token.code


def _statement() -> None:
    now = clock.now()
    instant = now.replace(microsecond=0)
    if Statement.objects.filter(as_of=instant).exists():
        return
    series = Series.objects.filter(token_contract__isnull=False).order_by("isin")
    lines = [StatementOf(row, *depository.balance(row.isin, at=instant)) for row in series]
    content = statement_file(f"CSD-{instant:%Y%m%d-%H%M%S}", instant.isoformat(), lines)
    statement_import(
        content=content, name=f"csd-{instant:%Y%m%d-%H%M%S}.csv", actor=person("registrar.officer"), now=now
    )


@dataclass(frozen=True)
class StatementOf:
    """Units of one series in the depository's book."""

    series: Series
    conventional: int
    immobilised: int

    def cells(self) -> str:
        denomination, currency = self.series.denomination_minor, self.series.currency
        both = self.conventional + self.immobilised
        amounts = (
            Money(units * denomination, currency).amount() for units in (both, self.conventional, self.immobilised)
        )
        return ",".join([self.series.isin, currency, *map(str, amounts)])


def statement_file(identifier: str, as_of: str, lines: Sequence[StatementOf]) -> bytes:
    """The depository's file in the layout of custody/registries/csd/README.md; units in, face out."""
    text = [f"H,CSD-STATEMENT,1,{identifier},{as_of}", "isin,currency,outstanding,conventional,immobilised"]
    body = "".join(f"{line}\n" for line in [*text, *(line.cells() for line in lines)]).encode()
    return body + f"T,{len(lines)},{hashlib.sha256(body).hexdigest()}\n".encode()
