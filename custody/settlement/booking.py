"""What became of each entry of the bank, and what put a wrong entry right: written once, and never silently."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.fields import MinorField
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
# All items that leave by an entry, less the one that comes in by it, are what it takes out of suspense, to the minor
# unit.
IS_CONSERVED = """
    IF (SELECT COALESCE(sum(amount_minor), 0) FROM settlement_suspenseitem
            WHERE COALESCE(apply_entry_id, return_entry_id) = COALESCE(NEW.apply_entry_id, NEW.return_entry_id))
        - COALESCE((SELECT amount_minor FROM settlement_suspenseitem
            WHERE entry_id = COALESCE(NEW.apply_entry_id, NEW.return_entry_id)), 0)
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

_NOT_CORRECTED = """
    IF EXISTS (SELECT 1 FROM settlement_bankcorrection
        WHERE NEW.cash_entry_id IN (wrong_entry_id, entry_id))
    THEN
        RAISE EXCEPTION 'bank_booking_not_corrected: this entry was put right beside another line of the bank'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
_MOVED = """(SELECT sum(l.amount_minor) FROM settlement_cashleg l JOIN settlement_cashaccount c ON c.id = l.account_id
            WHERE l.entry_id = {entry} AND c.kind = 'BANK' AND c.currency = a.currency)"""
# The line differs from the one entry of its own reference; both entries together move the account by what it says.
_CORRECTS = f"""
    IF NOT EXISTS (
        SELECT 1 FROM settlement_bankbooking b
        JOIN registries_bankentry e ON e.id = b.entry_id JOIN registries_settlementaccount a ON a.id = e.account_id
        JOIN settlement_cashentry w ON w.id = NEW.wrong_entry_id AND w.bank_reference = e.reference
        JOIN settlement_cashentry k ON k.id = NEW.entry_id AND k.kind = 'CORRECTION'
        WHERE b.id = NEW.booking_id AND b.verdict = 'DIFFERS' AND NEW.difference_minor <> 0
            AND NEW.difference_minor = {_MOVED.format(entry="k.id")} AND {_MOVED.format(entry="w.id")} > 0
            AND CASE WHEN e.credit THEN e.amount_minor ELSE -e.amount_minor END - NEW.difference_minor
                = {_MOVED.format(entry="w.id")}
            AND NOT EXISTS (SELECT 1 FROM settlement_bankbooking o WHERE o.cash_entry_id = w.id)
            AND NOT EXISTS (
                SELECT 1 FROM settlement_cashentry t
                WHERE t.bank_reference = e.reference AND t.id <> w.id AND {_MOVED.format(entry="t.id")} > 0
                    AND NOT EXISTS (SELECT 1 FROM settlement_bankbooking o WHERE o.cash_entry_id = t.id)
                    AND NOT EXISTS (SELECT 1 FROM settlement_bankcorrection o WHERE o.wrong_entry_id = t.id))
    ) THEN
        RAISE EXCEPTION 'bank_correction_fits: wrong entry and correction together are what the bank says of the line'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""  # noqa: S608 - built from the constant above
# What the correction does to suspense is what its items say: replaced by it, and held by it.
_CORRECTED_IN_SUSPENSE = """
    IF (SELECT COALESCE(sum(l.amount_minor), 0) FROM settlement_cashleg l
            JOIN settlement_cashaccount a ON a.id = l.account_id
            WHERE l.entry_id = NEW.entry_id AND a.kind = 'SUSPENSE')
        IS DISTINCT FROM
        COALESCE((SELECT sum(amount_minor) FROM settlement_suspenseitem WHERE apply_entry_id = NEW.entry_id), 0)
        - COALESCE((SELECT amount_minor FROM settlement_suspenseitem WHERE entry_id = NEW.entry_id), 0)
    THEN
        RAISE EXCEPTION 'bank_correction_is_conserved: what it does to suspense stands there item by item'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""
# On the journal: an entry that corrects names what it corrects.
CORRECTION_IS_NAMED = """
    IF NOT EXISTS (SELECT 1 FROM settlement_bankcorrection WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'cash_correction_is_named: a correcting entry names the line, the wrong entry and the evidence'
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
            Guard(
                name="bank_booking_not_corrected",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=_NOT_CORRECTED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.verdict}"


class BankCorrection(AppendOnly):
    """Two persons put right what was typed beside a line of the bank that DIFFERS: neither of the two is rewritten.

    `wrong_entry` and `entry` together are the line; `difference_minor` is what the bank says more than was typed.
    """

    booking = models.OneToOneField(BankBooking, on_delete=models.PROTECT, related_name="correction")
    wrong_entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, related_name="corrected_by")
    entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, related_name="corrects")
    difference_minor = MinorField()
    reason = models.CharField(max_length=500)
    evidence = models.ForeignKey("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    approval = models.OneToOneField("identity.Approval", on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [models.CheckConstraint(name="bank_correction_has_reason", condition=~Q(reason=""))]
        triggers = [
            *AppendOnly.Meta.triggers,
            Guard(name="bank_correction_fits", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_CORRECTS),
            Guard(
                name="bank_correction_is_conserved",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func=_CORRECTED_IN_SUSPENSE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} corrected by {self.difference_minor}"
