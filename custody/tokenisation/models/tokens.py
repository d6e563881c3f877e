"""Which contract is which series, or the cash of which currency."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pgtrigger
from django.db import models
from django.db.models import Q

from tokenization.kernel.fields import AddressField, CurrencyField, HashField, MinorField, Uint256Field
from tokenization.kernel.states import Machine
from tokenization.kernel.triggers import Guard

if TYPE_CHECKING:
    from issuance.series.models import Series


def _opaque_hash() -> str:
    return "0x" + secrets.token_hex(32)


class ProgrammeCode(models.Model):
    """The opaque 32 bytes by which the chain knows a programme, and the ceiling last sent in micro-units."""

    programme = models.OneToOneField("programme.Programme", on_delete=models.PROTECT, related_name="chain_code")
    code = HashField(unique=True, default=_opaque_hash)
    ceiling_micro = Uint256Field(default=0)

    def __str__(self) -> str:
        return self.code


class CashProgramme(models.Model):
    """The opaque 32 bytes by which the cash engine knows a currency, and the most of it that may be in circulation."""

    currency = CurrencyField(unique=True)
    code = HashField(unique=True, default=_opaque_hash)
    ceiling_minor = MinorField()

    class Meta:
        constraints = [models.CheckConstraint(name="cash_programme_ceiling", condition=Q(ceiling_minor__gt=0))]

    def __str__(self) -> str:
        return f"cash in {self.currency}"


token_machine = Machine(
    field="state", transitions={"PLANNED": {"SENT"}, "SENT": {"LIVE"}, "LIVE": {"CLOSED"}, "CLOSED": set()}
)


class TokenContract(models.Model):
    """The token of one series, or the settlement cash of one currency; its address is known before it exists (CREATE2).

    A unit of a cash token is a minor unit of its currency.
    """

    class State(models.TextChoices):
        PLANNED = "PLANNED"
        SENT = "SENT"
        LIVE = "LIVE"
        CLOSED = "CLOSED"

    class Purpose(models.TextChoices):
        SECURITY = "SECURITY"
        CASH = "CASH"

    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.SECURITY)
    # Null for CASH and for nothing else. Typed as rooms that meet securities alone see it: `purpose` tells the others.
    series: models.OneToOneField[Series, Series] = models.OneToOneField(  # type: ignore[misc]
        "series.Series", on_delete=models.PROTECT, null=True, related_name="token_contract"
    )
    currency = CurrencyField()
    chain_id = models.BigIntegerField()
    address = AddressField(unique=True)
    salt = HashField(unique=True)
    terms_hash = HashField()
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, related_name="+")
    intent = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=State.choices, default=State.PLANNED)
    next_number = models.BigIntegerField(default=1)

    class Meta:
        constraints = [
            token_machine.constraint("token_contract_state"),
            models.CheckConstraint(name="token_contract_number_positive", condition=Q(next_number__gte=1)),
            models.CheckConstraint(
                name="token_contract_of_series_or_currency",
                condition=Q(purpose="SECURITY", series__isnull=False) | Q(purpose="CASH", series__isnull=True),
            ),
            models.UniqueConstraint(
                name="token_contract_one_cash_per_currency", fields=["currency"], condition=Q(purpose="CASH")
            ),
        ]
        triggers = [
            Guard(
                name="token_contract_currency",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.series_id IS NOT NULL"),
                func="""
                    IF NOT EXISTS (SELECT 1 FROM series_series WHERE id = NEW.series_id AND currency = NEW.currency)
                    THEN
                        RAISE EXCEPTION 'token_contract_currency: a token has the currency of its series'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.series_id or self.currency} at {self.address}"

    @property
    def is_cash(self) -> bool:
        return self.purpose == self.Purpose.CASH

    @property
    def code(self) -> str:
        """How people call it: a security's ISIN, PKR-CASH for cash."""
        return f"{self.currency}-CASH" if self.is_cash else self.series.isin

    @property
    def name(self) -> str:
        return f"Settlement cash in {self.currency}" if self.is_cash else self.series.name

    @property
    def minor_per_unit(self) -> int:
        """What a unit is worth in minor units of the currency: a security's face, one for cash."""
        return 1 if self.is_cash else self.series.denomination_minor

    @property
    def paid_in(self) -> str:
        """The currency of whatever is paid for it or on it; its own, unless a commodity backs it."""
        return self.currency if self.is_cash else self.series.payment_currency

    @property
    def controller(self) -> str:
        """The contract of the plan (`contract_address`) that carries the numbered powers over it."""
        return "CASH_CONTROLLER" if self.is_cash else "CONTROLLER"

    @property
    def engine(self) -> str:
        """The contract of the plan that holds its cap, ceilings and maturity."""
        return "CASH_ENGINE" if self.is_cash else "ENGINE"
