"""What an investor may see. Every queryset here starts from the parties that the signed-in user is a member of."""

from __future__ import annotations

from django.db.models import QuerySet

from custody.cash.models import CashBurn
from custody.register.models import Entry
from custody.reserves.models import PhysicalRedemption
from custody.servicing.models import Entitlement
from custody.settlement.trades.models import Trade, TradeSide
from custody.tokenisation.models import WalletHolder
from issuance.allotment.models import Allotment
from tokenization.identity.models import Party, User


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


def movements(user: User, limit: int = 200) -> list[Entry]:
    """What went into and out of the party's wallets while they were his, newest first."""
    held = {row.wallet.address: row.valid_from for row in wallets_of(user)}
    entries = Entry.objects.filter(account__in=held).select_related("token__series", "log__block").order_by("-id")
    return [row for row in entries[:limit] if row.log.block.timestamp >= held[row.account]]


def allotments(user: User) -> QuerySet[Allotment]:
    """What was allotted, newest first, with its settlement where one was opened."""
    return (
        Allotment.objects.filter(party__members__user=user)
        .select_related(
            "party", "series", "offer", "bid__auction", "approval", "settlement__wallet", "settlement__cash_entry"
        )
        .order_by("-id")
        .distinct()
    )


def entitlements(user: User) -> QuerySet[Entitlement]:
    return (
        Entitlement.objects.filter(party__members__user=user)
        .select_related(
            "event__token__series", "wallet", "payment__cash_entry", "payment__account", "party", "tax_rule"
        )
        .order_by("-event__payment_date", "-id")
        .distinct()
    )


def trades(user: User) -> QuerySet[Trade]:
    """The trades of which a party of the user is a side, newest first."""
    rows = Trade.objects.filter(sides__party__members__user=user)
    rows = rows.select_related("token__series", "cash", "settled_log", "units_log__block")
    return rows.prefetch_related("sides__party").order_by("-pk").distinct()


def trades_bought(user: User) -> QuerySet[Trade]:
    """The trades in which a party of the user is the buyer, newest first."""
    bought = TradeSide.objects.filter(party__members__user=user, role=TradeSide.Role.BUYER)
    return trades(user).filter(pk__in=bought.values("trade"))


def pay_outs_of(user: User) -> QuerySet[CashBurn]:
    """Settlement cash that the parties of the user asked back, the newest first."""
    rows = CashBurn.objects.filter(party__in=parties_of(user)).select_related("party", "wallet", "token")
    return rows.order_by("-pk")


def deliveries_of(user: User) -> QuerySet[PhysicalRedemption]:
    """Items that the parties of the user asked for, the newest first."""
    rows = PhysicalRedemption.objects.filter(party__in=parties_of(user))
    return rows.select_related("party", "wallet", "token__series", "vault").order_by("-pk")
