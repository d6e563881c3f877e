"""How a payment came about, in figures that anybody can work out again: amount, tax on what, when, by which way."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Context, Decimal, localcontext

from django.utils.translation import gettext as _

from custody.register.models import Entry
from custody.servicing.chain.paid import events_paid
from custody.servicing.models import Entitlement, Payment, ServicingEvent
from custody.tokenisation.selectors import cash_token
from tokenization.kernel.secrets import masked
from tokenization.theme.figures import day, money, units
from tokenization.theme.told import told

Facts = list[tuple[str, str]]
_EXACT = Context(prec=60)
SHOWN = 10


def working(line: Entitlement) -> Facts:
    """'1,500 units x PKR 1,000.00 of face x 6.25 per 100 = PKR 93,750.00', then the tax in the same way."""
    event, series = line.event, line.event.token.series
    rate = per_hundred(event)
    found = (
        [(_("Period"), _("%(start)s to %(end)s") % {"start": day(event.period_start), "end": day(event.period_end)})]
        if event.period_start
        else []
    )
    if event.kind == ServicingEvent.Kind.COUPON and series.coupon_pct:
        found.append((_("Coupon"), _("%(rate)s %% a year") % {"rate": f"{series.coupon_pct.normalize():f}"}))
    each = _("%(amount)s of face x %(rate)s per 100") % {
        "amount": money(series.denomination_minor, series.payment_currency),
        "rate": rate,
    }
    due = line.net_minor + line.tax_minor
    found.append(
        (
            _("Worked out"),
            _("%(units)s units x %(each)s = %(amount)s")
            % {"units": units(line.units), "each": each, "amount": money(due, series.payment_currency)},
        )
    )
    if line.disputed_units:
        kept = money(line.suspense_minor, series.payment_currency)
        found.append(
            (
                _("In dispute, kept until it is settled"),
                _("%(units)s units x %(each)s = %(kept)s")
                % {"units": units(line.disputed_units), "each": each, "kept": kept},
            )
        )
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
        return [(_("Tax"), _("none is withheld: no rule for this paper was in force at the record instant"))]
    percent = f"{rule.rate_bp // 100}.{rule.rate_bp % 100:02d} %"
    tax = f"{money(line.base_minor, currency)} x {percent} = {money(line.tax_minor, currency)}"
    status = told(rule.get_status_display()) if line.tax_status else _("unknown, so that the highest rate holds")
    return [
        (_("Taxed is"), f"{told(rule.get_base_display())}: {money(line.base_minor, currency)}"),
        (_("Tax worked out"), tax),
        (_("Tax status"), status),
        (_("Rule"), _("%(source)s, in force from %(day)s") % {"source": rule.source, "day": day(rule.valid_from)}),
    ]


def rate_words(line: Entitlement) -> str:
    """'30.00 % of PKR 476,020,000.00, filer': the base is not the gross."""
    rule = line.tax_rule
    if rule is None:
        return ""
    status = told(rule.get_status_display()) if line.tax_status else _("status unknown")
    base = money(line.base_minor, line.event.token.series.payment_currency)
    return _("%(rate)s %% of %(base)s, %(status)s") % {
        "rate": f"{rule.rate_bp // 100}.{rule.rate_bp % 100:02d}",
        "base": base,
        "status": status.lower(),
    }


def way(payment: Payment | None, line: Entitlement) -> str:
    """By which channel and to which account or wallet; what is kept says so."""
    if payment is None:
        return ""
    if payment.account is not None and payment.channel == Payment.Channel.BANK:
        reference = (
            _(", reference %(bank_reference)s") % {"bank_reference": payment.bank_reference}
            if payment.bank_reference
            else ""
        )
        return _("bank transfer to %(iban)s of %(title)s%(reference)s") % {
            "iban": masked(payment.account.iban),
            "title": payment.account.title,
            "reference": reference,
        }
    if payment.channel == Payment.Channel.CHAIN:
        return _("cash tokens to wallet %(wallet_address)s") % {"wallet_address": line.wallet.address}
    return (
        _("bank transfer, reference %(bank_reference)s") % {"bank_reference": payment.bank_reference}
        if payment.bank_reference
        else _("kept: no way is known")
    )


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
