"""Legal authority to borrow, its yearly envelopes, and the dated exchange rates that ceilings are measured with."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from issuance.authority.guards import terms_frozen
from issuance.authority.instruments import CARRIES, Instrument
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import CurrencyField, MinorField
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.states import Machine

authority_machine = Machine(
    field="state", transitions={"DRAFT": {"IN_FORCE", "CLOSED"}, "IN_FORCE": {"CLOSED"}, "CLOSED": set()}
)
envelope_machine = Machine(
    field="state", transitions={"DRAFT": {"OPEN", "CLOSED"}, "OPEN": {"CLOSED"}, "CLOSED": set()}
)


class Kind(models.TextChoices):
    BORROWING = "BORROWING", "Borrowing"
    DISPOSAL = "DISPOSAL", "Disposal"
    PLEDGE = "PLEDGE", "Pledge"


class Measure(models.TextChoices):
    """What a ceiling counts: paper outstanding at a date; paper issued in a budget year; issued less repaid in it."""

    STOCK = "STOCK", "Stock outstanding"
    GROSS = "GROSS", "Gross in the budget year"
    NET = "NET", "Net in the budget year"


class Basis(models.TextChoices):
    FACE = "FACE", "Face"
    PROCEEDS = "PROCEEDS", "Proceeds"


class FxRate(AppendOnly):
    """One unit of `base` is worth `rate` of `quote` on a date. The digits of both minor units are stored with the rate
    so that the database can convert without a table of currencies."""

    on = models.DateField()
    base = CurrencyField()
    quote = CurrencyField()
    rate = models.DecimalField(max_digits=20, decimal_places=8)
    base_digits = models.PositiveSmallIntegerField()
    quote_digits = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=80)

    class Meta(AppendOnly.Meta):
        ordering = ["-on", "base", "quote"]
        constraints = [
            models.UniqueConstraint(fields=["on", "base", "quote", "source"], name="fx_rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="fx_rate_positive"),
            models.CheckConstraint(condition=~Q(base=F("quote")), name="fx_rate_two_currencies"),
            models.CheckConstraint(condition=Q(base_digits__lte=8, quote_digits__lte=8), name="fx_rate_digits"),
            # No price turns ounces into barrels or into rupees under a ceiling: a quantity weighs as itself.
            models.CheckConstraint(
                condition=~Q(base__in=sorted(MEASURES)) & ~Q(quote__in=sorted(MEASURES)), name="fx_rate_of_currencies"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.rate} on {self.on} ({self.source})"


AUTHORITY_TERMS = (
    "reference", "title", "law", "instrument", "kind", "measure", "basis", "currency", "ceiling_minor",
    "restores_on_redemption", "valid_from", "valid_until",
)  # fmt: skip


class LegalAuthority(models.Model):
    """The law's power and ceiling. `restores_on_redemption`: whether repaid paper gives its room back (stock ceilings
    choose; a net ceiling always does, a gross one never). `currency` is a measure (kernel.measures) where the power is
    over a commodity: such a ceiling counts quantity, never proceeds."""

    reference = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    law = models.CharField(max_length=200)
    instrument = models.CharField(max_length=10, choices=Instrument.choices, default=Instrument.STATUTE)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    measure = models.CharField(max_length=10, choices=Measure.choices)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    currency = CurrencyField()
    ceiling_minor = MinorField()
    restores_on_redemption = models.BooleanField()
    valid_from = models.DateField()
    valid_until = models.DateField()
    state = models.CharField(max_length=10, default="DRAFT", choices=authority_machine.choices())

    TERMS = AUTHORITY_TERMS

    class Meta:
        ordering = ["reference"]
        verbose_name_plural = "legal authorities"
        constraints = [
            authority_machine.constraint("authority_state"),
            models.CheckConstraint(condition=Q(ceiling_minor__gt=0), name="authority_ceiling_positive"),
            models.CheckConstraint(condition=Q(valid_from__lte=F("valid_until")), name="authority_dates"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="authority_kind"),
            models.CheckConstraint(condition=Q(basis__in=Basis.values), name="authority_basis"),
            models.CheckConstraint(
                condition=Q(instrument__in=sorted(CARRIES["AUTHORITY"])), name="authority_instrument_carries"
            ),
            models.CheckConstraint(
                condition=Q(measure="STOCK")
                | Q(measure="NET", restores_on_redemption=True)
                | Q(measure="GROSS", restores_on_redemption=False),
                name="authority_measure_restores",
            ),
            models.CheckConstraint(
                condition=Q(~Q(currency__in=sorted(MEASURES)), kind="BORROWING")
                | Q(kind__in=["DISPOSAL", "PLEDGE"], currency__in=sorted(MEASURES), basis="FACE"),
                name="authority_kind_counts",
            ),
        ]
        triggers = [
            *no_delete("authority"),
            terms_frozen("authority_terms_frozen", AUTHORITY_TERMS),
        ]

    def __str__(self) -> str:
        return self.reference


ENVELOPE_TERMS = ("authority_id", "budget_year", "starts_on", "ends_on", "currency", "amount_minor")


class BudgetEnvelope(models.Model):
    """An authority's share of one budget year, by the authority's own measure, basis and restoring rule."""

    authority = models.ForeignKey(LegalAuthority, on_delete=models.PROTECT, related_name="envelopes")
    budget_year = models.CharField(max_length=9)
    starts_on = models.DateField()
    ends_on = models.DateField()
    currency = CurrencyField()
    amount_minor = MinorField()
    state = models.CharField(max_length=10, default="DRAFT", choices=envelope_machine.choices())

    TERMS = ENVELOPE_TERMS

    class Meta:
        ordering = ["authority", "starts_on"]
        constraints = [
            envelope_machine.constraint("envelope_state"),
            models.UniqueConstraint(fields=["authority", "budget_year"], name="envelope_once_a_year"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="envelope_amount_positive"),
            models.CheckConstraint(condition=Q(starts_on__lte=F("ends_on")), name="envelope_dates"),
        ]
        triggers = [
            *no_delete("envelope"),
            terms_frozen("envelope_terms_frozen", ENVELOPE_TERMS),
        ]

    def __str__(self) -> str:
        return f"{self.authority.reference} {self.budget_year}"
