"""The money leg of one entitlement, and the channel it takes."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from custody.servicing.models.rules import added_rows
from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import MinorField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard, altered

payment_machine = Machine(
    field="state",
    transitions={"PREPARED": {"DUE"}, "DUE": {"PAID", "RESERVED"}, "RESERVED": {"PAID"}, "PAID": set()},
)

_WHAT_IS_DUE = """
    IF EXISTS (
        SELECT 1 FROM added p JOIN servicing_entitlement e ON e.id = p.entitlement_id
        JOIN servicing_servicingevent v ON v.id = e.event_id
        WHERE p.state <> 'PREPARED' OR e.net_minor <> p.amount_minor OR v.state <> 'RECORDED'
    ) THEN
        RAISE EXCEPTION 'payment_is_what_is_due: a payment begins as PREPARED, of the entitlement''s net amount'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
_MOVES_ON = f"""
    IF OLD.state = 'PAID' OR {altered("entitlement_id", "amount_minor")}
       OR (OLD.number IS NOT NULL AND {altered("number")})
       OR (NEW.state = 'PREPARED' AND OLD.state <> 'PREPARED')
       OR (OLD.state <> 'PREPARED' AND {altered("channel")} AND NOT (OLD.channel = 'CHAIN' AND NEW.channel <> 'CHAIN'))
       OR (OLD.cash_entry_id IS NOT NULL AND OLD.state <> 'RESERVED' AND {altered("cash_entry_id")}) THEN
        RAISE EXCEPTION 'payment_moves_once: a payment keeps its amount, leaves its channel once, and is paid once'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class Payment(models.Model):
    """PREPARED: the channel is chosen. DUE: released. RESERVED: it is the holder's and waits for him. PAID.

    BANK: to the verified account. CHAIN: by the paying agent, to the wallet. RESERVE: neither could take it.
    """

    class State(models.TextChoices):
        PREPARED = "PREPARED"
        DUE = "DUE"
        RESERVED = "RESERVED"
        PAID = "PAID"

    class Channel(models.TextChoices):
        BANK = "BANK", "bank account"
        CHAIN = "CHAIN", "wallet"
        RESERVE = "RESERVE", "unclaimed"

    entitlement = models.OneToOneField("servicing.Entitlement", on_delete=models.PROTECT, related_name="payment")
    amount_minor = MinorField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    account = models.ForeignKey("servicing.BankAccount", on_delete=models.PROTECT, null=True, related_name="payments")
    # Of the token's counter, for the paying agent. Until when the last call that carries it may act; from then on,
    # unused in a final block, it may be paid by bank.
    number = models.BigIntegerField(null=True)
    valid_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.PREPARED)
    bank_reference = models.CharField(max_length=64, blank=True)
    cash_entry = models.ForeignKey("settlement.CashEntry", on_delete=models.PROTECT, null=True, related_name="payments")

    class Meta:
        constraints = [
            payment_machine.constraint("payment_state"),
            models.CheckConstraint(name="payment_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payment_channel",
                condition=Q(channel__in=["CHAIN", "RESERVE"]) | Q(channel="BANK", account__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_on_chain_has_number",
                condition=~Q(channel="CHAIN") | Q(state="PREPARED") | Q(number__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_settled_has_entry",
                condition=Q(state__in=["PREPARED", "DUE"], cash_entry__isnull=True)
                | (~Q(state__in=["PREPARED", "DUE"]) & Q(cash_entry__isnull=False)),
            ),
            models.CheckConstraint(
                name="payment_paid_has_reference",
                condition=~Q(state="PAID") | ~Q(bank_reference="") | Q(channel="CHAIN"),
            ),
        ]
        indexes = [
            models.Index(name="payment_by_state", fields=["state", "channel"]),
            models.Index(name="payment_by_number", fields=["number"], condition=Q(number__isnull=False)),
        ]
        triggers = [
            *no_delete("payment_is_kept"),
            Guard(
                name="payment_is_what_is_due",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=added_rows(),
                func=_WHAT_IS_DUE,
            ),
            Guard(name="payment_moves_once", when=pgtrigger.Before, operation=pgtrigger.Update, func=_MOVES_ON),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.state}"


class ServicingCursor(models.Model):
    """How far servicing has read the paying agent's final logs."""

    only = models.BooleanField(primary_key=True, default=True)
    log_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="servicing_cursor_single")]
        triggers = [
            *no_delete("servicing_cursor"),
            Guard(
                name="servicing_cursor_only_rises",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.log_id < OLD.log_id"),
                func="""
                    RAISE EXCEPTION 'servicing_cursor_only_rises: servicing never reads backwards'
                        USING ERRCODE = 'restrict_violation';
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"servicing at log {self.log_id}"
