"""What each movement was for, by the instruction, purchase, trade or payment that caused it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from custody.cash.models import CashBurn, CashMint
from custody.register.models import Entry
from custody.servicing.chain.paid import events_paid
from custody.servicing.models import Entitlement
from custody.settlement.models import SettlementInstruction
from custody.settlement.trades.models import Trade
from tokenization.portal.wording import movement
from tokenization.theme.told import told


def purposes(entries: Sequence[Entry]) -> dict[int, str]:
    """By entry, in an investor's words; what no record explains is named by how it moved."""
    said = _instructed([row.instruction_id for row in entries if row.instruction_id])
    logs = [row.log_id for row in entries]
    bought = {row.cash_log_id: row for row in SettlementInstruction.objects.filter(cash_log__in=logs)}
    trades: dict[int | None, Trade] = {}
    for trade in Trade.objects.filter(cash_log__in=logs) | Trade.objects.filter(units_log__in=logs):
        trades |= {trade.cash_log_id: trade, trade.units_log_id: trade}
    events = events_paid([row.log.tx_hash for row in entries if row.token.is_cash])
    found: dict[int, str] = {}
    for row in entries:
        came = row.units > 0
        event = events.get(row.log.tx_hash)
        if row.instruction_id in said:
            found[row.pk] = said[row.instruction_id]
        elif row.log_id in bought:
            said_of = _("Received for purchase %(reference)s") if came else _("Paid for purchase %(reference)s")
            found[row.pk] = said_of % {"reference": bought[row.log_id].payment_reference}
        elif row.log_id in trades:
            found[row.pk] = _traded(row) % {"number": trades[row.log_id].pk}
        elif came and event is not None and row.token.is_cash:
            found[row.pk] = _("%(title)s of %(isin)s") % {"title": told(event.title), "isin": event.token.series.isin}
        else:
            found[row.pk] = movement(row.cause, int(row.units))
    return found


def _traded(row: Entry) -> str:
    if row.token.is_cash:
        return _("Received for trade %(number)s") if row.units > 0 else _("Paid for trade %(number)s")
    return _("Bought in trade %(number)s") if row.units > 0 else _("Sold in trade %(number)s")


def _instructed(pks: Sequence[int]) -> dict[int, str]:
    """By instruction: what was issued or redeemed and why."""
    found: dict[int, str] = {}
    for sale in SettlementInstruction.objects.filter(issue_instruction__in=pks):
        found[sale.issue_instruction_id] = _("Bought and delivered: purchase %(payment_reference)s") % {
            "payment_reference": sale.payment_reference
        }
    for mint in CashMint.objects.filter(issue_instruction__in=pks).select_related("settlement"):
        why = (
            _("for purchase %(payment_reference)s") % {"payment_reference": mint.settlement.payment_reference}
            if mint.settlement
            else mint.bank_reference
        )
        found[mint.issue_instruction_id] = _("Cash minted on your payment %(why)s") % {"why": why}
    for burn in CashBurn.objects.filter(instruction__in=pks):
        found[burn.instruction_id] = _("Turned into money at your bank: pay-out %(number)s") % {"number": burn.pk}
    burned = Entitlement.objects.filter(burn_instruction__in=pks).values_list("burn_instruction", flat=True)
    return found | {int(pk): _("Redeemed at maturity") for pk in burned if pk}
