"""The equations of supply, computed from stored observations alone: an old run gives the same answer for ever.

Each equation knows by how much a known root cause moves it, so that one cause is told as one break and not as five.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from custody.reconciliation.models import Break, Source

Kind = Break.Kind


@dataclass(frozen=True)
class Observed:
    """One number of one record; ``detail`` holds its parts, amounts as strings."""

    source: Source
    name: str
    value: int
    unit: str = "units"
    detail: Mapping[str, Any] = field(default_factory=dict)


class Observations:
    """What a run saw, by source and name."""

    def __init__(self, seen: list[Observed]) -> None:
        self.seen = seen
        self._by_name = {(item.source, item.name): item for item in seen}

    def has(self, source: Source, name: str) -> bool:
        return (source, name) in self._by_name

    def __getitem__(self, key: tuple[Source, str]) -> int:
        return self._by_name[key].value

    def parts(self, source: Source, name: str) -> Mapping[str, Any]:
        return self._by_name[source, name].detail


@dataclass(frozen=True)
class Equation:
    """One comparison; ``undue`` and ``drift`` say how unexplained units and a chain/register gap move it."""

    name: str
    words: str
    left: int
    right: int
    kind: Kind
    undue: int = 0
    drift: int = 0
    unit: str = "units"
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def difference(self) -> int:
        return self.left - self.right

    @property
    def holds(self) -> bool:
        return self.difference == 0


def supply_equations(seen: Observations) -> list[Equation]:
    """Chain, bridge, cap and statement, in the order of the report; a statement only where one was seen."""
    made = [*_chain(seen), *_bridge(seen)]
    if seen.has(Source.STATEMENT, "immobilised"):
        made += _statement(seen)
    return made


def _chain(seen: Observations) -> Iterator[Equation]:
    supply = seen[Source.CHAIN, "total supply"]
    counted = seen[Source.CHAIN, "issued"] - seen[Source.CHAIN, "redeemed"] - seen[Source.CHAIN, "annulled"]
    yield Equation(
        "chain.counters", "issued - redeemed - annulled = total supply", counted, supply, Kind.CHAIN_REGISTER_MISMATCH
    )
    balances = seen[Source.CHAIN, "balances"]
    yield Equation("chain.balances", "total supply = sum of balances", supply, balances, Kind.CHAIN_REGISTER_MISMATCH)
    register = seen[Source.REGISTER, "positions"]
    yield Equation("chain.register", "total supply = register", supply, register, Kind.CHAIN_REGISTER_MISMATCH)
    for name, words in (
        ("balances", "every balance = its register position"),
        ("frozen", "every freeze = the register's"),
    ):
        positions = "positions" if name == "balances" else "frozen"
        wrong = differences(seen.parts(Source.CHAIN, name), seen.parts(Source.REGISTER, positions))
        amount = sum(abs(value) for value in wrong.values())
        detail = {wallet: str(value) for wallet, value in wrong.items()}
        yield Equation(f"chain.each.{name}", words, amount, 0, Kind.CHAIN_REGISTER_MISMATCH, detail=detail)
    explained = seen[Source.REGISTER, "explained supply"]
    words = "total supply = what instructions issued, redeemed and annulled"
    yield Equation("supply.explained", words, supply, explained, Kind.CHAIN_REGISTER_MISMATCH, undue=1, drift=1)
    undue = seen[Source.REGISTER, "undue units"]
    yield Equation("supply.undue", "units that no instruction explains = none", undue, 0, Kind.UNDUE_CREATION)
    done, posted = seen[Source.INSTRUCTIONS, "issued"], seen[Source.REGISTER, "issued"]
    yield Equation(
        "instructions.issued", "issue instructions done = issued in the register", done, posted, Kind.BRIDGE_GAP
    )


def _bridge(seen: Observations) -> Iterator[Equation]:
    immobilised = seen[Source.REGISTRY, "immobilised"]
    supply = seen[Source.CHAIN, "total supply"]
    waiting = sum(seen[Source.INSTRUCTIONS, side] for side in ("not yet minted", "not yet released", "withdrawn"))
    yield Equation(
        "bridge",
        "immobilised = total supply + not yet minted + burned or withdrawn, not yet released + annulled",
        immobilised,
        supply + waiting + seen[Source.REGISTER, "annulled"],
        Kind.BRIDGE_GAP,
        undue=-1,
        drift=-1,
    )
    cap = seen[Source.CHAIN, "confirmed"] - seen[Source.CHAIN, "withdrawn"]
    right = (
        seen[Source.REGISTRY, "confirmed"]
        - seen[Source.INSTRUCTIONS, "cap not yet raised"]
        - seen[Source.INSTRUCTIONS, "cap reduced"]
    )
    words = "minting cap on chain = registrar's confirmations - not yet raised - reduced"
    yield Equation("cap", words, cap, right, Kind.CAP_MISMATCH)


def _statement(seen: Observations) -> Iterator[Equation]:
    immobilised = seen[Source.STATEMENT, "immobilised"]
    yield Equation(
        "statement.adds-up",
        "outstanding = conventional + immobilised, in the depository's statement",
        seen[Source.STATEMENT, "outstanding"],
        seen[Source.STATEMENT, "conventional"] + immobilised,
        Kind.REGISTRY_STATEMENT_MISMATCH,
        unit="minor",
    )
    yield Equation(
        "statement.immobilised",
        "immobilised in the statement = confirmations - releases at its instant x denomination",
        immobilised,
        seen[Source.REGISTRY, "immobilised at statement"],
        Kind.REGISTRY_STATEMENT_MISMATCH,
        unit="minor",
    )


def differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, int]:
    """Part by part, those that differ, by how much."""
    both = sorted(left.keys() | right.keys())
    found = {key: int(left.get(key, 0)) - int(right.get(key, 0)) for key in both}
    return {key: value for key, value in found.items() if value}
