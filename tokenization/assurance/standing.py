"""What a reserve's units stand on, for the pages: each figure named, and what was last attested beside the run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from custody.reconciliation.models import EquationResult, Observation, Run, Source
from custody.reconciliation.standing import Standing
from custody.reconciliation.words import AT_MOST, ATTESTATION, as_of, figure, numbered
from custody.tokenisation.models import TokenContract
from tokenization.assurance import stories
from tokenization.theme import figures


def parts_of(row: EquationResult, token: TokenContract, found: Standing | None) -> list[tuple[str, str]]:
    """The parts of an equation; of what units stand on, what is held against it and the margin as well."""
    if row.name in AT_MOST and found is not None:
        return steps(found, token)
    return stories.parts(row, token)


def steps(found: Standing, token: TokenContract) -> list[tuple[str, str]]:
    """From what lies there to the room for new units."""

    def said(value: int) -> str:
        return figure(value, "minor", token)

    told = [("needed", said(found.needed)), ("on the vaults' lists", said(found.listed))]
    if not found.number:
        return [*told, ("held against it", said(found.held)), ("attested", "nothing yet")]
    told += [
        ("last attested" if found.ended else "attested", said(found.attested)),
        ("held against it", said(found.held)),
        (f"margin of {found.margin_bps / 100:g} %", said(found.margin)),
    ]
    if found.set_aside:
        told.append(("set aside for burns", said(found.set_aside)))
    last = " by what was last attested" if found.ended else ""
    return [*told, (f"eligible{last}", said(found.eligible)), (f"room{last}", said(found.room))]


def last_attested(found: Standing | None, token: TokenContract) -> dict[str, object] | None:
    """The comparison with an attestation that has ended: told, and no equation of the run."""
    if found is None or not found.ended:
        return None
    return {
        "words": f"what the units need ≤ last attested - encumbrance - margin ({found.named}, ended)",
        "left": figure(found.needed, "minor", token),
        "sign": "≤" if found.room >= 0 else ">",
        "right": figure(found.eligible, "minor", token),
        "short": "" if found.room >= 0 else figure(-found.room, "minor", token),
        "parts": steps(found, token),
    }


def dated(run: Run, seen: Iterable[Observation], at: datetime) -> dict[str, str]:
    """By source, which list and which attestation a figure of backing comes from, and how old they were."""
    told: dict[str, list[str]] = {}
    for row in seen:
        of_list = row.source == Source.VAULT and row.name.startswith("list of ")
        if not row.detail.get("as_of") or not row.value or not (of_list or row.name == ATTESTATION):
            continue
        named = numbered(int(row.value), run.token) if row.name == ATTESTATION else _list(row)
        told.setdefault(row.source, []).append(f"{named} as of {_old(as_of(row), at)}")
    return {source: "; ".join(words) for source, words in told.items()}


def _list(row: Observation) -> str:
    return f"list {int(row.value)} of {row.name.removeprefix('list of ')}"


def _old(since: datetime, at: datetime) -> str:
    days = (at - since).days
    return f"{figures.day(timezone.localdate(since))}, {days:,} {'day' if days == 1 else 'days'} ago"
