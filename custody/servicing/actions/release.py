"""Releasing the money of one event: refused until the treasury has brought all of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from custody.servicing.actions.reading import event_of, one_item
from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.selectors import channel_totals, closed_wallets, funded_minor, missing_minor, rules_in_force
from custody.servicing.services.release import event_release
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import lock_rows
from tokenization.kernel.money import Money

# Payments in one item of the approval: every one is bound, and a million of them are a thousand items.
PORTION = 1_000
_PORTIONS = """
    SELECT portion, count(*), min(id), max(id), sum(amount)::bigint, '0x' || encode(sha256(convert_to(
        string_agg(concat_ws(':', id, entitlement, party, account, channel, number, amount), ';' ORDER BY id),
        'UTF8')), 'hex')
    FROM (
        SELECT p.id, p.entitlement_id AS entitlement, coalesce(e.party_id, 0) AS party, coalesce(p.account_id, 0)
               AS account, p.channel, coalesce(p.number, 0) AS number, p.amount_minor AS amount,
               (row_number() OVER (ORDER BY p.id) - 1) / %s AS portion
        FROM servicing_payment p JOIN servicing_entitlement e ON e.id = p.entitlement_id WHERE e.event_id = %s
    ) numbered GROUP BY portion ORDER BY portion
"""


class PaymentRelease:
    """Payload: {"event": id}. Makes every payment due, withholds the tax, suspends what is disputed."""

    name = "custody.servicing.PaymentRelease"
    title = "Release the payments"
    maker_power = Power.REDEEM_DRAFT
    checker_power = Power.REDEEM_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        event = event_of(payload)
        currency = event.token.series.payment_currency
        if event.state != ServicingEvent.State.RECORDED:
            raise Refused(f"The event is {event.state}.", field="event", rule="recorded, and not yet released")
        if not event.total_minor:
            raise Refused("Nobody holds a unit: nothing is due.", field="event", rule="something is due")
        missing = missing_minor(event)
        if missing:
            raise Refused(
                f"{Money(missing, currency)} of {Money(event.to_fund_minor, currency)} are missing.",
                field="event",
                rule="funded before released",
                next_step="Book the treasury's money first.",
            )
        if sum(total.amount_minor for total in channel_totals(event)) != event.net_minor:
            raise Refused("The payments are not prepared.", field="event", rule="prepared before released")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        event = event_of(payload)
        currency = event.token.series.payment_currency

        def money(minor: int | None) -> str:
            return Money(minor or 0, currency).format()

        rows = [
            ("Security", "", f"{event.token.series.isin}, {event.title.lower()}"),
            ("Record block", "", f"{event.record_block_number:,} {event.record_block_hash}"),
            ("Payment date", "", event.payment_date.isoformat()),
            ("Funded", "", money(funded_minor(event))),
            *(
                (f"Paid by {Payment.Channel(t.channel).label}", "0", f"{money(t.amount_minor)} in {t.payments:,}")
                for t in channel_totals(event)
            ),
            ("Tax withheld", "0", money(event.tax_minor)),
            ("Held in suspense", "0", money(event.suspense_minor)),
            ("Left by rounding", "0", money(event.residual_minor)),
            ("Total", "0", money(event.total_minor)),
        ]
        return Preview(rows=rows, warnings=_warnings(event))

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        """The total, and every payment by portions of a thousand: the root binds them all."""
        event = event_of(payload)
        head = {"event": event.pk, "total_minor": event.total_minor, "tax_minor": event.tax_minor}
        with connection.cursor() as cursor:
            cursor.execute(_PORTIONS, [PORTION, event.pk])
            portions = cursor.fetchall()
        return [*one_item(head | {"suspense_minor": event.suspense_minor}), *map(_portion, portions)]

    def subject(self, payload: Payload) -> str:
        event = event_of(payload)
        return f"{event.title.lower()}:{event.token.series.isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        lock_rows(ServicingEvent.objects.filter(pk=event_of(payload).pk))
        self.check(payload, now=now)
        event_release(event=event_of(payload), approval=approval, actor=actor, now=now)


def _portion(row: tuple[Any, ...]) -> ApprovalItemDraft:
    _, count, first, last, amount, leaf = row
    body = {"payments": int(count), "first": int(first), "last": int(last), "amount_minor": int(amount)}
    return ApprovalItemDraft(leaf=str(leaf), body=body)


def _warnings(event: ServicingEvent) -> list[str]:
    found = []
    disputed = sum(event.entitlements.filter(disputed_units__gt=0).values_list("disputed_units", flat=True))
    if disputed:
        found.append(f"{disputed:,} disputed units are not paid to their wallet.")
    if not rules_in_force(event):
        found.append("No tax rule is in force for this security on the payment date: nothing is withheld.")
    wallets = Payment.objects.filter(entitlement__event=event, channel=Payment.Channel.CHAIN)
    frozen = wallets.filter(entitlement__wallet__address__in=closed_wallets(event)).count()
    if frozen:
        words = "wallets were frozen since the channels were chosen: what they cannot take is kept for them."
        found.append(f"{frozen:,} {words}")
    waiting = sum(t.payments for t in channel_totals(event) if t.channel == Payment.Channel.RESERVE)
    if waiting:
        found.append(f"{waiting:,} holders have no verified account: their money waits for them.")
    return found
