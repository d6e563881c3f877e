"""All settlements of what was allotted of a series, opened in one step: so that nobody waits for a single one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from custody.settlement.models import SettlementInstruction
from custody.settlement.selectors import allotments_unopened
from custody.settlement.services.opening import settlement_open
from custody.tokenisation.models import TokenContract, Wallet
from issuance.allotment.models import Allotment
from issuance.series.models import Series
from tokenization.identity.models import Party, User
from tokenization.identity.roles import Power, require_power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows


@dataclass(frozen=True)
class Opened:
    """What was opened, and whose purchase waits for a wallet on chain."""

    settlements: list[SettlementInstruction]
    without_wallet: list[Party]


@transaction.atomic
def settlements_open(*, series: Series, rail: str, actor: User, now: datetime) -> Opened:
    """Open the settlement of every allotment of the series that has none, each into its party's wallet on chain.

    1. Refused when the series has no token, or nothing of it waits to be opened.
    2. A party without a registered wallet is left out and named; opening again later takes it in.
    3. Refused when that leaves nobody. Each is opened as settlement_open does it.
    """
    require_power(actor, Power.ISSUE_DRAFT)
    if not TokenContract.objects.filter(series=series).exists():
        raise Refused(
            f"{series.isin} has no token yet.",
            field="series",
            rule="tokenised first",
            next_step="Propose to tokenise it; settlements are opened after that.",
        )
    wanted = allotments_unopened().filter(series=series)
    _, rows = lock_rows(TokenContract.objects.filter(series=series), Allotment.objects.filter(pk__in=wanted))
    if not rows:
        raise Refused(f"Nothing of {series.isin} waits to be opened.", field="series", rule="allotted, not opened")
    opened, without = [], []
    for row in Allotment.objects.filter(pk__in=[row.pk for row in rows]).select_related("party").order_by("pk"):
        wallet = _wallet(row.party)
        if wallet is None:
            without.append(row.party)
            continue
        opened.append(settlement_open(allotment=row, wallet=wallet, actor=actor, now=now, rail=rail))
    if not opened:
        raise Refused(
            f"No buyer of {series.isin} has a wallet on chain.",
            field="series",
            rule="a registered wallet",
            next_step="Compliance registers the wallets, under “Register wallets on chain”.",
        )
    return Opened(opened, without)


def _wallet(party: Party) -> Wallet | None:
    """The party's first wallet that is on chain today."""
    mine = Wallet.objects.filter(holders__party=party, holders__valid_until=None, chain_state="REGISTERED")
    return mine.order_by("pk").first()
