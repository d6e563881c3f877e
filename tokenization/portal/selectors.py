"""What an investor may see. Every queryset here starts from the parties that the signed-in user is a member of."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from custody.register.models import Entry, RegisterCursor
from custody.register.selectors import disputed_positions
from custody.servicing.models import Entitlement
from custody.settlement.models import SettlementInstruction
from custody.tokenisation.models import TokenContract, WalletHolder
from issuance.series.models import Series
from tokenization.identity.models import Party, User


@dataclass(frozen=True)
class Holding:
    """Units of one series in one of the party's wallets, as registered; `disputed` of them are in dispute."""

    series: Series
    token: TokenContract
    party: Party
    wallet: str
    units: int
    disputed: int

    @property
    def face_minor(self) -> int:
        return self.units * self.series.denomination_minor


def parties_of(user: User) -> QuerySet[Party]:
    return Party.objects.filter(members__user=user).order_by("reference").distinct()


def wallets_of(user: User) -> QuerySet[WalletHolder]:
    """The wallets that are the parties' today."""
    return (
        WalletHolder.objects.filter(party__members__user=user, valid_until=None)
        .select_related("wallet", "party")
        .order_by("party__reference", "wallet__address")
        .distinct()
    )


def holdings(user: User) -> list[Holding]:
    """As of the block up to which the register is complete: summed from its entries, so that no later one slips in."""
    cursor = RegisterCursor.objects.first()
    holders = {row.wallet.address: row.party for row in wallets_of(user)}
    if cursor is None or not holders:
        return []
    securities = TokenContract.Purpose.SECURITY
    sums = (
        Entry.objects.filter(account__in=holders, block_number__lte=cursor.block_number, token__purpose=securities)
        .order_by("token__series__isin", "account")
        .values_list("token", "account")
        .annotate(total=Sum("units"))
    )
    found = [(token, account, int(total)) for token, account, total in sums if total]
    tokens = TokenContract.objects.select_related("series").in_bulk({row[0] for row in found})
    disputed = {pk: disputed_positions(token, cursor.block_number) for pk, token in tokens.items()}
    return [
        Holding(tokens[pk].series, tokens[pk], holders[account], account, units, disputed[pk].get(account, 0))
        for pk, account, units in found
    ]


def movements(user: User, limit: int = 200) -> list[Entry]:
    """What went into and out of the party's wallets while they were his, newest first."""
    held = {row.wallet.address: row.valid_from for row in wallets_of(user)}
    entries = Entry.objects.filter(account__in=held).select_related("token__series", "log__block").order_by("-id")
    return [row for row in entries[:limit] if row.log.block.timestamp >= held[row.account]]


def settlements(user: User) -> QuerySet[SettlementInstruction]:
    return (
        SettlementInstruction.objects.filter(allotment__party__members__user=user)
        .select_related("allotment__party", "token__series", "wallet")
        .order_by("-id")
        .distinct()
    )


def entitlements(user: User) -> QuerySet[Entitlement]:
    return (
        Entitlement.objects.filter(party__members__user=user)
        .select_related("event__token__series", "wallet", "payment", "party")
        .order_by("-id")
        .distinct()
    )
