"""Which of the sample investors a visitor is told of: one of each kind."""

from __future__ import annotations

from tokenization.rehearsal.market.people import BUYER, DEALERS
from tokenization.rehearsal.people import BUYERS, Investor
from tokenization.rehearsal.reserve.release import FRIEND, SELLER

SAMPLE_INVESTORS: list[Investor] = [BUYERS[0], BUYERS[3], DEALERS[0], DEALERS[6], BUYER, SELLER, FRIEND]
