"""What the units of a reserve token may stand on, as a run saw it: by the vaults' lists and by the examiner's word.

After the end of an attestation its figures are the last attested: they are still told, and nothing is broken by that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from custody.reconciliation.models import Observation, Run, Source
from custody.reserves.kinds import KINDS
from tokenization.kernel.writing import when


@dataclass(frozen=True)
class Standing:
    """Quantities in the smallest unit of the measure. `number` is 0 and `ends` None while nothing was ever attested."""

    commodity: str
    number: int
    ends: datetime | None
    ended: bool
    margin_bps: int
    needed: int
    listed: int
    attested: int
    held: int
    set_aside: int

    @property
    def free(self) -> int:
        """The lower of what the lists show and what is attested and not held against."""
        return max(min(self.listed, self.attested - self.held), 0)

    @property
    def margin(self) -> int:
        return self.free - self.free * (10_000 - self.margin_bps) // 10_000

    @property
    def eligible(self) -> int:
        return self.free - self.margin + self.set_aside

    @property
    def room(self) -> int:
        return self.eligible - self.needed

    @property
    def named(self) -> str:
        """Examiner's attestation No. 3 of gold."""
        return attestation_named(self.number, self.commodity)

    @property
    def exposed(self) -> bool:
        """Units are outstanding on what nobody attests now."""
        return bool(self.needed and self.words)

    @property
    def words(self) -> str:
        """Since when nobody attests the backing any more; empty while the attestation is in force."""
        if not self.number:
            return f"The {self.commodity} was never attested: no unit is issued on it."
        if not self.ended:
            return ""
        if not self.needed:
            return f"{self.named} ended on {when(self.ends)}, and no unit needs it; no new unit is issued."
        carries = "carries" if self.room >= 0 else "does not carry"
        return (
            f"Backing is not attested since {when(self.ends)}, when {_small(self.named)} ended. "
            f"What it last attested {carries} what the units need; no new unit is issued."
        )


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]


def attestation_named(number: int, measure: str) -> str:
    """By the commodity's code or its word."""
    kind = KINDS.get(measure)
    return f"Examiner's attestation No. {number} of {kind.words if kind else measure}"


def standing(run: Run, seen: Iterable[Observation], now: datetime | None = None) -> Standing | None:
    """From the run's own observations; `now` when an attestation may have ended since. None where no reserve backs."""
    by = {(row.source, row.name): int(row.value) for row in seen}
    if (Source.VAULT, "items behind it") not in by or (Source.ATTESTATION, "attestation") not in by:
        return None
    word = {name: value for (source, name), value in by.items() if source == Source.ATTESTATION}
    series = run.token.series
    ends = datetime.fromtimestamp(word["attestation ends"], UTC) if word["attestation"] else None
    return Standing(
        commodity=KINDS[series.currency].words,
        number=word["attestation"],
        ends=ends,
        ended=ends is not None and ends <= max(now or run.block_time, run.block_time),
        margin_bps=series.margin_bps,
        needed=by[Source.REGISTER, "backing needed"],
        listed=by[Source.VAULT, "items behind it"],
        attested=word["attested"],
        held=word["held against it"],
        set_aside=word.get("set aside for burns", 0),
    )
