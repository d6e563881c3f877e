"""Tax withheld on profit on debt: which rate for whom, whose status is what, and what was taken back. All by two."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from custody.servicing.models.rules import days, one_of, period_check
from issuance.series.models import DebtKind as Instrument
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import MinorField
from tokenization.kernel.triggers import ends_once

_KEY = Func(F("status"), Func(F("instrument"), F("base"), function="textcat"), function="textcat")
_HASH = Func(_KEY, Value(0), function="hashtextextended")


class HolderStatus(models.TextChoices):
    FILER = "FILER", "Filer"
    NON_FILER = "NON_FILER", "Non-filer"
    NON_RESIDENT = "NON_RESIDENT", "Non-resident account"
    EXEMPT = "EXEMPT", "Exempt body"
    TREATY = "TREATY", "Under a treaty"


class TaxBase(models.TextChoices):
    COUPON = "COUPON", "the coupon"
    FACE_LESS_COST = "FACE_LESS_COST", "face less what the holder paid"


class TaxRule(models.Model):
    """The rate in basis points for one holder status and instrument, from a day until (not including) another."""

    status = models.CharField(max_length=16, choices=HolderStatus.choices)
    instrument = models.CharField(max_length=10, choices=Instrument.choices)
    base = models.CharField(max_length=16, choices=TaxBase.choices)
    rate_bp = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["instrument", "base", "status", "valid_from"]
        constraints = [
            models.CheckConstraint(name="tax_rule_rate", condition=Q(rate_bp__lte=10_000)),
            models.CheckConstraint(name="tax_rule_status", condition=Q(status__in=HolderStatus.values)),
            models.CheckConstraint(name="tax_rule_instrument", condition=Q(instrument__in=Instrument.values)),
            models.CheckConstraint(name="tax_rule_base", condition=Q(base__in=TaxBase.values)),
            models.CheckConstraint(name="tax_rule_source", condition=~Q(source="")),
            period_check("tax_rule_period"),
            ExclusionConstraint(
                name="tax_rule_one_at_a_time",
                expressions=[
                    (Func(_HASH, _HASH, Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (days(), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            *no_delete("tax_rule_is_kept"),
            ends_once(
                "tax_rule_is_fixed",
                ("status", "instrument", "base", "rate_bp", "source", "valid_from", "approval_id"),
            ),
        ]

    def __str__(self) -> str:
        rate = f"{self.rate_bp // 100}.{self.rate_bp % 100:02d} %"
        return f"{self.get_status_display()}, {self.instrument}: {rate} of {self.get_base_display()}"


class TaxStatus(models.Model):
    """A party's status with the tax authority in a period. Without one the highest rate applies."""

    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="tax_statuses")
    status = models.CharField(max_length=16, choices=HolderStatus.choices)
    source = models.CharField(max_length=200)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["party", "valid_from"]
        verbose_name_plural = "tax statuses"
        constraints = [
            models.CheckConstraint(name="tax_status_known", condition=Q(status__in=HolderStatus.values)),
            models.CheckConstraint(name="tax_status_source", condition=~Q(source="")),
            period_check("tax_status_period"),
            ExclusionConstraint(
                name="tax_status_one_at_a_time",
                expressions=[(one_of("party"), RangeOperators.OVERLAPS), (days(), RangeOperators.OVERLAPS)],
            ),
        ]
        triggers = [
            *no_delete("tax_status_is_kept"),
            ends_once("tax_status_is_fixed", ("party_id", "status", "source", "valid_from", "approval_id")),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.get_status_display()} from {self.valid_from}"


class TaxReversal(AppendOnly):
    """Tax given back to a holder whose status was another one than was known on the record date."""

    entitlement = models.ForeignKey("servicing.Entitlement", on_delete=models.PROTECT, related_name="reversals")
    status = models.CharField(max_length=16, choices=HolderStatus.choices)
    rate_bp = models.PositiveIntegerField()
    amount_minor = MinorField()
    reason = models.CharField(max_length=500)
    cash_entry = models.OneToOneField("settlement.CashEntry", on_delete=models.PROTECT, related_name="+")
    approval = models.OneToOneField("identity.Approval", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        constraints = [
            models.CheckConstraint(name="tax_reversal_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="tax_reversal_status", condition=Q(status__in=HolderStatus.values)),
            models.CheckConstraint(name="tax_reversal_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} of entitlement {self.entitlement_id} given back"
