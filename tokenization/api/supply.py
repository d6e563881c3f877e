"""The supply of one series at one final block, from the register's entries."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.indexer.models import Block
from contracts.indexer.selectors import head_lag
from custody.register.models import ANNULLED, CONTRA_ACCOUNTS, ISSUED, REDEEMED, UNEXPLAINED, RegisterCursor
from custody.register.selectors import accounts_as_of, disputed_positions
from custody.tokenisation.models import TokenContract
from tokenization.api.market.selectors import isin_checked
from tokenization.api.problems import Missing
from tokenization.kernel.errors import Unavailable


@dataclass(frozen=True)
class Supply:
    token: TokenContract
    block: Block
    behind: int
    issued: int
    redeemed: int
    annulled: int
    unexplained: int
    disputed: int
    outstanding: int
    holders: int


def supply(isin: str) -> Supply:
    """Refused for what is no ISIN, Missing for one without a token, Unavailable before the register read a block."""
    isin_checked(isin)
    token = TokenContract.objects.select_related("series").filter(series__isin=isin).first()
    if token is None:
        raise Missing(
            f"No security with the ISIN {isin} exists on chain.", field="isin", rule="the series has been tokenised"
        )
    cursor, lag = RegisterCursor.objects.first(), head_lag()
    block = Block.objects.filter(number=cursor.block_number).first() if cursor else None
    if block is None or lag is None:
        raise Unavailable(
            "The register has not read a final block of the chain yet.", next_step="Try again in a minute."
        )
    accounts = accounts_as_of(token, block.number)
    wallets = [units for account, units in accounts.items() if account not in CONTRA_ACCOUNTS]
    return Supply(
        token=token,
        block=block,
        behind=max(lag.head_number - block.number, 0),
        issued=-accounts.get(ISSUED, 0),
        redeemed=accounts.get(REDEEMED, 0),
        annulled=accounts.get(ANNULLED, 0),
        unexplained=-accounts.get(UNEXPLAINED, 0),
        disputed=sum(disputed_positions(token, block.number).values()),
        outstanding=sum(wallets),
        holders=sum(1 for units in wallets if units),
    )
