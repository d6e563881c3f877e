"""Where a party is paid when the chain is not the way: an account that two persons of compliance have verified."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from custody.servicing.models.rules import one_of
from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import CurrencyField
from tokenization.kernel.sealed import SealedField
from tokenization.kernel.secrets import masked
from tokenization.kernel.triggers import ends_once


class BankAccount(models.Model):
    """A verified account of a party, from an instant until (not including) another; one at a time."""

    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="bank_accounts")
    iban = SealedField()
    title = models.CharField(max_length=140)
    currency = CurrencyField()
    source = models.CharField(max_length=200)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    approval = models.OneToOneField("identity.Approval", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="bank_account_named", condition=~Q(title="") & ~Q(source="")),
            models.CheckConstraint(
                name="bank_account_period", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))
            ),
            ExclusionConstraint(
                name="bank_account_one_at_a_time",
                expressions=[
                    (one_of("party"), RangeOperators.OVERLAPS),
                    (Func(F("valid_from"), F("valid_until"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        triggers = [
            *no_delete("bank_account_is_kept"),
            ends_once(
                "bank_account_is_fixed",
                ("party_id", "iban", "title", "currency", "source", "valid_from", "approval_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{masked(self.iban)}, {self.title}"
