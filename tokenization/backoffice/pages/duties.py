"""What waits for an officer though nobody has proposed anything yet: money that two records do not agree about, money
that its holder has not got, cash tokens that no money stands behind."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from custody.cash.models import CashBurn
from custody.registries.models import SettlementAccount
from custody.servicing.models import Payment
from custody.servicing.selectors import accounts_of, recoverables, unclaimed
from custody.settlement.statements import open_lines
from tokenization.identity.roles import Power
from tokenization.kernel import clock
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, link, table

SHOWN = 100


@dataclass(frozen=True)
class Duty:
    """What is to be done, of whom, and where it is done; `power` is the one that does it."""

    power: Power
    what: str
    amount: str
    since: str
    href: str


def duties(powers: frozenset[Power]) -> list[Duty]:
    """Those of these powers; the ones of the bank first. Of each kind the oldest, and in one line how many more."""
    found = [*_bank(), *_recoveries(), *_unclaimed()]
    return [duty for duty in found if duty.power in powers]


def duty_table(found: list[Duty]) -> Table:
    rows = ((link(row.what, row.href), Cell(row.amount, numeric=True), row.since) for row in found)
    return table("duties", ("What to do", "#Amount", "Since"), rows, empty="No money waits for you.")


def _bank() -> Iterator[Duty]:
    for account in SettlementAccount.objects.order_by("currency"):
        lines = open_lines(account, clock.now())
        if lines:
            total = sum(abs(line.minor) for line in lines if line.at_the_bank) or sum(abs(x.minor) for x in lines)
            words = f"Settle {figures.units(len(lines))} open {'line' if len(lines) == 1 else 'lines'} with the bank"
            oldest = figures.day(min(line.on for line in lines))
            yield Duty(
                Power.CASH_CONFIRM, words, figures.money(total, account.currency), oldest, reverse("office:bank")
            )


def _recoveries() -> Iterator[Duty]:
    rows = CashBurn.objects.filter(recovers=True, state__in=("REQUESTED", "BURNED"))
    for burn in rows.select_related("token", "instruction").order_by("pk")[:SHOWN]:
        money = figures.money(burn.amount_minor, burn.token.currency)
        since = figures.day(timezone.localdate(burn.requested_at))
        if burn.state == "BURNED":
            words = "Name the bank's run that paid in place of the tokens burned now"
            yield Duty(Power.CASH_CONFIRM, words, money, since, reverse("office:propose", args=["cash-paid"]))
        elif burn.instruction.state == "DRAFT":
            words = "Have the cash tokens burned that came back: the bank has paid in their place"
            yield Duty(Power.CASH_BURN_DRAFT, words, money, since, reverse("office:propose", args=["cash-burn"]))
    for row in recoverables()[:SHOWN]:
        series = row.event.token.series
        words = f"{row.event.title} of {series.isin} was paid by bank: have its cash tokens given back"
        money = figures.money(row.amount_minor, series.payment_currency)
        yield Duty(
            Power.OPERATE,
            words,
            money,
            figures.day(timezone.localdate(row.since)),
            reverse("office:event", args=[row.event.pk]),
        )


def _oldest_unclaimed() -> tuple[list[Payment], Collection[int], int]:
    """The first payments, the parties among their holders who can be paid, and how many payments more there are."""
    rows = unclaimed().order_by("entitlement__event__payment_date", "pk")
    found = list(rows[:SHOWN])
    parties = [row.entitlement.party_id for row in found if row.entitlement.party_id]
    return found, accounts_of(parties, clock.now()).keys(), max(0, rows.count() - SHOWN)


def _unclaimed() -> Iterator[Duty]:
    """The fiscal agent reads all of it: what he pays, and what waits for an account that compliance verifies."""
    rows, payable, more = _oldest_unclaimed()
    run = reverse("office:events") + "#unclaimed"
    for row in rows:
        event = row.entitlement.event
        said = (
            figures.money(row.amount_minor, event.token.series.payment_currency),
            figures.day(event.payment_date),
        )
        about = unclaimed_words(row)
        if row.entitlement.party_id in payable:
            yield Duty(Power.REFUND_DRAFT, f"Pay {about}", *said, reverse("office:propose", args=["unclaimed"]))
            continue
        verify = f"Verify a bank account, so that it can be paid: {about}"
        yield Duty(Power.PAYEE_DRAFT, verify, *said, reverse("office:propose", args=["bank-account"]))
        yield Duty(Power.REFUND_DRAFT, f"Unclaimed, waits for compliance to verify an account: {about}", *said, run)
    if more:
        for power in (Power.REFUND_DRAFT, Power.PAYEE_DRAFT):
            yield Duty(power, f"{figures.units(more)} more payments are unclaimed", "", "", run)


def unclaimed_words(row: Payment) -> str:
    event = row.entitlement.event
    return f"{row.entitlement.party}, {event.title.lower()} of {event.token.series.isin}"


def unclaimed_table(powers: frozenset[Power]) -> Table:
    """By holder and event, oldest first, each with who has to act; a link for who may."""
    rows, payable, more = _oldest_unclaimed()
    return table(
        "unclaimed",
        ("Holder", "Security", "For", "Payable since", "#Amount", "What to do"),
        (
            (
                str(row.entitlement.party),
                row.entitlement.event.token.series.isin,
                row.entitlement.event.title,
                row.entitlement.event.payment_date,
                Cell(
                    figures.money(row.amount_minor, row.entitlement.event.token.series.payment_currency),
                    sort=row.amount_minor,
                ),
                _next_step(powers, row.entitlement.party_id in payable),
            )
            for row in rows
        ),
        caption=f"The oldest {SHOWN} are shown; {figures.units(more)} more are unclaimed." if more else "",
        empty="No money is unclaimed.",
    )


def _next_step(powers: frozenset[Power], payable: bool) -> Cell | str:
    power, name, words = (
        (Power.REFUND_DRAFT, "unclaimed", "The fiscal agent pays it, by two persons")
        if payable
        else (Power.PAYEE_DRAFT, "bank-account", "Compliance verifies a bank account of the holder")
    )
    return link(words, reverse("office:propose", args=[name])) if power in powers else words
