from __future__ import annotations

from django.db import models

from tokenization.identity.models.user import User
from tokenization.kernel.append_only import AppendOnly


class Party(models.Model):
    """Somebody who may hold, pay or be paid: a person or an institution."""

    class Kind(models.TextChoices):
        PERSON = "PERSON", "Person"
        BANK = "BANK", "Bank"
        FUND = "FUND", "Fund"
        COMPANY = "COMPANY", "Company"
        PUBLIC_BODY = "PUBLIC_BODY", "Public body"

    class Category(models.TextChoices):
        PRIMARY_DEALER = "PRIMARY_DEALER", "Primary dealer"
        BANK = "BANK", "Bank"
        FUND = "FUND", "Fund"
        RESIDENT = "RESIDENT", "Resident"
        NON_RESIDENT = "NON_RESIDENT", "Non-resident"
        PUBLIC_BODY = "PUBLIC_BODY", "Public body"
        DISTRIBUTOR = "DISTRIBUTOR", "Distributor"

    reference = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    country = models.CharField(max_length=2)
    category = models.CharField(max_length=20, choices=Category.choices)

    class Meta:
        verbose_name_plural = "parties"
        constraints = [
            models.CheckConstraint(condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="party_country_iso2"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["PERSON", "BANK", "FUND", "COMPANY", "PUBLIC_BODY"]),
                name="party_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    category__in=[
                        "PRIMARY_DEALER",
                        "BANK",
                        "FUND",
                        "RESIDENT",
                        "NON_RESIDENT",
                        "PUBLIC_BODY",
                        "DISTRIBUTOR",
                    ]
                ),
                name="party_category_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"


class PartyMember(models.Model):
    """A user who acts for a party in the portal."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="party_memberships")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="members")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "party"], name="party_member_once")]

    def __str__(self) -> str:
        return f"{self.user} for {self.party}"


class KycDecision(AppendOnly):
    """One decision on a party; the latest one counts."""

    class Status(models.TextChoices):
        APPROVED = "APPROVED", "Approved"
        REFUSED = "REFUSED", "Refused"
        SUSPENDED = "SUSPENDED", "Suspended"

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="kyc_decisions")
    status = models.CharField(max_length=10, choices=Status.choices)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    reason = models.TextField()

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["party", "-decided_at", "-id"], name="kyc_latest")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="APPROVED", valid_until__isnull=False, valid_until__gt=models.F("valid_from"))
                | models.Q(status__in=["REFUSED", "SUSPENDED"], valid_until__isnull=True),
                name="kyc_decision_validity",
            )
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.status}"
