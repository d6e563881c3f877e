"""What is credited, minted, asked for and owed in cash tokens."""

from __future__ import annotations

from django.db.models import QuerySet, Sum

from custody.cash.models import CashBurn, CashMint
from custody.register.models import DisputeEntry, Position
from custody.settlement.services import cash_balance
from custody.tokenisation.models import TokenContract, Wallet
from custody.tokenisation.selectors import treasury_wallet

UNBURNED = (CashBurn.State.REQUESTED, CashBurn.State.BURNING)
OPEN_MINTS = (CashMint.State.CREDITED, CashMint.State.ISSUING, CashMint.State.FAILED)
OPEN_BURNS = (*UNBURNED, CashBurn.State.BURNED)


def free_units(token: TokenContract, wallet: Wallet) -> int:
    """What the wallet holds by the register, undisputed, less what it asked to burn already."""
    held = Position.objects.filter(token=token, account=wallet.address).values_list("units", flat=True).first() or 0
    rows = DisputeEntry.objects.filter(token=token, wallet=wallet.address)
    disputed = rows.aggregate(total=Sum("units"))["total"] or 0
    asked = CashBurn.objects.filter(token=token, wallet=wallet, state__in=UNBURNED)
    return max(int(held) - int(disputed) - int(asked.aggregate(t=Sum("amount_minor"))["t"] or 0), 0)


def payable_units(token: TokenContract, wallet: Wallet) -> int:
    """What of it may be turned into money. Of the treasury's wallet only what is its own, if the register agrees."""
    free, own = free_units(token, wallet), treasury_wallet()
    return free if own is None or own.pk != wallet.pk else min(free, treasury_minor(token))


def treasury_minor(token: TokenContract) -> int:
    """What the journal calls the treasury's own in its wallet, less what is on its way out of it: to be swept or to be
    set aside. The rest is set aside already, or came back after bank rails had paid in its place.

    Whoever takes some of it holds the lock of the token's row.
    """
    # What leaves is read first: paid out between the two it is taken off twice, and never not at all.
    leaving = _total(
        CashBurn.objects.filter(token=token, wallet=treasury_wallet(), recovers=False, state__in=OPEN_BURNS)
    )
    return max(cash_balance("TREASURY_TOKEN", token.currency) - leaving, 0)


def recovery_due(token: TokenContract) -> int:
    """What came back to be burned without a pay-out, and is in no burn yet."""
    burning = _total(CashBurn.objects.filter(token=token, recovers=True, state__in=OPEN_BURNS))
    return cash_balance("RETURNED", token.currency) - burning


def _total(burns: QuerySet[CashBurn]) -> int:
    return int(burns.aggregate(total=Sum("amount_minor"))["total"] or 0)


def burns_asked(wallet: Wallet) -> int:
    """How many pay-outs of the wallet were asked for so far, whatever became of them."""
    return CashBurn.objects.filter(wallet=wallet).count()


def mints_to_confirm(token: TokenContract | None = None) -> QuerySet[CashMint]:
    """The fiscal agent's list: credited, approved by two houses, not yet signed; or to be signed again."""
    rows = CashMint.objects.filter(state__in=(CashMint.State.CREDITED, CashMint.State.FAILED))
    waiting = rows.filter(confirm_instruction__state="DRAFT", confirm_instruction__registry_confirmation__isnull=True)
    found = waiting.exclude(issue_instruction__state="DRAFT").select_related(
        "issue_instruction", "confirm_instruction", "wallet", "token"
    )
    return (found if token is None else found.filter(token=token)).order_by("pk")


def mints_open() -> QuerySet[CashMint]:
    return CashMint.objects.filter(state__in=OPEN_MINTS).select_related("token", "wallet").order_by("pk")


def burns_open() -> QuerySet[CashBurn]:
    return CashBurn.objects.filter(state__in=OPEN_BURNS).select_related("token", "wallet", "party").order_by("pk")
