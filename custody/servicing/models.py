"""What a holder is due at maturity, how it was paid, and which instruction burns the paper: two independent legs."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import HashField, MinorField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

redemption_machine = Machine(
    field="state",
    transitions={"OPEN": {"RECORDED"}, "RECORDED": {"APPROVED"}, "APPROVED": {"CLOSED"}, "CLOSED": set()},
)

# What is written once, by column: from the start, from the record on, from the moment it is set.
_FROM_THE_START = ("token_id", "record_at", "payment_date")
_FROM_THE_RECORD = ("record_block_number", "record_block_hash", "total_minor")
_ONCE_SET = ("approval_id", "funding_entry_id")


def _altered(*columns: str) -> str:
    return " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)


_EVENT_FIXED = f"""
    IF {_altered(*_FROM_THE_START)} OR OLD.state = 'CLOSED'
       OR (OLD.state <> 'OPEN' AND (NEW.state = 'OPEN' OR {_altered(*_FROM_THE_RECORD)}))
       OR {" OR ".join(f"(OLD.{column} IS NOT NULL AND {_altered(column)})" for column in _ONCE_SET)} THEN
        RAISE EXCEPTION 'redemption_is_fixed: what was recorded, approved or funded is never written again'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class RedemptionEvent(models.Model):
    """The redemption of one token. Record block: the last one stamped at or before `record_at`, named once final."""

    class State(models.TextChoices):
        OPEN = "OPEN"
        RECORDED = "RECORDED"
        APPROVED = "APPROVED"
        CLOSED = "CLOSED"

    token = models.OneToOneField("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="redemption")
    record_at = models.DateTimeField()
    payment_date = models.DateField()
    record_block_number = models.BigIntegerField(null=True)
    record_block_hash = HashField(null=True)
    total_minor = MinorField(null=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    funding_entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            redemption_machine.constraint("redemption_state"),
            models.CheckConstraint(
                name="redemption_recorded_has_block",
                condition=Q(state="OPEN")
                | Q(record_block_number__isnull=False, record_block_hash__isnull=False, total_minor__isnull=False),
            ),
            models.CheckConstraint(
                name="redemption_approved_by_approval",
                condition=Q(state__in=["OPEN", "RECORDED"]) | Q(approval__isnull=False),
            ),
        ]

        triggers = [
            *no_delete("redemption_is_kept"),
            Guard(
                name="redemption_is_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=_EVENT_FIXED,
            ),
        ]

    def __str__(self) -> str:
        return f"redemption of token {self.token_id}, {self.state}"


class Entitlement(models.Model):
    """What one wallet is due as of the record block. Disputed units earn nothing to it: their money is suspended."""

    event = models.ForeignKey(RedemptionEvent, on_delete=models.PROTECT, related_name="entitlements")
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, null=True, related_name="entitlements")
    units = models.BigIntegerField()
    disputed_units = models.BigIntegerField(default=0)
    amount_minor = MinorField()
    suspense_minor = MinorField(default=0)
    burn_instruction = models.OneToOneField(
        "instructions.Instruction", on_delete=models.PROTECT, null=True, related_name="entitlement"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="entitlement_once", fields=["event", "wallet"]),
            models.CheckConstraint(
                name="entitlement_not_negative",
                condition=Q(units__gte=0, disputed_units__gte=0, amount_minor__gte=0, suspense_minor__gte=0),
            ),
            models.CheckConstraint(
                name="entitlement_of_party_or_nobody", condition=Q(party__isnull=False) | Q(amount_minor=0)
            ),
            models.CheckConstraint(
                name="entitlement_burns_its_units",
                condition=Q(units=0, burn_instruction__isnull=True) | Q(units__gt=0, burn_instruction__isnull=False),
            ),
        ]
        triggers = [
            *no_delete("entitlement_is_kept"),
            Guard(
                name="entitlement_as_of_the_record",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM servicing_redemptionevent WHERE id = NEW.event_id AND state = 'OPEN')
                    THEN
                        RAISE EXCEPTION 'entitlement_as_of_the_record: nobody is added once the record is written'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="entitlement_is_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    RAISE EXCEPTION 'entitlement_is_fixed: an entitlement is written once, as of the record block'
                        USING ERRCODE = 'check_violation';
                """,
            ),
        ]

    @property
    def disputed(self) -> bool:
        return self.disputed_units > 0

    def __str__(self) -> str:
        return f"{self.units} units of wallet {self.wallet_id}"


payment_machine = Machine(field="state", transitions={"DUE": {"PAID", "SUSPENSE"}, "PAID": set(), "SUSPENSE": set()})


class Payment(models.Model):
    """The money leg of one entitlement. SUSPENSE: due, but to nobody who may be named today."""

    class State(models.TextChoices):
        DUE = "DUE"
        PAID = "PAID"
        SUSPENSE = "SUSPENSE"

    entitlement = models.OneToOneField(Entitlement, on_delete=models.PROTECT, related_name="payment")
    amount_minor = MinorField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DUE)
    bank_reference = models.CharField(max_length=64, blank=True)
    cash_entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            payment_machine.constraint("payment_state"),
            models.CheckConstraint(name="payment_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="payment_settled_has_entry",
                condition=Q(state="DUE", cash_entry__isnull=True) | (~Q(state="DUE") & Q(cash_entry__isnull=False)),
            ),
            models.CheckConstraint(
                name="payment_paid_has_reference", condition=~Q(state="PAID") | ~Q(bank_reference="")
            ),
        ]
        triggers = [
            *no_delete("payment_is_kept"),
            Guard(
                name="payment_is_what_is_due",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.state <> 'DUE' OR NOT EXISTS (
                        SELECT 1 FROM servicing_entitlement e JOIN servicing_redemptionevent r ON r.id = e.event_id
                        WHERE e.id = NEW.entitlement_id AND e.amount_minor = NEW.amount_minor AND r.state = 'RECORDED'
                    ) THEN
                        RAISE EXCEPTION 'payment_is_what_is_due: a payment begins as DUE, of the entitlement''s amount'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="payment_moves_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=f"""
                    IF OLD.state <> 'DUE' OR {_altered("entitlement_id", "amount_minor")} THEN
                        RAISE EXCEPTION 'payment_moves_once: a payment leaves DUE once and keeps its amount'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.state}"
