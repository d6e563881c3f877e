"""The case `market`: a bill and a bond from their auctions to their last payment."""

from __future__ import annotations

from tokenization.rehearsal.driver import Phase
from tokenization.rehearsal.market import auctions, delivery, mandate, money, servicing, trade, withdrawal
from tokenization.rehearsal.phases import authority, contracts

PHASES: list[tuple[str, Phase]] = [
    ("Authority, envelope, programme", authority.enact),
    ("A bill and a bond", mandate.series),
    ("Contracts deployed and wired", contracts.deploy),
    ("Tokens of both", mandate.tokenise),
    ("Dealers, investors and wallets", mandate.onboard),
    ("Settlement cash and the treasury's wallet", money.cash),
    ("Bill auction: more taken than announced", auctions.bill),
    ("Bond auction: a tie shared", auctions.bond),
    ("Reopening: all bids rejected", auctions.rejected),
    ("Settlement day: the bank's file matched", delivery.money_in),
    ("Units against cash on chain", delivery.against_cash),
    ("Proceeds swept; the unpaid lapse", delivery.lapse_and_sweep),
    ("Secondary trade between two", trade.bond),
    ("Tax rates, statuses, bank accounts", servicing.payees),
    ("Bill redeemed: the node is down on payment day", servicing.redeem_bill),
    ("First coupon: a break is open", servicing.first_coupon),
    ("The leg that never entered, refunded", withdrawal.refunded),
    ("Second coupon: two lapsed holders", servicing.second_coupon),
    ("Third to fifth coupon", servicing.further_coupons),
    ("Last coupon and redemption of the bond", servicing.redeem_bond),
]
