"""What became of each entry of the bank: written once, and never silently."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.triggers import Guard

_FITS = """
    IF NEW.cash_entry_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM registries_bankentry e JOIN registries_settlementaccount a ON a.id = e.account_id
        WHERE e.id = NEW.entry_id AND CASE WHEN e.credit THEN e.amount_minor ELSE -e.amount_minor END = (
            SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id
            WHERE l.entry_id = NEW.cash_entry_id AND c.kind = 'BANK' AND c.currency = a.currency)
    ) THEN
        RAISE EXCEPTION 'bank_booking_fits: the journal moves the settlement account by what the bank says'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

# Of an item in suspense only its leaving is ever written, once.
ITEM_IS_FIXED = """
    IF OLD.state <> 'HELD' OR to_jsonb(OLD) - ARRAY['state', 'return_entry_id', 'apply_entry_id']
        <> to_jsonb(NEW) - ARRAY['state', 'return_entry_id', 'apply_entry_id']
    THEN
        RAISE EXCEPTION 'suspense_item_is_fixed: an item of suspense leaves once and changes nothing else'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
# All items that leave by an entry are what that entry takes out of suspense, to the minor unit.
IS_CONSERVED = """
    IF (SELECT COALESCE(sum(amount_minor), 0) FROM settlement_suspenseitem
            WHERE COALESCE(apply_entry_id, return_entry_id) = COALESCE(NEW.apply_entry_id, NEW.return_entry_id))
        IS DISTINCT FROM
        (SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id
            WHERE l.entry_id = COALESCE(NEW.apply_entry_id, NEW.return_entry_id)
                AND a.kind = 'SUSPENSE' AND a.currency = NEW.currency)
    THEN
        RAISE EXCEPTION 'suspense_is_conserved: what leaves suspense is what its entry takes out of it'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


class BankBooking(AppendOnly):
    """One entry of the bank beside the journal's. DIFFERS: the journal has its reference with other figures."""

    class Verdict(models.TextChoices):
        PAID = "PAID", "paid a purchase"
        SUSPENSE = "SUSPENSE", "held in suspense"
        KNOWN = "KNOWN", "recorded before"
        SEEN = "SEEN", "our payment, seen at the bank"
        DIFFERS = "DIFFERS", "recorded with other figures"

    entry = models.OneToOneField("registries.BankEntry", on_delete=models.PROTECT, related_name="booking")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    cash_entry = models.OneToOneField(
        "settlement.CashEntry", on_delete=models.PROTECT, null=True, related_name="bank_booking"
    )
    settlement = models.ForeignKey(
        "settlement.SettlementInstruction", on_delete=models.PROTECT, null=True, related_name="bank_bookings"
    )
    reason = models.CharField(max_length=200, blank=True)
    booked_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(
                name="bank_booking_has_entry",
                condition=Q(verdict="DIFFERS", cash_entry__isnull=True)
                | (~Q(verdict="DIFFERS") & Q(cash_entry__isnull=False)),
            ),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            Guard(name="bank_booking_fits", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_FITS),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.verdict}"
