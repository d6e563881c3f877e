"""Who a natural person is to the state: a number that two persons of compliance have verified."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from tokenization.identity.models.party import Party
from tokenization.kernel.append_only import no_delete
from tokenization.kernel.sealed import BlindIndexField, SealedField
from tokenization.kernel.secrets import masked
from tokenization.kernel.triggers import ends_once, guard

_ONLY_PERSONS = """
    IF NOT EXISTS (SELECT FROM identity_party WHERE id = NEW.party_id AND kind = 'PERSON') THEN
        RAISE EXCEPTION 'national_id_of_a_person: only a natural person has a national identity number'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'national_id_of_a_person';
    END IF;
    RETURN NEW;
"""
_TWO_DECIDED = """
    IF NOT EXISTS (
        SELECT FROM identity_approval
        WHERE id = NEW.approval_id AND state = 'APPROVED' AND action = 'identity.national_ids.NationalIdRegister'
    ) THEN
        RAISE EXCEPTION 'national_id_decided: two persons verify a national identity number'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'national_id_decided';
    END IF;
    RETURN NEW;
"""


class NationalId(models.Model):
    """The national identity number of a person, from an instant until (not including) another; one at a time.

    A number that is in force belongs to one party: nobody is registered twice.
    """

    class Scheme(models.TextChoices):
        CNIC = "CNIC", "CNIC (Pakistan)"

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="national_ids")
    scheme = models.CharField(max_length=10, choices=Scheme.choices)
    number = SealedField()
    number_index = BlindIndexField(of="number")
    source = models.CharField(max_length=200)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    approval = models.OneToOneField("identity.Approval", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "national identity number"
        constraints = [
            models.CheckConstraint(name="national_id_scheme_known", condition=Q(scheme__in=["CNIC"])),
            models.CheckConstraint(name="national_id_sourced", condition=~Q(source="")),
            models.CheckConstraint(
                name="national_id_period", condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from"))
            ),
            models.UniqueConstraint(
                name="national_id_one_party", fields=["scheme", "number_index"], condition=Q(valid_until__isnull=True)
            ),
            models.UniqueConstraint(
                name="national_id_one_at_a_time", fields=["party", "scheme"], condition=Q(valid_until__isnull=True)
            ),
        ]
        triggers = [
            *no_delete("national_id_is_kept"),
            ends_once(
                "national_id_is_fixed",
                ("party_id", "scheme", "number", "number_index", "source", "valid_from", "approval_id"),
            ),
            guard("national_id_of_a_person", pgtrigger.Insert, _ONLY_PERSONS),
            guard("national_id_decided", pgtrigger.Insert, _TWO_DECIDED),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {masked(self.number)}"
