"""Whose wallet is whose, from when until when, and by which opaque codes the chain knows people."""

from __future__ import annotations

import secrets

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from tokenization.kernel.fields import AddressField, HashField
from tokenization.kernel.states import Machine

wallet_machine = Machine(
    field="chain_state",
    transitions={"NONE": {"SENT"}, "SENT": {"REGISTERED", "NONE"}, "REGISTERED": {"SENT"}},
)


class Wallet(models.Model):
    """An address somebody proved to control; `recorded_expiry` is what the chain's identity registry says (unix s)."""

    class ChainState(models.TextChoices):
        NONE = "NONE"
        SENT = "SENT"
        REGISTERED = "REGISTERED"

    address = AddressField(unique=True)
    proof_nonce = HashField(null=True, unique=True)
    proof_signature = models.CharField(max_length=132, blank=True)
    proved_at = models.DateTimeField(null=True)
    chain_state = models.CharField(max_length=16, choices=ChainState.choices, default=ChainState.NONE)
    intent = models.ForeignKey("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    sent_expiry = models.BigIntegerField(null=True)
    recorded_expiry = models.BigIntegerField(null=True)
    round = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [wallet_machine.constraint("wallet_chain_state")]

    def __str__(self) -> str:
        return self.address


def _opaque_code() -> str:
    return "0x" + secrets.token_hex(20)


class PartyCode(models.Model):
    """The opaque code by which the chain knows a party: random, so that nothing public leads to it."""

    party = models.OneToOneField("identity.Party", on_delete=models.PROTECT, related_name="chain_code")
    code = AddressField(unique=True, default=_opaque_code)

    def __str__(self) -> str:
        return self.code


class ChainCode(models.Model):
    """The opaque number by which the chain knows a country or a kind of investor: random, so that a record says nothing
    to a stranger and a set of admitted countries cannot be read."""

    class Kind(models.TextChoices):
        COUNTRY = "country"
        CATEGORY = "category"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    value = models.CharField(max_length=20)
    code = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="chain_code_one_per_value", fields=["kind", "value"]),
            models.UniqueConstraint(name="chain_code_once", fields=["kind", "code"]),
            # The record's fields: 16 bits for the country, and a category is a bit of a 256-bit set.
            models.CheckConstraint(
                name="chain_code_fits",
                condition=Q(kind="country", code__range=(1, 65_535)) | Q(kind="category", code__range=(1, 255)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class WalletChallenge(models.Model):
    """One question "sign this to show that the wallet is yours": its nonce is used once, before it expires."""

    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="+")
    address = AddressField()
    nonce = HashField(unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.address} {self.nonce}"


class WalletHolder(models.Model):
    """Whose wallet it is, from when until when; at no instant two parties'."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="holders")
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="wallet_holdings")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="wallet_holder_period",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            # int8range instead of btree_gist: no extension to install.
            ExclusionConstraint(
                name="wallet_holder_one_at_a_time",
                expressions=[
                    (Func(F("wallet"), F("wallet"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func(F("valid_from"), F("valid_until"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} of {self.party_id}"
