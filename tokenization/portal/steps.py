"""What the investor himself must do next, with the exact figure, where, and what ends when he does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from custody.settlement.models import SettlementInstruction
from custody.tokenisation.selectors import cash_token
from tokenization.identity.models import User
from tokenization.portal.allowance import BEFORE, settlement_contract
from tokenization.portal.selectors import allotments, entitlements
from tokenization.theme.figures import money, units, when
from tokenization.theme.told import told


@dataclass(frozen=True)
class Step:
    """One sentence, and the page that says more."""

    words: str
    href: str


def steps_of(user: User) -> list[Step]:
    """Money to be paid, cash tokens to be allowed, and money that waits for an account; the oldest purchase first."""
    bought = allotments(user).filter(settlement__state__in=BEFORE).order_by("pk")
    return [*(step for row in bought for step in _purchase(row.settlement)), *_unclaimed(user)]


def _purchase(row: SettlementInstruction) -> Iterator[Step]:
    page = reverse("portal:purchase", args=[row.allotment_id])
    said = {
        "amount": money(row.amount_minor, row.currency),
        "reference": row.payment_reference,
        "time": when(row.deliver_by),
    }
    if row.state == SettlementInstruction.State.AWAITING_CASH:
        yield Step(_("Pay %(amount)s through your bank, quoting %(reference)s, before %(time)s.") % said, page)
    cash, contract = cash_token(row.currency), settlement_contract()
    if row.rail == SettlementInstruction.Rail.TOKEN and cash is not None and contract:
        said |= {"units": units(row.amount_minor), "cash": cash.address, "contract": contract}
        yield Step(
            _(
                "For purchase %(reference)s, allow contract %(contract)s to take %(units)s units (%(amount)s) of cash "
                "token %(cash)s out of your wallet before %(time)s, if you have not done so."
            )
            % said,
            page,
        )


def _unclaimed(user: User) -> Iterator[Step]:
    for row in entitlements(user).filter(payment__state="RESERVED").order_by("pk"):
        series = row.event.token.series
        said = {
            "amount": money(row.net_minor, series.payment_currency),
            "title": told(row.event.title),
            "isin": series.isin,
        }
        words = _(
            "%(amount)s (%(title)s of %(isin)s) is kept for you. Give your bank account to the officer who opened your "
            "account here; two persons then pay it out."
        )
        yield Step(words % said, reverse("portal:payment", args=[row.pk]))
