"""What parties hold as of a block, one line for each party and security, its wallets together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from custody.register.models import Entry
from custody.register.selectors import disputed_positions
from custody.tokenisation.models import TokenContract, WalletHolder
from issuance.series.models import Series
from tokenization.identity.models import Party


@dataclass(frozen=True)
class Holding:
    """Units of one series as registered, in all of the party's wallets; `disputed` of them are in dispute."""

    party: Party
    token: TokenContract
    wallets: tuple[tuple[str, int], ...]
    disputed: int

    @property
    def series(self) -> Series:
        return self.token.series

    @property
    def units(self) -> int:
        return sum(units for _, units in self.wallets)

    @property
    def face_minor(self) -> int:
        return self.units * self.series.denomination_minor


@dataclass(frozen=True)
class Cash:
    """Settlement cash in one wallet, in minor units of its currency."""

    party: Party
    token: TokenContract
    wallet: str
    minor: int


def wallets_at(parties: Iterable[Party], at: datetime | None) -> dict[str, Party]:
    """Whose wallet each address is: today when `at` is None, else at that instant."""
    period = Q(valid_until=None)
    if at is not None:
        period = (period | Q(valid_until__gt=at)) & Q(valid_from__lte=at)
    rows = WalletHolder.objects.filter(period, party__in=parties).select_related("wallet", "party")
    return {row.wallet.address: row.party for row in rows}


def holdings(parties: Iterable[Party], block_number: int, *, at: datetime | None = None) -> list[Holding]:
    """Summed from the register's entries up to the block, so that no later one slips in; by maturity, then party."""
    holders = wallets_at(parties, at)
    found: defaultdict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    for token, account, total in _sums(holders, block_number, TokenContract.Purpose.SECURITY):
        found[token, holders[account].pk].append((account, total))
    tokens = TokenContract.objects.select_related("series").in_bulk({token for token, _ in found})
    disputed = {pk: disputed_positions(token, block_number) for pk, token in tokens.items()}
    return [
        Holding(
            party=holders[wallets[0][0]],
            token=tokens[token],
            wallets=tuple(wallets),
            disputed=sum(disputed[token].get(address, 0) for address, _ in wallets),
        )
        for (token, _), wallets in found.items()
    ]


def cash(parties: Iterable[Party], block_number: int, *, at: datetime | None = None) -> list[Cash]:
    """Settlement cash by wallet and currency as of the block."""
    holders = wallets_at(parties, at)
    sums = _sums(holders, block_number, TokenContract.Purpose.CASH)
    tokens = TokenContract.objects.in_bulk({token for token, _, _ in sums})
    return [Cash(holders[account], tokens[token], account, total) for token, account, total in sums]


def _sums(holders: dict[str, Party], block_number: int, purpose: str) -> list[tuple[int, str, int]]:
    rows = (
        Entry.objects.filter(account__in=holders, block_number__lte=block_number, token__purpose=purpose)
        .order_by("token__series__maturity_date", "token__series__isin", "account")
        .values_list("token", "account")
        .annotate(total=Sum("units"))
    )
    return [(token, account, int(total)) for token, account, total in rows if total]
