"""From failed equations to breaks: one root cause, one break; the equations that it moves are its evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from contracts.indexer.models import Log
from custody.reconciliation.causes import RootCause
from custody.reconciliation.equations import Equation
from custody.reconciliation.models import Break, BreakEvidence, EquationResult, Run, Sighting


@dataclass
class Finding:
    """A break as one run sees it, before it is matched with earlier runs."""

    kind: Break.Kind
    key: str
    units: int
    unit: str
    story: str
    log: Log | None = None
    equations: list[str] = field(default_factory=list)


# How a story writes an amount of an equation: with its unit, which the token knows.
Said = Callable[[Equation, int], str]


def plainly(equation: Equation, value: int) -> str:
    return str(value)


def findings(
    equations: list[Equation], causes: list[RootCause], unexplained: int, said: Said = plainly
) -> list[Finding]:
    """The breaks of a run.

    1. Each unexplained log is a root cause; ``unexplained`` is the supply they leave together.
    2. What is left of the chain/register difference is one break of its own, whichever equations it moves.
    3. What neither explains is one break per kind of equation.
    """
    active = [cause for cause in causes if cause.active]
    found = {cause.key: _of_cause(cause) for cause in causes}
    drift = next((eq.difference for eq in equations if eq.name == "chain.register"), 0)
    rest: dict[Break.Kind, list[tuple[Equation, int]]] = defaultdict(list)
    for equation in equations:
        if equation.holds:
            continue
        if (equation.undue and unexplained) or equation.name == "supply.undue":
            for cause in active:
                found[cause.key].equations.append(equation.name)
        if equation.name == "supply.undue":
            continue
        if equation.kind == Break.Kind.RESERVE_ITEM:
            found |= _of_items(equation, said)
            continue
        if equation.name == "reserve.backing" and _told_by_items(equation, found):
            continue
        if equation.drift and drift:
            rest[Break.Kind.CHAIN_REGISTER_MISMATCH].append((equation, drift))
        residue = equation.difference - equation.undue * unexplained - equation.drift * drift
        if residue:
            rest[equation.kind].append((equation, residue))
    return [*found.values(), *(_of_kind(kind, parts, said) for kind, parts in rest.items())]


def _of_items(equation: Equation, said: Said) -> dict[str, Finding]:
    """One break for each item, named by it."""
    kind, made = Break.Kind.RESERVE_ITEM, {}
    for item, units in equation.detail.items():
        of = said(equation, abs(int(units)))
        if int(units) > 0:
            story = f"{item}: {of} behind the token, not on its vault's latest list."
        else:
            story = f"{item}: its vault's latest list has {of} more than is behind the token."
        made[f"{kind}:{item}"] = Finding(kind, f"{kind}:{item}", int(units), "minor", story, None, [equation.name])
    return made


def _told_by_items(equation: Equation, found: dict[str, Finding]) -> bool:
    """A shortfall that missing items make by themselves is their evidence, and no break of its own."""
    items = [one for one in found.values() if one.kind == Break.Kind.RESERVE_ITEM and one.units > 0]
    if sum(one.units for one in items) < equation.left:
        return False
    for one in items:
        one.equations.append(equation.name)
    return True


def _of_cause(cause: RootCause) -> Finding:
    units = cause.units if cause.active else cause.made
    return Finding(cause.kind, cause.key, units, "units", cause.story, cause.log)


def _of_kind(kind: Break.Kind, parts: list[tuple[Equation, int]], said: Said) -> Finding:
    first, amount = next((part for part in parts if part[0].name == "chain.register"), parts[0])
    names = list(dict.fromkeys(equation.name for equation, _ in parts))
    told = "; ".join(_sides(equation, said) for equation, _ in parts)
    return Finding(kind, str(kind), amount, first.unit, f"{kind.label}: {told}.", None, names)


def _sides(equation: Equation, said: Said) -> str:
    """Of what must be at most something the two quantities: the sides themselves only count what is short."""
    most = equation.detail.get("listed", equation.detail.get("eligible"))
    left, right = (equation.detail["needed"], most) if most is not None else (equation.left, equation.right)
    return f"{equation.words}: {said(equation, int(left))} against {said(equation, int(right))}"


def breaks_record(*, run: Run, found: list[Finding], results: dict[str, EquationResult]) -> list[Break]:
    """Open or meet again each finding's break; one that disturbs nothing any more is opened once and not met again."""
    seen = []
    for finding in found:
        met = _meet(run, finding)
        if met is not None:
            seen.append(met)
            Sighting.objects.create(found=met, run=run, units=finding.units, unit=finding.unit, story=finding.story)
            BreakEvidence.objects.bulk_create(
                BreakEvidence(found=met, equation=results[name]) for name in finding.equations
            )
    return seen


def _meet(run: Run, finding: Finding) -> Break | None:
    known = Break.objects.filter(token=run.token, key=finding.key)
    old = known.filter(state=Break.State.OPEN).first() or (known.first() if finding.log else None)
    if old is None:
        return Break.objects.create(
            token=run.token,
            kind=finding.kind,
            key=finding.key,
            units=finding.units,
            unit=finding.unit,
            tx_hash=finding.log.tx_hash if finding.log else None,
            log=finding.log,
            story=finding.story,
            opened_by=run,
            last_seen=run,
        )
    if not finding.equations or old.state == Break.State.CLOSED:
        return None
    old.units, old.story, old.last_seen = finding.units, finding.story, run
    old.save(update_fields=["units", "story", "last_seen"])
    return old
