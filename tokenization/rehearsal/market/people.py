"""Who takes part in the rehearsed market: eight dealers, and investors who bid through them or not at all."""

from __future__ import annotations

from tokenization.rehearsal.people import Dealer, Investor

DEALERS = [Dealer(index) for index in range(1, 9)]
# Without the numbers that would make one of them a dealer.
INVESTORS = [Investor(index) for index in range(51, 67) if index % 4]
EVERYBODY: list[Investor] = [*DEALERS, *INVESTORS]
# Allotted in the bill auction, and never pays.
DEFAULTER = DEALERS[7]
# Pays for his bonds, and never lets settlement draw the cash: his leg never enters.
CLOSED_FIST = INVESTORS[2]
# His KYC lapses before the second coupon: his wallet can receive nothing, his bank account can.
LAPSING = INVESTORS[3]
# His KYC lapses too, and no bank account of his is verified: his money waits for him.
UNREACHABLE = INVESTORS[5]
# They deal with each other in the bond.
SELLER, BUYER = DEALERS[0], INVESTORS[0]
