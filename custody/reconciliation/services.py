"""One run: read every record at the register's final block, compare, store it, report breaks. Repairs nothing."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import connection, transaction

from contracts.gateway.client import Node
from contracts.indexer.models import Block
from contracts.indexer.selectors import head_lag, refuse_if_halted
from custody.instructions.models import Instruction
from custody.reconciliation.attested import ATTESTATION, attestation_equations
from custody.reconciliation.books import Books
from custody.reconciliation.breaks import breaks_record, findings
from custody.reconciliation.cash import cash_equations
from custody.reconciliation.equations import Equation, Observations, Observed, supply_equations
from custody.reconciliation.models import EquationResult, InFlight, Observation, Run, Source
from custody.reconciliation.observe import read_books, read_bridge, read_chain
from custody.reconciliation.reserve import BEHIND, reserve_equations
from custody.reconciliation.words import figure
from custody.register.selectors import posted_block
from custody.tokenisation.models import TokenContract
from tokenization.kernel.errors import Unavailable
from tokenization.kernel.locks import advisory_xact_lock


def reconcile(*, token: TokenContract, now: datetime, phase: str = "", node: Node | None = None) -> Run:
    """Compare the token's records at the register's final block H and keep the run.

    Raises IndexerHalted while the chain contradicts final rows, Unavailable before the first final block or if the
    node does not answer.
    Calling it again at the same block makes a new run and meets the same breaks.
    """
    refuse_if_halted()
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0 and not connection.needs_rollback:
            _one_view()
        block = posted_block()
        if block is None:
            raise Unavailable("The register has posted no final block yet.", next_step="It is tried again by itself.")
        books = read_books(token, block)
    flying = _ask_chain(books, node)
    lag = head_lag()
    return _keep(books, flying, head=lag.head_number if lag else block.number, now=now, phase=phase)


def _one_view() -> None:
    """All reads of a run show one instant, whatever commits meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _ask_chain(books: Books, node: Node | None) -> list[tuple[Instruction, InFlight.Side, int]]:
    if node is not None:
        return read_bridge(books, read_chain(books, node))
    with Node(settings.CHAIN_RPC_URL) as own:
        return read_bridge(books, read_chain(books, own))


@transaction.atomic
def _keep(
    books: Books, flying: list[tuple[Instruction, InFlight.Side, int]], *, head: int, now: datetime, phase: str
) -> Run:
    advisory_xact_lock(f"reconciliation:{books.token.pk}")
    seen = Observations(books.seen)
    made = equations(seen)
    run = Run.objects.create(
        token=books.token,
        block_number=books.block.number,
        block_hash=books.block.hash,
        block_time=books.block.timestamp,
        head_number=head,
        at=now,
        green=all(equation.holds for equation in made),
        phase=phase,
        skipped=books.skipped,
    )
    Observation.objects.bulk_create(
        Observation(run=run, source=o.source, name=o.name, value=o.value, unit=o.unit, detail=dict(o.detail))
        for o in seen.seen
    )
    InFlight.objects.bulk_create(
        InFlight(run=run, instruction=row, side=side, units=units) for row, side, units in flying
    )
    results = {equation.name: _result(run, equation) for equation in made}
    EquationResult.objects.bulk_create(results.values())
    found = findings(made, books.causes, seen[Source.REGISTER, "unexplained supply"], partial(_said, books.token))
    breaks_record(run=run, found=found, results=results)
    return run


def _said(token: TokenContract, equation: Equation, value: int) -> str:
    return figure(value, equation.unit, token, cash=equation.name.startswith("cash."))


def _result(run: Run, equation: Equation) -> EquationResult:
    return EquationResult(
        run=run,
        name=equation.name,
        words=equation.words,
        left=equation.left,
        right=equation.right,
        difference=equation.difference,
        unit=equation.unit,
        holds=equation.holds,
        detail=dict(equation.detail),
    )


def equations(seen: Observations) -> list[Equation]:
    """Every equation whose records were seen, in the order of the report."""
    cash = cash_equations(seen) if seen.has(Source.CASH, "settlement account") else ()
    reserve = reserve_equations(seen) if seen.has(Source.VAULT, BEHIND) else ()
    attested = attestation_equations(seen) if seen.has(Source.ATTESTATION, ATTESTATION) else ()
    return [*supply_equations(seen), *reserve, *attested, *cash]


def replay(run: Run) -> list[Equation]:
    """The equations of an old run, computed again from its stored observations; no node and no other table is read."""
    rows = run.observations.all()
    return equations(Observations([Observed(Source(o.source), o.name, o.value, o.unit, o.detail) for o in rows]))


def replays(run: Run) -> bool:
    """Whether the stored results are what the stored observations give."""
    stored = {row.name: (row.left, row.right) for row in run.equations.all()}
    return stored == {equation.name: (equation.left, equation.right) for equation in replay(run)}


def block_of(run: Run) -> Block:
    return Block.objects.get(number=run.block_number, hash=run.block_hash)
