"""The case `bill`: an 84-day treasury bill from legal authority to redemption."""

from __future__ import annotations

from tokenization.rehearsal.driver import Phase
from tokenization.rehearsal.phases import allotment, authority, contracts, investors

PHASES: list[tuple[str, Phase]] = [
    ("Authority, envelope, programme", authority.enact),
    ("Series and term sheet", authority.series),
    ("Contracts deployed and wired", contracts.deploy),
    ("Token of the series", contracts.tokenise),
    ("Investors and wallets", investors.onboard),
    ("Allotment at a fixed price", allotment.allot),
]
