"""Of which figures each side of an equation is the sum, as the verifier of evidence packs has it written down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from custody.reconciliation import words
from custody.reconciliation.evidence.verify_evidence import EQUATIONS
from custody.reconciliation.models import EquationResult, Observation
from custody.tokenisation.models import TokenContract

WHOSE = {
    "REGISTRY": "registrar", "STATEMENT": "depository", "INSTRUCTIONS": "instructions", "REGISTER": "register",
    "CHAIN": "contract", "CASH": "journal", "VAULT": "vault", "ATTESTATION": "examiner",
}  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One figure of a side; `less` when it is taken off."""

    less: bool
    name: str
    words: str
    href: str
    zero: bool


@dataclass(frozen=True)
class Side:
    terms: list[Term]


def named(seen: Observation) -> str:
    """Whose figure it is and what it counts: contract, total supply."""
    return f"{WHOSE[seen.source]}, {words.named(seen)}"


def sides(row: EquationResult, token: TokenContract, seen: Iterable[Observation]) -> list[list[Term]]:
    """The figures of the left and of the right; nothing for an equation that the verifier does not know."""
    by = {f"{one.source}/{one.name}": one for one in seen}
    told = EQUATIONS.get(row.name, ("", ""))
    return [[_term(part, by, token) for part in side.split(";") if part.removeprefix("-") in by] for side in told]


def _term(part: str, by: dict[str, Observation], token: TokenContract) -> Term:
    seen = by[part.removeprefix("-")]
    href = reverse("assurance:figure", args=[seen.pk])
    return Term(part.startswith("-"), named(seen), words.observed(seen, token), href, not seen.value)
