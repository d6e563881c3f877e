"""A series (one ISIN) and its versioned term sheets. One unit is one token of `denomination_minor` face.

Of a RESERVE series `currency` is a measure (kernel.measures), the denomination is what backs one unit, and
`maturity_date` is the long-stop date: the last day on which redemption may be asked, and on which transfers close.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from issuance.authority.guards import terms_frozen
from issuance.conditions.guards import conditions_met
from issuance.programme.models import Programme
from tokenization.files.models import StoredFile
from tokenization.identity.models import Approval
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import CurrencyField, HashField, MinorField
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.states import Machine

series_machine = Machine(
    field="state",
    transitions={
        "DRAFT": {"APPROVED", "CLOSED"},
        "APPROVED": {"LIVE", "CLOSED"},
        "LIVE": {"MATURED"},
        "MATURED": {"CLOSED"},
        "CLOSED": set(),
    },
)


class Kind(models.TextChoices):
    MTB = "MTB", "Market treasury bill"
    PIB = "PIB", "Pakistan investment bond"
    RESERVE = "RESERVE", "Reserve-backed token"


class DebtKind(models.TextChoices):
    """The kinds that bear profit on debt: what withholding rules are about."""

    MTB = Kind.MTB.value, Kind.MTB.label
    PIB = Kind.PIB.value, Kind.PIB.label


class Claim(models.TextChoices):
    """What the holder of a reserve-backed unit has in law."""

    OWNERSHIP = "OWNERSHIP", "Ownership of a share of the stored commodity"
    SECURED_DEBT = "SECURED_DEBT", "A debt secured by the stored commodity"
    DELIVERY = "DELIVERY", "A right to delivery of the commodity"


class LegalRecord(models.TextChoices):
    """Which record wins in court (DESIGN.md, section 2)."""

    TOKEN_REGISTER = "TOKEN_REGISTER", "The token register"  # noqa: S105
    NOMINEE = "NOMINEE", "A nominee's omnibus account"
    MIRROR = "MIRROR", "Each holder's depository account, mirrored"
    PARALLEL = "PARALLEL", "Parallel run, depository first"


SERIES_TERMS = (
    "programme_id", "isin", "name", "short_name", "kind", "currency", "denomination_minor", "issue_date",
    "maturity_date", "tenor_days", "ceiling_units", "convention", "calendar", "record_zone", "legal_record",
    "legal_instrument", "coupon_pct", "first_coupon_date", "payment_currency", "claim", "margin_bps",
)  # fmt: skip


_OF_A_MEASURE = Q(currency__in=sorted(MEASURES))


class Series(models.Model):
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="series")
    isin = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=35)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    currency = CurrencyField()
    denomination_minor = MinorField()
    issue_date = models.DateField()
    maturity_date = models.DateField()
    tenor_days = models.PositiveIntegerField()
    ceiling_units = models.BigIntegerField()
    convention = models.CharField(max_length=20)
    calendar = models.CharField(max_length=20)
    record_zone = models.CharField(max_length=40)
    legal_record = models.CharField(max_length=20, choices=LegalRecord.choices)
    legal_instrument = models.CharField(max_length=200)
    # Percent of face a year; 0 for paper that pays only at maturity.
    coupon_pct = models.DecimalField(max_digits=9, decimal_places=6, default=Decimal(0))
    # Set only where the first coupon is a long one: a regular date later than the next.
    first_coupon_date = models.DateField(null=True)
    # What is paid for a unit, and whatever is paid on it; that of the paper itself for debt.
    payment_currency = CurrencyField()
    claim = models.CharField(max_length=12, blank=True, choices=Claim.choices)
    # Part of the attested quantity that never backs a unit, in ten-thousandths.
    margin_bps = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, default="DRAFT", choices=series_machine.choices())

    TERMS = SERIES_TERMS

    class Meta:
        ordering = ["maturity_date", "isin"]
        verbose_name_plural = "series"
        constraints = [
            series_machine.constraint("series_state"),
            models.CheckConstraint(condition=Q(isin__regex=r"^[A-Z]{2}[A-Z0-9]{9}[0-9]$"), name="series_isin_shape"),
            models.CheckConstraint(condition=Q(denomination_minor__gt=0), name="series_denomination_positive"),
            models.CheckConstraint(condition=Q(ceiling_units__gt=0), name="series_ceiling_positive"),
            models.CheckConstraint(condition=Q(issue_date__lt=F("maturity_date")), name="series_dates"),
            models.CheckConstraint(condition=Q(legal_record__in=LegalRecord.values), name="series_legal_record"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="series_kind"),
            models.CheckConstraint(
                condition=Q(coupon_pct=0, first_coupon_date__isnull=True) | Q(coupon_pct__gt=0, kind="PIB"),
                name="series_coupon_of_a_bond",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(kind="RESERVE"),
                    ~Q(convention="UNIT-PRICE"),
                    ~_OF_A_MEASURE,
                    payment_currency=F("currency"),
                    claim="",
                    margin_bps=0,
                )
                | Q(
                    _OF_A_MEASURE,
                    ~Q(payment_currency__in=sorted(MEASURES)),
                    kind="RESERVE",
                    convention="UNIT-PRICE",
                    claim__in=Claim.values,
                    margin_bps__lt=10_000,
                ),
                name="series_kind_counts",
            ),
        ]
        triggers = [
            *no_delete("series"),
            terms_frozen("series_terms_frozen", SERIES_TERMS),
            conditions_met("series_conditions_met"),
        ]

    def __str__(self) -> str:
        return self.isin

    @property
    def is_reserve(self) -> bool:
        """Whether a commodity in store backs it, so that it is priced by the unit and bears no yield."""
        return self.kind == Kind.RESERVE


class TermSheet(AppendOnly):
    """The canonical text of the terms as approved; `sha256` is of the file's bytes."""

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="term_sheets")
    version = models.PositiveIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = HashField()
    approved_by = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        ordering = ["series", "version"]
        constraints = [
            models.UniqueConstraint(fields=["series", "version"], name="term_sheet_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="term_sheet_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.series.isin} v{self.version}"
