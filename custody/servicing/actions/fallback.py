"""Two persons let bank rails pay what the chain may still pay, and book it as recoverable."""

from __future__ import annotations

import json
from datetime import datetime

from django.db.models import Sum

from contracts.gateway.orders import BY_NAME
from custody.instructions.models import OrderReference
from custody.servicing.actions.reading import event_of, one_item, text_of
from custody.servicing.chain.fallback import fallback_by_two
from custody.servicing.chain.send import chain_payments
from custody.servicing.models import Payment, ServicingEvent
from tokenization.identity.approvals import ApprovalItemDraft, Payload, Preview
from tokenization.identity.models import Approval, User
from tokenization.identity.roles import Power
from tokenization.kernel.errors import Refused
from tokenization.kernel.money import Money


class BankFallback:
    """Payload: {"event": id, "reason": text}. For what is in a stored attempt whose end no second node has shown."""

    name = "custody.servicing.BankFallback"
    title = "Pay by bank what the chain may still pay"
    maker_power = Power.REDEEM_DRAFT
    checker_power = Power.REDEEM_APPROVE
    two_houses = False

    def check(self, payload: Payload, *, now: datetime) -> None:
        event = event_of(payload)
        text_of(payload, "reason", 500)
        if event.rail != ServicingEvent.Rail.TOKEN or event.state != ServicingEvent.State.RELEASED:
            raise Refused("This event pays nothing to wallets now.", field="event", rule="released, in cash tokens")
        if not self._due(payload)[0]:
            raise Refused("Nothing of it waits for the chain.", field="event", rule="something is due")

    def preview(self, payload: Payload, *, now: datetime) -> Preview:
        event = event_of(payload)
        count, total = self._due(payload)
        money = Money(total, event.token.series.payment_currency).format()
        return Preview(
            rows=[(f"{event.title} of {event.token.series.isin}", "to wallets", f"{money} in {count:,} by bank")],
            warnings=["A transaction that was sent may still pay them: what is then paid twice has to be recovered."],
        )

    def items(self, payload: Payload) -> list[ApprovalItemDraft]:
        count, total = self._due(payload)
        return one_item({"event": event_of(payload).pk, "payments": count, "amount_minor": total})

    def subject(self, payload: Payload) -> str:
        event = event_of(payload)
        return f"{event.title.lower()}:{event.token.series.isin}"

    def execute(self, payload: Payload, *, approval: Approval, actor: User, now: datetime) -> None:
        reference, _ = OrderReference.objects.get_or_create(approval=approval)
        fallback_by_two(
            event=event_of(payload),
            reference=reference.reference,
            basis=BY_NAME["OPERATIONAL"].code,
            why=text_of(payload, "reason", 500),
            actor=actor,
            now=now,
        )

    @staticmethod
    def _due(payload: Payload) -> tuple[int, int]:
        rows = chain_payments(event_of(payload)).filter(state=Payment.State.DUE)
        return rows.count(), int(rows.aggregate(total=Sum("amount_minor"))["total"] or 0)


def fallback_asked(event: ServicingEvent) -> Approval | None:
    """The newest proposal about this event that waits for a second person."""
    rows = Approval.objects.filter(action=BankFallback.name, state="PENDING").order_by("-pk")
    return next((row for row in rows if json.loads(row.payload)["event"] == event.pk), None)
