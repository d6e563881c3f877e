"""A programme: a plan under one envelope. Its ceiling counts face outstanding; repayment restores it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from issuance.authority.guards import terms_frozen
from issuance.authority.models import BudgetEnvelope
from tokenization.kernel.append_only import no_delete
from tokenization.kernel.fields import CurrencyField, MinorField
from tokenization.kernel.states import Machine

programme_machine = Machine(
    field="state", transitions={"DRAFT": {"OPEN", "CLOSED"}, "OPEN": {"CLOSED"}, "CLOSED": set()}
)


PROGRAMME_TERMS = ("envelope_id", "reference", "name", "currency", "ceiling_minor")


class Programme(models.Model):
    envelope = models.ForeignKey(BudgetEnvelope, on_delete=models.PROTECT, related_name="programmes")
    reference = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    currency = CurrencyField()
    ceiling_minor = MinorField()
    state = models.CharField(max_length=10, default="DRAFT", choices=programme_machine.choices())

    TERMS = PROGRAMME_TERMS

    class Meta:
        ordering = ["reference"]
        constraints = [
            programme_machine.constraint("programme_state"),
            models.CheckConstraint(condition=Q(ceiling_minor__gt=0), name="programme_ceiling_positive"),
        ]
        triggers = [
            *no_delete("programme"),
            terms_frozen("programme_terms_frozen", PROGRAMME_TERMS),
        ]

    def __str__(self) -> str:
        return self.reference
