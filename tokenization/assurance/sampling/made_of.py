"""Which rows each observation of a run is made of. What is not here has no rows of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from custody.reconciliation.callers import CALLERS
from custody.reconciliation.cash import OWED
from custody.reconciliation.models import InFlight, Observation
from custody.reconciliation.observe import NAMES
from tokenization.assurance.sampling import cash, registry, reserve, supply
from tokenization.assurance.sampling.population import Population

Find = Callable[[Observation], Population]
_FLIGHTS: dict[tuple[str, str], Any] = {
    ("INSTRUCTIONS", name): supply.on_the_way(InFlight.Side(side).value) for side, name in NAMES.items()
}
_ATTESTED: dict[tuple[str, str], Any] = {
    (source, name): find
    for source in ("CHAIN", "ATTESTATION")
    for name, find in (
        *((name, reserve.attested) for name in reserve.FIELDS),
        ("held against it", reserve.held),
        ("eligible", reserve.eligible),
    )
}
_JOURNAL: dict[tuple[str, str], Any] = {("CASH", name): cash.legs for name in (*OWED.values(), "settlement account")}
MADE_OF: dict[tuple[str, str], Any] = {
    ("REGISTER", "positions"): supply.positions,
    ("REGISTER", "frozen"): supply.freezes,
    ("REGISTER", "explained supply"): supply.explained,
    ("REGISTER", "issued"): supply.issued,
    ("REGISTER", "annulled"): supply.annulled,
    ("REGISTER", "unexplained supply"): supply.unexplained,
    ("REGISTER", "undue units"): supply.undue,
    ("REGISTER", "items behind it"): reserve.allocated,
    ("REGISTER", "backing needed"): reserve.needed,
    ("CHAIN", "total supply"): supply.supply,
    ("CHAIN", "balances"): supply.balances,
    ("CHAIN", "frozen"): supply.freezes,
    ("CHAIN", "issued"): supply.counted_issued,
    ("CHAIN", "redeemed"): supply.counted_redeemed,
    ("CHAIN", "annulled"): supply.counted_annulled,
    ("CHAIN", "confirmed"): supply.cap("RAISED"),
    ("CHAIN", "withdrawn"): supply.cap("REDUCED"),
    ("CHAIN", "numbers used"): supply.numbers,
    ("CHAIN", CALLERS): supply.callers,
    ("INSTRUCTIONS", "issued"): supply.done,
    ("INSTRUCTIONS", "cap reduced"): supply.cap_reduced,
    ("REGISTRY", "confirmed"): registry.confirmed,
    ("REGISTRY", "immobilised"): registry.immobilised,
    ("REGISTRY", "immobilised at statement"): registry.at_statement,
    **{("STATEMENT", name): registry.statement for name in ("outstanding", "conventional", "immobilised")},
    ("VAULT", "items behind it"): reserve.listed,
    ("ATTESTATION", "set aside for burns"): reserve.set_aside,
    ("CASH", "paid settlements"): cash.settlements,
    ("CASH", "items in suspense"): cash.suspense,
    ("CASH", "credited, not yet minted"): cash.mints,
    ("CASH", "pay-outs owed"): cash.pay_outs,
    ("CASH", "on chain, not yet booked"): cash.between,
    **_FLIGHTS,
    **_ATTESTED,
    **_JOURNAL,
}


def made_of(seen: Observation, account: str = "") -> Population | None:
    """The rows of the figure as the run saw it; of one wallet's position where it is named."""
    if account and (seen.source, seen.name) == ("REGISTER", "positions"):
        return supply.positions(seen, account)
    find: Find | None = MADE_OF.get((seen.source, seen.name))
    if find is None and seen.source == "VAULT" and seen.name.startswith("list of "):
        find = reserve.vault_list
    return find(seen) if find else None
