"""How a payment came about, in figures that anybody can work out again: amount, tax on what, when, by which way."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Context, Decimal, localcontext

from custody.register.models import Entry
from custody.servicing.chain.paid import events_paid
from custody.servicing.models import Entitlement, Payment, ServicingEvent
from custody.tokenisation.selectors import cash_token
from tokenization.kernel.secrets import masked
from tokenization.kernel.writing import day, money, units

Facts = list[tuple[str, str]]
_EXACT = Context(prec=60)
SHOWN = 10


def working(line: Entitlement) -> Facts:
    """'1,500 units x PKR 1,000.00 of face x 6.25 per 100 = PKR 93,750.00', then the tax in the same way."""
    event, series = line.event, line.event.token.series
    rate = per_hundred(event)
    found = [("Period", f"{day(event.period_start)} to {day(event.period_end)}")] if event.period_start else []
    if event.kind == ServicingEvent.Kind.COUPON and series.coupon_pct:
        found.append(("Coupon", f"{series.coupon_pct.normalize():f} % a year"))
    each = f"{money(series.denomination_minor, series.payment_currency)} of face x {rate} per 100"
    due = line.net_minor + line.tax_minor
    found.append(("Worked out", f"{units(line.units)} units x {each} = {money(due, series.payment_currency)}"))
    if line.disputed_units:
        kept = money(line.suspense_minor, series.payment_currency)
        found.append(("In dispute, kept until it is settled", f"{units(line.disputed_units)} units x {each} = {kept}"))
    return found + _tax(line)


def per_hundred(event: ServicingEvent) -> str:
    """What 100 of face earn, all decimals where they end, else the first ten and three dots."""
    face = event.rate_denominator * event.token.series.denomination_minor
    with localcontext(_EXACT):
        exact = Decimal(100 * event.rate_numerator) / Decimal(face)
        shown = exact.quantize(Decimal(1).scaleb(-SHOWN), rounding=ROUND_DOWN)
        return f"{shown.normalize():f}" if shown == exact else f"{shown:f}…"


def _tax(line: Entitlement) -> Facts:
    rule, currency = line.tax_rule, line.event.token.series.payment_currency
    if rule is None:
        return [("Tax", "none is withheld: no rule for this paper was in force at the record instant")]
    percent = f"{rule.rate_bp // 100}.{rule.rate_bp % 100:02d} %"
    tax = f"{money(line.base_minor, currency)} x {percent} = {money(line.tax_minor, currency)}"
    status = rule.get_status_display() if line.tax_status else "unknown, so that the highest rate holds"
    return [
        ("Taxed is", f"{rule.get_base_display()}: {money(line.base_minor, currency)}"),
        ("Tax worked out", tax),
        ("Tax status", status),
        ("Rule", f"{rule.source}, in force from {day(rule.valid_from)}"),
    ]


def rate_words(line: Entitlement) -> str:
    """'30.00 % of PKR 476,020,000.00, filer': the base is not the gross."""
    rule = line.tax_rule
    if rule is None:
        return ""
    status = rule.get_status_display() if line.tax_status else "status unknown"
    base = money(line.base_minor, line.event.token.series.payment_currency)
    return f"{rule.rate_bp // 100}.{rule.rate_bp % 100:02d} % of {base}, {status.lower()}"


def way(payment: Payment | None, line: Entitlement) -> str:
    """By which channel and to which account or wallet; what is kept says so."""
    if payment is None:
        return ""
    if payment.account is not None and payment.channel == Payment.Channel.BANK:
        reference = f", reference {payment.bank_reference}" if payment.bank_reference else ""
        return f"bank transfer to {masked(payment.account.iban)} of {payment.account.title}{reference}"
    if payment.channel == Payment.Channel.CHAIN:
        return f"cash tokens to wallet {line.wallet.address}"
    return f"bank transfer, reference {payment.bank_reference}" if payment.bank_reference else "kept: no way is known"


def paid_at(payment: Payment, line: Entitlement) -> datetime | None:
    """When the holder had it: the bank's booking, or the block that brought the tokens; None before."""
    if payment.state != Payment.State.PAID or payment.cash_entry is None:
        return None
    found = _arrival(payment, line) if payment.channel == Payment.Channel.CHAIN else None
    return found.log.block.timestamp if found else payment.cash_entry.at


def _arrival(payment: Payment, line: Entitlement) -> Entry | None:
    """The register's entry of the very transaction in which the paying agent paid this event."""
    cash = cash_token(line.event.token.series.payment_currency)
    rows = Entry.objects.filter(token=cash, account=line.wallet.address, units=payment.amount_minor)
    entries = list(rows.select_related("log__block"))
    events = events_paid([row.log.tx_hash for row in entries])
    return next((row for row in entries if events.get(row.log.tx_hash) == line.event), None)
