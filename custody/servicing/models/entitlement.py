"""What one wallet is due as of the record block, and the tax on it."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from custody.servicing.models.rules import added_rows
from tokenization.kernel.append_only import append_only
from tokenization.kernel.fields import MinorField
from tokenization.kernel.triggers import Guard

# For the whole statement at once: a million lines are written by one. The share lock lets no record slip in between.
_AS_OF_THE_RECORD = """
    PERFORM 1 FROM servicing_servicingevent WHERE id IN (SELECT event_id FROM added) ORDER BY id FOR SHARE;
    IF EXISTS (SELECT 1 FROM servicing_servicingevent WHERE id IN (SELECT event_id FROM added) AND state <> 'OPEN') THEN
        RAISE EXCEPTION 'entitlement_as_of_the_record: nobody is added once the record is written'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
"""


class Entitlement(models.Model):
    """Gross = net + tax + suspense. Disputed units earn nothing to the wallet: their money is suspended, untaxed."""

    event = models.ForeignKey("servicing.ServicingEvent", on_delete=models.PROTECT, related_name="entitlements")
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, null=True, related_name="entitlements")
    units = models.BigIntegerField()
    disputed_units = models.BigIntegerField(default=0)
    gross_minor = MinorField()
    base_minor = MinorField(default=0)
    tax_status = models.CharField(max_length=16, blank=True)
    tax_rule = models.ForeignKey("servicing.TaxRule", on_delete=models.PROTECT, null=True, related_name="+")
    tax_minor = MinorField(default=0)
    net_minor = MinorField()
    suspense_minor = MinorField(default=0)
    burn_instruction = models.OneToOneField(
        "instructions.Instruction", on_delete=models.PROTECT, null=True, related_name="entitlement"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="entitlement_once", fields=["event", "wallet"]),
            models.CheckConstraint(
                name="entitlement_not_negative",
                condition=Q(units__gte=0, disputed_units__gte=0, base_minor__gte=0, tax_minor__gte=0)
                & Q(net_minor__gte=0, suspense_minor__gte=0),
            ),
            models.CheckConstraint(
                name="entitlement_gross",
                condition=Q(gross_minor=F("net_minor") + F("tax_minor") + F("suspense_minor")),
            ),
            models.CheckConstraint(
                name="entitlement_of_party_or_nobody",
                condition=Q(party__isnull=False) | Q(net_minor=0, tax_minor=0),
            ),
            models.CheckConstraint(
                name="entitlement_tax_by_rule",
                condition=Q(tax_minor=0) | Q(tax_rule__isnull=False, tax_minor__lte=F("base_minor")),
            ),
            models.CheckConstraint(
                name="entitlement_burns_units", condition=Q(burn_instruction__isnull=True) | Q(units__gt=0)
            ),
        ]
        triggers = [
            *append_only("entitlement_is_fixed"),
            Guard(
                name="entitlement_as_of_the_record",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=added_rows(),
                func=_AS_OF_THE_RECORD,
            ),
        ]

    @property
    def disputed(self) -> bool:
        return self.disputed_units > 0

    def __str__(self) -> str:
        return f"{self.units} units of wallet {self.wallet_id}"
