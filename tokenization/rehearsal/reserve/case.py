"""The case `reserve`: gold and stored oil, from the power to dispose of them to bars that leave the vault."""

from __future__ import annotations

from tokenization.rehearsal.driver import Phase
from tokenization.rehearsal.phases import contracts
from tokenization.rehearsal.reserve import mandate, vault

PHASES: list[tuple[str, Phase]] = [
    ("Authority to dispose, envelope, programme", mandate.enact),
    ("Title, consents, lenders' clearance", mandate.series),
    ("Contracts deployed and wired", contracts.deploy),
    ("Tokens with their reserve open", mandate.tokenise),
    ("The keepers' lists", vault.lists),
    ("Bars and tanks put behind their tokens", vault.allocated),
]
