"""What a run would see of a token in order, figure by figure; no database is read."""

from __future__ import annotations

from collections.abc import Mapping

from custody.reconciliation.equations import Equation, Observations, Observed
from custody.reconciliation.models import Source
from custody.reconciliation.services import equations

Key = tuple[str, str]
WORD = {"attestation": 3, "attested": 690, "held against it": 10, "attestation ends": 1_800_000_000, "eligible": 673}
SEEN: dict[Key, int] = {
    ("CHAIN", "total supply"): 100, ("CHAIN", "issued"): 150, ("CHAIN", "redeemed"): 40, ("CHAIN", "annulled"): 10,
    ("CHAIN", "balances"): 100, ("CHAIN", "frozen"): 5, ("CHAIN", "confirmed"): 180, ("CHAIN", "withdrawn"): 20,
    ("REGISTER", "positions"): 100, ("REGISTER", "frozen"): 5, ("REGISTER", "explained supply"): 100,
    ("REGISTER", "undue units"): 0, ("REGISTER", "issued"): 150, ("REGISTER", "annulled"): 10,
    ("INSTRUCTIONS", "issued"): 150, ("INSTRUCTIONS", "not yet minted"): 30, ("INSTRUCTIONS", "not yet released"): 15,
    ("INSTRUCTIONS", "withdrawn"): 5, ("INSTRUCTIONS", "cap not yet raised"): 12, ("INSTRUCTIONS", "cap reduced"): 8,
    ("REGISTRY", "immobilised"): 160, ("REGISTRY", "confirmed"): 180, ("REGISTRY", "immobilised at statement"): 16_000,
    ("STATEMENT", "outstanding"): 20_000, ("STATEMENT", "conventional"): 4_000, ("STATEMENT", "immobilised"): 16_000,
    ("CASH", "settlement account"): 900, ("CASH", "unswept"): 700, ("CASH", "suspense"): 50,
    ("CASH", "set aside for holders"): 25, ("CASH", "cash tokens"): 100, ("CASH", "burned, not yet paid"): 30,
    ("CASH", "tax withheld"): 12, ("CASH", "unclaimed"): 8, ("CASH", "recoverable"): -20,
    ("CASH", "returned, to be burned"): -5, ("CASH", "paid settlements"): 600,
    ("CASH", "credited, not yet minted"): 100, ("CASH", "items in suspense"): 50, ("CASH", "pay-outs owed"): 30,
    ("CASH", "on chain, not yet booked"): 0, ("REGISTER", "backing needed"): 650,
    ("REGISTER", "items behind it"): 700, ("VAULT", "items behind it"): 700,
    ("ATTESTATION", "set aside for burns"): 0,
    **{(source, name): value for source in ("ATTESTATION", "CHAIN") for name, value in WORD.items()},
}  # fmt: skip
PARTS: dict[Key, Mapping[str, str]] = {
    ("CHAIN", "balances"): {"0xa": "60", "0xb": "40"},
    ("REGISTER", "positions"): {"0xa": "60", "0xb": "40"},
    ("CHAIN", "frozen"): {"0xa": "5"},
    ("REGISTER", "frozen"): {"0xa": "5"},
    ("REGISTER", "items behind it"): {"REFINER/1/2020": "400", "REFINER/2/2020": "300"},
    ("VAULT", "items behind it"): {"REFINER/1/2020": "400", "REFINER/2/2020": "300"},
}


def seen(
    changes: Mapping[Key, int] | None = None,
    parts: Mapping[Key, Mapping[str, str]] | None = None,
    without: tuple[str, ...] = (),
) -> Observations:
    """The figures in order, `changes` added to them, with other `parts`, `without` some sources."""
    told = {**PARTS, **(parts or {})}
    more = changes or {}
    return Observations(
        [
            Observed(Source(key[0]), key[1], value + more.get(key, 0), "units", told.get(key, {}))
            for key, value in SEEN.items()
            if key[0] not in without
        ]
    )


def failing(found: Observations) -> dict[str, int]:
    """The equations that do not hold, and by how much."""
    return {row.name: row.difference for row in equations(found) if not row.holds}


def by_name(found: Observations) -> dict[str, Equation]:
    return {row.name: row for row in equations(found)}
