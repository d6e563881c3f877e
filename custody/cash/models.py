"""Cash tokens come from a booked credit and from nothing else, and are burned before they are paid out."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from custody.cash.guards import BURN_BEGINS, BURN_MOVES, ISSUED_ON_CREDIT, MINT_BEGINS, MINT_MOVES
from custody.instructions.models import Instruction
from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import MinorField
from tokenization.kernel.sealed import SealedField
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

mint_machine = Machine(
    field="state",
    transitions={
        "CREDITED": {"ISSUING", "RELEASED"},
        "ISSUING": {"DONE", "FAILED"},
        "FAILED": {"RELEASED"},
        "DONE": set(),
        "RELEASED": set(),
    },
)


class CashMint(models.Model):
    """Tokens for one booked credit, into one wallet. `settlement` is the purchase that the credit pays, if it does.

    CREDITED: booked, waits for the approval of two houses and the fiscal agent's signature. FAILED: the issue was given
    up; the cap is withdrawn by two, then the credit waits in suspense (RELEASED).
    """

    class State(models.TextChoices):
        CREDITED = "CREDITED"
        ISSUING = "ISSUING"
        DONE = "DONE"
        FAILED = "FAILED"
        RELEASED = "RELEASED"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="mints")
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, related_name="cash_mints")
    settlement = models.OneToOneField(
        "settlement.SettlementInstruction", on_delete=models.PROTECT, null=True, related_name="cash_mint"
    )
    receipt = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, related_name="cash_mint")
    bank_reference = models.CharField(max_length=64)
    amount_minor = MinorField()
    issue_instruction = models.OneToOneField(Instruction, on_delete=models.PROTECT, related_name="cash_mint")
    confirm_instruction = models.OneToOneField(Instruction, on_delete=models.PROTECT, related_name="+")
    withdraw_instruction = models.OneToOneField(Instruction, on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.CREDITED)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            mint_machine.constraint("cash_mint_state"),
            models.CheckConstraint(name="cash_mint_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="cash_mint_ended_by_entry",
                condition=Q(state__in=["DONE", "RELEASED"], entry__isnull=False)
                | (~Q(state__in=["DONE", "RELEASED"]) & Q(entry__isnull=True)),
            ),
        ]
        triggers = [
            *no_delete("cash_mint_is_kept"),
            Guard(name="cash_mint_on_credit", when=pgtrigger.Before, operation=pgtrigger.Insert, func=MINT_BEGINS),
            Guard(name="cash_mint_is_fixed", when=pgtrigger.Before, operation=pgtrigger.Update, func=MINT_MOVES),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.state}"


burn_machine = Machine(
    field="state",
    transitions={
        "REQUESTED": {"BURNING", "CANCELLED"},
        "BURNING": {"BURNED", "FAILED"},
        "BURNED": {"PAID"},
        "PAID": set(),
        "FAILED": set(),
        "CANCELLED": set(),
    },
)


class CashBurn(models.Model):
    """Tokens that leave circulation, and the money that follows them: burned first, then paid out.

    `day` is set for the treasury's sweep: its proceeds of that day go to the treasury's own account. `recovers`: tokens
    whose money bank rails have paid to their holders already; nothing is paid out for them a second time.
    """

    class State(models.TextChoices):
        REQUESTED = "REQUESTED"
        BURNING = "BURNING"
        BURNED = "BURNED"
        PAID = "PAID"
        FAILED = "FAILED"
        CANCELLED = "CANCELLED"

    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, related_name="burns")
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, related_name="cash_burns")
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="cash_burns")
    amount_minor = MinorField()
    payee = SealedField()
    day = models.DateField(null=True)
    recovers = models.BooleanField(default=False, db_default=False)
    instruction = models.OneToOneField(Instruction, on_delete=models.PROTECT, related_name="cash_burn")
    burn_entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, null=True, related_name="+")
    payout_entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, null=True, related_name="+")
    bank_reference = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED)
    reason = models.TextField(blank=True)
    requested_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()

    class Meta:
        constraints = [
            burn_machine.constraint("cash_burn_state"),
            models.CheckConstraint(name="cash_burn_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(
                name="cash_burn_burned_has_entry",
                condition=Q(state__in=["BURNED", "PAID"], burn_entry__isnull=False)
                | (~Q(state__in=["BURNED", "PAID"]) & Q(burn_entry__isnull=True)),
            ),
            models.CheckConstraint(
                name="cash_burn_paid_has_entry",
                condition=Q(state="PAID", payout_entry__isnull=False) & ~Q(bank_reference="")
                | (~Q(state="PAID") & Q(payout_entry__isnull=True, bank_reference="")),
            ),
        ]
        triggers = [
            *no_delete("cash_burn_is_kept"),
            Guard(name="cash_burn_begins", when=pgtrigger.Before, operation=pgtrigger.Insert, func=BURN_BEGINS),
            Guard(name="cash_burn_before_pay_out", when=pgtrigger.Before, operation=pgtrigger.Update, func=BURN_MOVES),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.state}"


class CashIssue(Instruction):
    """Issue and confirmation of cash seen from the credits: without a mint neither leaves the house, whoever asks."""

    class Meta:
        proxy = True
        triggers = [
            Guard(
                name="cash_issued_on_credit",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.kind IN ('ISSUE', 'CONFIRM') AND OLD.state IS DISTINCT FROM NEW.state"
                ),
                func=ISSUED_ON_CREDIT,
            )
        ]
