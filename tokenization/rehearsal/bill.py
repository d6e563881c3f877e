"""The case `bill`: an 84-day treasury bill from legal authority to redemption."""

from __future__ import annotations

from tokenization.rehearsal.driver import Phase
from tokenization.rehearsal.phases import allotment, authority, investors

PHASES: list[tuple[str, Phase]] = [
    ("Authority, envelope, programme", authority.enact),
    ("Series and term sheet", authority.series),
    ("Allotment at a fixed price", allotment.allot),
    ("Investors and wallets", investors.onboard),
]
