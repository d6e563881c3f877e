"""How much of the cash tokens is backed by money, as a run saw it; by what the rest is carried, and what ends that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from custody.reconciliation.models import Observation, Run, Source
from tokenization.theme import figures

CARRIED = ("recoverable", "returned, to be burned")


@dataclass(frozen=True)
class Backing:
    """Of one run of a cash token. `words` name both parts; `reasons` the events, each with since when."""

    whole: bool
    words: str
    reasons: tuple[str, ...]
    next_step: str


def backing(run: Run) -> Backing | None:
    """None for what is not cash, and for a run that has not seen the journal."""
    if not run.token.is_cash:
        return None
    seen = {row.name: row for row in run.observations.filter(source=Source.CASH)}
    if "cash tokens" not in seen:
        return None
    tokens, currency = int(seen["cash tokens"].value), run.token.currency
    waits, back = (max(-int(seen[name].value), 0) if name in seen else 0 for name in CARRIED)
    backed = tokens - waits - back
    share = f" ({figures.percent(_share(backed, tokens))})" if tokens else ""
    words = f"{figures.money(backed, currency)} of {figures.money(tokens, currency)} in cash tokens{share} have money "
    words += "behind them on the settlement account."
    if not waits and not back:
        return Backing(True, words, (), "")
    events = (seen[CARRIED[0]].detail if waits else {}).items()
    reasons = [
        f"{figures.money(int(minor), currency)}: {event}, paid by bank in place of tokens" for event, minor in events
    ]
    if back:
        reasons.append(f"{figures.money(back, currency)}: back in the treasury's wallet, not yet burned")
    return Backing(False, words, tuple(reasons), _next(waits, back))


def _share(backed: int, tokens: int) -> Decimal:
    """In percent, never rounded up: what is not whole does not read as 100."""
    return (Decimal(backed) * 100 / tokens).quantize(Decimal("0.01"), ROUND_DOWN)


def _next(waits: int, back: int) -> str:
    steps = []
    if waits:
        steps.append(
            "The paying agent gives back what it did not pay, by itself; where it does not within a day, the operator "
            "looks at the event's transactions. What it paid as well, the holders owe."
        )
    if back:
        steps.append("Two persons approve the burn of what came back; the fiscal agent names the bank's run.")
    return " ".join(steps)


def unbacked(runs: Iterable[Run]) -> set[int]:
    """Those of the runs of cash that saw tokens without money behind them."""
    cash = [run.pk for run in runs if run.token.is_cash]
    rows = Observation.objects.filter(run__in=cash, source=Source.CASH, name__in=CARRIED, value__lt=0)
    return set(rows.values_list("run_id", flat=True))
