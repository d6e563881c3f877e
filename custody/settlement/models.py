"""Cash as a double-entry journal, and the settlement of each allotment against delivery."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Upper

from custody.settlement.booking import CORRECTION_IS_NAMED, IS_CONSERVED, ITEM_IS_FIXED, BankBooking, BankCorrection
from custody.settlement.guards import BOTH_LEGS_FINAL, NOT_BEFORE_ITS_DAY
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import CurrencyField, MinorField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

_BALANCED = """
    IF (SELECT count(*) FROM settlement_cashleg WHERE entry_id = {entry}) < 2 OR EXISTS (
        SELECT 1 FROM settlement_cashleg l JOIN settlement_cashaccount a ON a.id = l.account_id
        WHERE l.entry_id = {entry} GROUP BY a.currency HAVING sum(l.amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'cash_entry_is_balanced: the legs of a cash entry add up to zero in each currency'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


def _balanced(name: str, entry: str) -> Guard:
    return Guard(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=_BALANCED.format(entry=entry),
    )


class CashAccount(models.Model):
    """An account of the journal. BANK is the settlement account at the fiscal agent; TREASURY the state's own."""

    class Kind(models.TextChoices):
        BANK = "BANK", "settlement account"
        BANK_LEG = "BANK_LEG", "paid by buyers, not yet swept"
        SUSPENSE = "SUSPENSE", "money in dispute"
        TREASURY = "TREASURY", "treasury single account"
        DEBT = "DEBT", "debt issued and repaid"
        INTEREST = "INTEREST", "interest paid"
        REDEMPTION = "REDEMPTION", "set aside for holders"
        CASH_TOKEN = "CASH_TOKEN", "cash tokens in circulation"
        TREASURY_TOKEN = "TREASURY_TOKEN", "cash tokens in the treasury's wallet"
        PAYOUT = "PAYOUT", "cash tokens burned, not yet paid out"
        TAX = "TAX", "tax withheld, owed to the authority"
        UNCLAIMED = "UNCLAIMED", "due to holders, not yet claimed"
        RECOVERABLE = "RECOVERABLE", "paid by bank in place of cash tokens, to be recovered"
        RETURNED = "RETURNED", "cash tokens that came back, to be burned without a pay-out"

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    currency = CurrencyField()
    kind = models.CharField(max_length=16, choices=Kind.choices)

    class Meta:
        constraints = [models.UniqueConstraint(name="cash_account_once", fields=["kind", "currency"])]

    def __str__(self) -> str:
        return self.code


class CashEntry(AppendOnly):
    """One fact about money; `key` makes it happen once."""

    class Kind(models.TextChoices):
        RECEIPT = "RECEIPT"
        SUSPENSE = "SUSPENSE"
        SWEEP = "SWEEP"
        REFUND = "REFUND"
        FUNDING = "FUNDING"
        PAYMENT = "PAYMENT"
        DEPOSIT = "DEPOSIT"
        MINT = "MINT"
        BURN = "BURN"
        PAYOUT = "PAYOUT"
        DELIVERY = "DELIVERY"
        TAX = "TAX"
        UNCLAIMED = "UNCLAIMED"
        APPLY = "APPLY"
        RESIDUAL = "RESIDUAL"
        CORRECTION = "CORRECTION"

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    words = models.CharField(max_length=200)
    # What the bank's statement will call it: the bank's reference of what came in, our end-to-end id of what goes out.
    bank_reference = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta(AppendOnly.Meta):
        triggers = [
            *AppendOnly.Meta.triggers,
            _balanced("cash_entry_is_balanced", "NEW.id"),
            Guard(
                name="cash_correction_is_named",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.kind = 'CORRECTION'"),
                func=CORRECTION_IS_NAMED,
            ),
        ]
        indexes = [
            models.Index(name="cash_entry_bank_reference", fields=["bank_reference"], condition=~Q(bank_reference=""))
        ]

    def __str__(self) -> str:
        return self.key


class CashLeg(AppendOnly):
    """One side of an entry in minor units: positive for money held, negative for money owed."""

    entry = models.ForeignKey(CashEntry, on_delete=models.PROTECT, related_name="legs")
    account = models.ForeignKey(CashAccount, on_delete=models.PROTECT, related_name="legs")
    amount_minor = MinorField()

    class Meta(AppendOnly.Meta):
        triggers = [*AppendOnly.Meta.triggers, _balanced("cash_leg_is_balanced", "NEW.entry_id")]
        constraints = [models.CheckConstraint(name="cash_leg_not_zero", condition=~Q(amount_minor=0))]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount_minor}"


# References as people retype them; `registries.bank.quoting.normal` is the same in Python.
NORMAL_REFERENCE = Func(
    Upper("payment_reference"), Value("[^A-Z0-9]"), Value(""), Value("g"), function="regexp_replace"
)

settlement_machine = Machine(
    field="state",
    transitions={
        "AWAITING_CASH": {"CASH_CONFIRMED", "LAPSED"},
        # WITHDRAWN from CASH_CONFIRMED: the registrar never confirmed it, and two persons gave it up.
        # AWAITING_CASH again: the bank says that less came than was typed (`correction`).
        "CASH_CONFIRMED": {"IMMOBILISED", "WITHDRAWN", "AWAITING_CASH"},
        # UNDELIVERABLE from IMMOBILISED: a leg that never entered a batch.
        "IMMOBILISED": {"ISSUING", "UNDELIVERABLE"},
        "ISSUING": {"DELIVERED", "UNDELIVERABLE"},
        "UNDELIVERABLE": {"WITHDRAWN"},
        "WITHDRAWN": {"REFUNDED"},
        "DELIVERED": set(),
        "REFUNDED": set(),
        "LAPSED": set(),
    },
)


class SettlementInstruction(models.Model):
    """Delivery of one allotment against its payment; `deliver_by` is the dated end of trying."""

    class State(models.TextChoices):
        AWAITING_CASH = "AWAITING_CASH"
        CASH_CONFIRMED = "CASH_CONFIRMED"
        IMMOBILISED = "IMMOBILISED"
        ISSUING = "ISSUING"
        DELIVERED = "DELIVERED"
        UNDELIVERABLE = "UNDELIVERABLE"
        WITHDRAWN = "WITHDRAWN"
        REFUNDED = "REFUNDED"
        LAPSED = "LAPSED"

    class Rail(models.TextChoices):
        BANK = "BANK", "paid through the bank"
        TOKEN = "TOKEN", "paid in cash tokens, in the transaction that delivers"  # noqa: S105 a way to pay

    allotment = models.OneToOneField("allotment.Allotment", on_delete=models.PROTECT, related_name="settlement")
    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="settlements")
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, related_name="+")
    payment_reference = models.CharField(max_length=32, unique=True)
    rail = models.CharField(max_length=5, choices=Rail.choices, default=Rail.BANK)
    amount_minor = MinorField()
    currency = CurrencyField()
    deliver_by = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.AWAITING_CASH)
    issue_instruction = models.OneToOneField(
        "instructions.Instruction", on_delete=models.PROTECT, related_name="settlement"
    )
    confirm_instruction = models.OneToOneField("instructions.Instruction", on_delete=models.PROTECT, related_name="+")
    withdraw_instruction = models.OneToOneField(
        "instructions.Instruction", on_delete=models.PROTECT, null=True, related_name="+"
    )
    cash_entry = models.OneToOneField(CashEntry, on_delete=models.PROTECT, null=True, related_name="+")
    # The proceeds become the treasury's: swept through the bank, or received as tokens by the delivery itself.
    sweep_entry = models.OneToOneField(CashEntry, on_delete=models.PROTECT, null=True, related_name="+")
    # On rail TOKEN: settlement's own log, and the buyer's payment in the same transaction.
    delivery_log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, null=True, related_name="+")
    cash_log = models.OneToOneField("indexer.Log", on_delete=models.PROTECT, null=True, related_name="+")
    refund_entry = models.OneToOneField(CashEntry, on_delete=models.PROTECT, null=True, related_name="+")
    # The day, in the series' zone, on which its issue left for the chain.
    issued_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(NORMAL_REFERENCE, name="settlement_reference_normal")]
        constraints = [
            settlement_machine.constraint("settlement_state"),
            models.CheckConstraint(name="settlement_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="settlement_paid_has_cash",
                condition=Q(state__in=["AWAITING_CASH", "LAPSED"], cash_entry__isnull=True)
                | (~Q(state__in=["AWAITING_CASH", "LAPSED"]) & Q(cash_entry__isnull=False)),
            ),
            models.CheckConstraint(
                name="settlement_money_leaves_once",
                condition=Q(sweep_entry__isnull=True) | Q(refund_entry__isnull=True),
            ),
            models.CheckConstraint(
                name="settlement_delivered_is_swept",
                condition=~Q(state="DELIVERED") | Q(sweep_entry__isnull=False),
            ),
            models.CheckConstraint(
                name="settlement_refunded_has_entry",
                condition=~Q(state="REFUNDED") | Q(refund_entry__isnull=False),
            ),
            models.CheckConstraint(
                name="settlement_logs_of_tokens",
                condition=Q(rail="BANK", delivery_log__isnull=True, cash_log__isnull=True) | Q(rail="TOKEN"),
            ),
        ]
        triggers = [
            Guard(
                name="settlement_rail_fixed",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.rail IS DISTINCT FROM NEW.rail"),
                func="""
                    RAISE EXCEPTION 'settlement_rail_fixed: how it is paid is chosen when it is opened'
                        USING ERRCODE = 'check_violation';
                """,
            ),
            Guard(
                name="settlement_not_before_its_day",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state IN ('ISSUING', 'DELIVERED')"),
                func=NOT_BEFORE_ITS_DAY,
            ),
            Guard(
                name="settlement_both_legs_final",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state = 'DELIVERED' AND NEW.rail = 'TOKEN'"),
                func=BOTH_LEGS_FINAL,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_reference} {self.state}"


suspense_machine = Machine(
    field="state", transitions={"HELD": {"RETURNED", "APPLIED"}, "RETURNED": set(), "APPLIED": set()}
)


class SuspenseItem(models.Model):
    """Money that matched nothing: seen by all, and it leaves by decision of two.

    A REVERSAL is negative: the bank took back what it had credited, and somebody owes it. So is what is MISSING: it was
    typed and used, and the bank says that it never came.
    """

    class State(models.TextChoices):
        HELD = "HELD"
        RETURNED = "RETURNED"
        APPLIED = "APPLIED"

    class Kind(models.TextChoices):
        SHORT = "SHORT", "less than is due"
        OVER = "OVER", "more than is due"
        LATE = "LATE", "after its deadline"
        DUPLICATE = "DUPLICATE", "paid already"
        UNKNOWN = "UNKNOWN", "names no purchase"
        CURRENCY = "CURRENCY", "another currency"
        REVERSAL = "REVERSAL", "taken back by the bank"
        BOUNCED = "BOUNCED", "our payment came back"
        DISPUTE = "DISPUTE", "disputed units"
        MISSING = "MISSING", "typed, and never came"
        EXACT = "EXACT", "what is due, for two persons to use"

    entry = models.OneToOneField(CashEntry, on_delete=models.PROTECT, related_name="suspense_item")
    settlement = models.ForeignKey(
        SettlementInstruction, on_delete=models.PROTECT, null=True, related_name="suspense_items"
    )
    amount_minor = MinorField()
    currency = CurrencyField()
    bank_reference = models.CharField(max_length=64)
    payment_reference = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.DISPUTE)
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=16, choices=State.choices, default=State.HELD)
    return_entry = models.OneToOneField(CashEntry, on_delete=models.PROTECT, null=True, related_name="+")
    # Several items leave by one entry.
    apply_entry = models.ForeignKey(CashEntry, on_delete=models.PROTECT, null=True, related_name="applied_items")

    class Meta:
        constraints = [
            suspense_machine.constraint("suspense_state"),
            models.CheckConstraint(
                name="suspense_positive",
                condition=Q(amount_minor__gt=0) & ~Q(kind__in=["REVERSAL", "MISSING"])
                | Q(amount_minor__lt=0, kind__in=["REVERSAL", "MISSING"]),
            ),
            models.CheckConstraint(
                name="suspense_leaves_once",
                condition=Q(state="HELD", return_entry__isnull=True, apply_entry__isnull=True)
                | Q(state="RETURNED", return_entry__isnull=False, apply_entry__isnull=True, amount_minor__gt=0)
                | Q(state="APPLIED", return_entry__isnull=True, apply_entry__isnull=False),
            ),
        ]
        triggers = [
            *no_delete("suspense_item"),
            Guard(name="suspense_item_is_fixed", when=pgtrigger.Before, operation=pgtrigger.Update, func=ITEM_IS_FIXED),
            Guard(
                name="suspense_is_conserved",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.state <> 'HELD'"),
                func=IS_CONSERVED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} {self.state}: {self.reason}"


__all__ = [
    "BankBooking",
    "BankCorrection",
    "CashAccount",
    "CashEntry",
    "CashLeg",
    "SettlementInstruction",
    "SuspenseItem",
    "settlement_machine",
    "suspense_machine",
]
