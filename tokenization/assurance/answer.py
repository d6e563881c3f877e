"""The answer to the one question, in one sentence: right at which block, or what is not, since when, and its story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse

from custody.reconciliation.cash import NO_FILES
from custody.reconciliation.models import Break, Run
from custody.reconciliation.standing import Standing, standing
from custody.reconciliation.words import observed, sides
from custody.tokenisation.models import TokenContract
from tokenization.assurance.backing import backing
from tokenization.assurance.standing import dated
from tokenization.assurance.stories import age
from tokenization.theme import figures

# What a reader asks first of each token, each leading to its rows; the cash of a currency once, with its own token.
FIGURES = (
    ("Units in the contract", "CHAIN", "total supply"),
    ("Units in the register", "REGISTER", "positions"),
    ("Blocked at the registry", "REGISTRY", "immobilised"),
    ("What the units need", "REGISTER", "backing needed"),
    ("On the vault's list", "VAULT", "items behind it"),
    ("Attested by the examiner", "ATTESTATION", "attested"),
    ("Held against it", "ATTESTATION", "held against it"),
    ("Attestation ends", "ATTESTATION", "attestation ends"),
)
OF_CASH = (("On the settlement account", "CASH", "settlement account"), ("Owed for cash tokens", "CASH", "cash tokens"))


# Figures of backing say from which list or attestation they come.
DATED = {"items behind it": "VAULT", "attested": "ATTESTATION"}


def figures_of(run: Run, now: datetime) -> list[dict[str, str]]:
    """The figures of a run that answer by themselves, as facts with links."""
    seen = {(row.source, row.name): row for row in run.observations.all()}
    told = dated(run, seen.values(), now)
    wanted = FIGURES + (OF_CASH if run.token.is_cash else ())
    return [
        {
            "label": label,
            "value": observed(seen[source, name], run.token),
            "href": reverse("assurance:figure", args=[seen[source, name].pk]),
            "note": told.get(DATED.get(name, ""), ""),
        }
        for label, source, name in wanted
        if (source, name) in seen
    ]


@dataclass(frozen=True)
class Fault:
    """What is not right: whose, what, since when and where its story is."""

    words: str
    since: str
    href: str


@dataclass(frozen=True)
class Answer:
    """`right` is None while nothing was compared. `notes`: what is no fault and ought to be known.

    `unattested`: whose backing no examiner attests any more. The supply may be right all the same.
    """

    right: bool | None
    sentence: str
    faults: list[Fault]
    notes: list[str]
    unattested: list[str] = field(default_factory=list)

    @property
    def tone(self) -> str:
        if self.right and self.unattested:
            return "warning"
        return {True: "success", False: "error", None: "warning"}[self.right]


def answer(
    latest: Sequence[Run], unseen: Sequence[TokenContract], open_breaks: Sequence[Break], now: datetime
) -> Answer:
    """From the latest run of each token and the open breaks; says how old the comparison is."""
    if not latest:
        return Answer(None, "Nothing can be said yet: no record was compared with another.", [], [])
    faults = [fault for run in latest if not run.green for fault in _of_run(run, open_breaks, now)]
    faults += _uncovered(latest)
    ended = [(run, stands) for run in latest if (stands := _not_in_force(run, now))]
    unattested = [_unattested(run, stands) for run, stands in ended if stands.exposed]
    notes = [_unattested(run, stands) for run, stands in ended if not stands.exposed]
    notes += _waiting(latest, open_breaks, now)
    notes += [f"{token.name}, {token.code}, was never compared yet." for token in unseen]
    if faults:
        one = "1 thing is" if len(faults) == 1 else f"{len(faults)} things are"
        return Answer(False, f"The supply is not right {_where(latest, now)}: {one} amiss.", faults, notes, unattested)
    return Answer(True, f"The supply is right {_where(latest, now)}: {_agreed(latest, now)}.", [], notes, unattested)


def _where(latest: Sequence[Run], now: datetime) -> str:
    """The block, or the two between which the runs lie; the oldest comparison tells the age of the whole."""
    first, last = (pick(latest, key=lambda run: run.block_number) for pick in (min, max))
    if first.block_number == last.block_number:
        block = f"at block {figures.units(last.block_number)} ({figures.short(last.block_hash)}, "
        block += f"{figures.when(last.block_time)})"
    else:
        block = f"at blocks {figures.units(first.block_number)} to {figures.units(last.block_number)} "
        block += f"({figures.when(first.block_time)} to {figures.when(last.block_time)})"
    return f"{block}, compared on {figures.when(min(run.at for run in latest))}"


def _agreed(latest: Sequence[Run], now: datetime) -> str:
    """Which records agree, for how many securities."""
    securities = [run for run in latest if not run.token.is_cash]
    reserves = [run for run in securities if run.token.series.is_reserve]
    counted = f"all {len(securities)} securities" if len(securities) != 1 else f"{securities[0].token.code}"
    parts = [f"registry = chain = register for {counted}"] if securities else []
    if reserves:
        told = " and in the examiner's attestation"
        ended = [(run, stands) for run in reserves if (stands := _not_in_force(run, now)) and stands.exposed]
        if ended:
            named = (f"{run.token.code} {_since(stands)}" for run, stands in ended)
            told = f", which is not attested for {', '.join(named)}"
        parts.append(f"every reserve unit has its backing on the vault's list{told}")
    if any(run.token.is_cash for run in latest) or any(_saw_cash(run) for run in securities):
        silent = f" (bank statement: {NO_FILES})" if any(_no_bank(run) for run in latest) else ""
        parts.append(f"the settlement account and the claims on it agree{silent}")
    return "; ".join(parts)


def _no_bank(run: Run) -> bool:
    """The bank's own files were not there to be compared with."""
    return any(words.startswith("bank statement: ") for words in run.skipped)


