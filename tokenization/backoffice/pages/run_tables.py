"""Tables of a payment run: the treasury's money, and who is not paid the ordinary way."""

from __future__ import annotations

from custody.servicing.models import Entitlement, Funding, Payment, ServicingEvent
from custody.servicing.selectors import unclaimed
from tokenization.theme import figures
from tokenization.theme.tables import Table, amount, table

SHOWN = 200


def fundings_table(row: ServicingEvent) -> Table:
    currency = row.token.series.payment_currency
    return table(
        "fundings",
        ("Brought by", "#Amount", "Booked at"),
        (
            (_came_by(part), amount(part.amount_minor, currency), part.cash_entry.at)
            for part in row.fundings.select_related("cash_entry").order_by("pk")
        ),
        empty="The treasury has brought nothing yet.",
    )


def _came_by(part: Funding) -> str:
    return "cash tokens, set aside" if part.medium == Funding.Medium.TOKEN else part.bank_reference


def exceptions_table(row: ServicingEvent) -> Table:
    """Who is not paid the ordinary way, and why."""
    currency = row.token.series.payment_currency
    held = row.entitlements.filter(suspense_minor__gt=0).select_related("party", "wallet").order_by("pk")
    kept = unclaimed().filter(entitlement__event=row).order_by("pk")
    payments = Payment.objects.filter(entitlement__event=row)
    prepared = payments.filter(state="PREPARED", channel="RESERVE")
    by_bank = payments.filter(channel="BANK", entitlement__event__rail="TOKEN").select_related("entitlement__party")
    waiting = prepared.select_related("entitlement__party").order_by("pk")
    lines = [(_who(line), amount(line.suspense_minor, currency), _why(line)) for line in held[:SHOWN]]
    lines += [
        (str(payment.entitlement.party), amount(payment.amount_minor, currency), why)
        for rows, why in (
            (by_bank.order_by("pk"), "by bank: his wallet cannot take cash tokens, or the chain did not pay"),
            (waiting, "no verified bank account: will wait for him"),
            (kept, "unclaimed: waits for him"),
        )
        for payment in rows[:SHOWN]
    ]
    return table("exceptions", ("Holder", "#Amount", "Why"), lines, empty="Everybody is paid the ordinary way.")


def _who(line: Entitlement) -> str:
    return str(line.party) if line.party else figures.short(line.wallet.address)


def _why(line: Entitlement) -> str:
    if line.disputed:
        return f"{figures.units(line.disputed_units)} disputed units: in suspense until two persons decide"
    return "nobody proved this wallet: in suspense until two persons decide"
