"""The case `bill`: an 84-day treasury bill from legal authority to redemption, with one sabotage on the way."""

from __future__ import annotations

from tokenization.rehearsal.driver import Phase
from tokenization.rehearsal.phases import (
    allotment,
    authority,
    contracts,
    investors,
    payees,
    redemption,
    sabotage,
    settlement,
    statement,
)

PHASES: list[tuple[str, Phase]] = [
    ("Authority, envelope, programme", authority.enact),
    ("Series and term sheet", authority.series),
    ("Contracts deployed and wired", contracts.deploy),
    ("Token of the series", contracts.tokenise),
    ("Investors and wallets", investors.onboard),
    ("Tax rates, tax statuses, bank accounts", payees.enrol),
    ("Allotment at a fixed price", allotment.allot),
    ("Cash confirmed, issue approved by two houses", settlement.pay),
    ("Immobilised, minted, delivered", settlement.mint),
    ("A KYC lapses between confirmation and mint", sabotage.lapse),
    ("Sabotage: a raw key mints past the platform", sabotage.undue),
    ("Undue units annulled, break closed by two", sabotage.annul),
    ("Undeliverable leg withdrawn and refunded", sabotage.withdraw),
    ("Control: the same raw mint reverts", sabotage.control),
    ("Sabotage: the depository's statement one unit short", statement.one_unit_short),
    ("Secondary transfer, a lapsed holder keeps", redemption.transfer),
    ("Maturity and record block", redemption.record),
    ("Redeemed, paid, extinguished", redemption.redeem),
]