def _saw_cash(run: Run) -> bool:
    return bool(run.equations.filter(name="cash.account").exists())


def _of_run(run: Run, open_breaks: Sequence[Break], now: datetime) -> list[Fault]:
    """The breaks that a red run saw; the equations themselves where no break names them."""
    seen = [row for row in open_breaks if row.token_id == run.token_id and row.last_seen_id == run.pk]
    if seen:
        return [_of_break(row, now) for row in seen]
    href = reverse("assurance:run", args=[run.pk])
    return [
        Fault(f"{run.token.code}: {row.words}: {' against '.join(sides(row, run.token)[:2])}",
              f"in run {run.pk}", href)
        for row in run.equations.filter(holds=False).order_by("pk")
    ]  # fmt: skip


def _of_break(row: Break, now: datetime) -> Fault:
    href = reverse("assurance:break", args=[row.pk])
    since = f"since {figures.when(row.opened_by.at)}, {age(row, now)}"
    return Fault(f"{row.token.name}, {row.token.code}: {row.get_kind_display()}", since, href)


def _uncovered(latest: Sequence[Run]) -> list[Fault]:
    """Cash tokens that no money stands behind: the equations hold by naming them, and they are a fault all the same."""
    found = ((run, backing(run)) for run in latest)
    return [
        Fault(f"{run.token.code}: {told.words}", f"in run {run.pk}", reverse("assurance:run", args=[run.pk]))
        for run, told in found
        if told is not None and not told.whole
    ]


def _not_in_force(run: Run, now: datetime) -> Standing | None:
    """What a reserve stands on, where no attestation of it is in force."""
    found = standing(run, run.observations.all(), now)
    return found if found is not None and found.words else None


def _since(found: Standing) -> str:
    return f"since {figures.when(found.ends)}" if found.ends else "yet"


def _unattested(run: Run, found: Standing) -> str:
    """No fault of supply, and the end of new units."""
    return f"{run.token.name}, {run.token.code}: {found.words}"


def _waiting(latest: Sequence[Run], open_breaks: Sequence[Break], now: datetime) -> list[str]:
    """Breaks that the latest run no longer sees: what they told of is over, two persons have yet to close them."""
    last = {run.token_id: run.pk for run in latest}
    rows = [row for row in open_breaks if row.last_seen_id != last.get(row.token_id)]
    return [
        f"Break {row.pk} of {row.token.code} is no longer seen and waits to be closed by two ({age(row, now)})."
        for row in rows
    ]
