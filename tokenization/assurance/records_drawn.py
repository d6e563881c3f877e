"""What each record showed, run by run, as one drawing: where the lines lie upon each other the records agree."""

from __future__ import annotations

from collections.abc import Callable

from custody.reconciliation.models import Observation, Run
from custody.reconciliation.words import figure
from custody.tokenisation.models import TokenContract
from tokenization.kernel.money import minor_digits
from tokenization.theme import figures
from tokenization.theme.charts import Chart, compact, lines

SHOWN = 40
SUPPLY = {
    ("CHAIN", "total supply"): "contract",
    ("REGISTER", "positions"): "register",
    ("REGISTRY", "immobilised"): "blocked at the registry",
}
RESERVE = {
    ("REGISTER", "backing needed"): "what the units need",
    ("VAULT", "items behind it"): "on the vault's list",
    ("ATTESTATION", "eligible"): "attested, less what is held back",
}


def drawn(token: TokenContract) -> list[Chart]:
    """Supply over the latest runs; for a reserve also what backs it."""
    runs = list(Run.objects.filter(token=token).order_by("-pk")[:SHOWN])[::-1]
    found = [_drawn(token, runs, "supply", "Units by record, run by run", SUPPLY, "units")]
    if not token.is_cash and token.series.is_reserve:
        found.append(_drawn(token, runs, "backing", "Reserve behind the units, run by run", RESERVE, "minor"))
    return [chart for chart in found if chart is not None]


def _drawn(
    token: TokenContract, runs: list[Run], key: str, title: str, records: dict[tuple[str, str], str], unit: str
) -> Chart | None:
    names = {name for _, name in records}
    rows = Observation.objects.filter(run__in=runs, name__in=names).values_list("run", "source", "name", "value")
    seen = {(run, (source, name)): int(value) for run, source, name, value in rows}
    values = {said: [seen.get((run.pk, record)) for run in runs] for record, said in records.items()}
    digits = minor_digits(token.currency) if unit == "minor" or token.is_cash else 0
    return lines(
        f"{key}-{token.pk}",
        title,
        [f"block {figures.units(run.block_number)}" for run in runs],
        values,
        head="Block",
        exact=lambda value: figure(value, unit, token),
        short=lambda value: compact(value, digits),
        words=_words(values, len(runs), lambda value: figure(value, unit, token)),
    )


def _words(values: dict[str, list[int | None]], runs: int, said: Callable[[int], str]) -> str:
    latest = {name: line[-1] for name, line in values.items() if line}
    told = ", ".join(f"{name} {said(value)}" for name, value in latest.items() if value is not None)
    return f"In the latest of {runs} runs: {told}."
