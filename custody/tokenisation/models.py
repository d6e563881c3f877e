"""Which contract is which series, what was deployed and wired, and whose wallet is whose."""

from __future__ import annotations

import secrets
from datetime import UTC

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from tokenization.kernel.fields import AddressField, HashField, Uint256Field
from tokenization.kernel.states import Machine


class ChainState(models.TextChoices):
    PLANNED = "PLANNED"
    SENT = "SENT"
    LIVE = "LIVE"


chain_contract_machine = Machine(field="state", transitions={"PLANNED": {"SENT"}, "SENT": {"LIVE"}, "LIVE": set()})


class ChainContract(models.Model):
    """One bootstrap contract: its slot (signer, nonce) is its identity, its address comes from the receipt."""

    class Name(models.TextChoices):
        ACCESS_MANAGER = "ACCESS_MANAGER"
        IDENTITY_REGISTRY = "IDENTITY_REGISTRY"
        RESERVE_BOOK = "RESERVE_BOOK"
        ENGINE = "ENGINE"
        CONTROLLER = "CONTROLLER"
        TOKEN_IMPLEMENTATION = "TOKEN_IMPLEMENTATION"  # noqa: S105 a contract's name
        FACTORY = "FACTORY"
        CLAIM_BOOK = "CLAIM_BOOK"
        DOCUMENTS = "DOCUMENTS"
        ANCHOR = "ANCHOR"
        CASH_CONTROLLER = "CASH_CONTROLLER"
        CASH_ENGINE = "CASH_ENGINE"
        CASH_BOOK = "CASH_BOOK"
        DELIVERY_VERSUS_PAYMENT = "DELIVERY_VERSUS_PAYMENT"
        PAYING_AGENT = "PAYING_AGENT"

    name = models.CharField(max_length=32, choices=Name.choices, unique=True)
    artifact = models.CharField(max_length=64)
    artifact_hash = HashField()
    address = AddressField(null=True, unique=True)
    intent = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=16, choices=ChainState.choices, default=ChainState.PLANNED)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            chain_contract_machine.constraint("chain_contract_state"),
            models.CheckConstraint(
                name="chain_contract_live_has_address",
                condition=~Q(state="LIVE") | Q(address__isnull=False, verified_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.address or self.state}"


chain_setting_machine = Machine(
    field="state",
    transitions={
        "SENT": {"ANNOUNCED", "LIVE", "WITHDRAWN", "FAILED"},
        "ANNOUNCED": {"LIVE", "WITHDRAWN", "FAILED"},
        "LIVE": set(),
        "WITHDRAWN": set(),
        "FAILED": set(),
    },
)


class ChainSetting(models.Model):
    """One use of a power that sets parameters on chain: the wiring, a ceiling, a granted role. Sent once under its key.

    Under a delayed role it is two transactions: `announcement` schedules, `intent` executes from `executable_from` on
    (chain time), unless `withdrawal`, the guardian's cancel, comes first.
    """

    key = models.CharField(max_length=120, unique=True)
    words = models.CharField(max_length=200)
    role = models.PositiveSmallIntegerField(default=0)
    intent = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, related_name="+")
    announcement = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawal = models.OneToOneField("outbox.Intent", on_delete=models.PROTECT, null=True, related_name="+")
    executable_from = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=chain_setting_machine.choices(), default="SENT")

    class Meta:
        constraints = [
            chain_setting_machine.constraint("chain_setting_state"),
            models.CheckConstraint(
                name="chain_setting_announced_from",
                condition=~Q(state="ANNOUNCED") | Q(announcement__isnull=False, executable_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words} ({self.stage})"

    @property
    def stage(self) -> str:
        """How far it is, in words: for a delayed power, from when it can be executed."""
        if self.state == "ANNOUNCED" and self.executable_from is not None:
            return f"announced, executable from {self.executable_from.astimezone(UTC):%d %B %Y %H:%M} UTC"
        return str(self.get_state_display()).lower()


class OutsideKey(models.Model):
    """An address that is not ours and holds a role: the registrar's, an examiner's. `in_wiring`: granted by it."""

    role = models.PositiveSmallIntegerField()
    address = AddressField()
    in_wiring = models.BooleanField()
    enrolled_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="outside_key_once", fields=["role", "address"])]

    def __str__(self) -> str:
        return f"{self.address} for role {self.role}"


def _opaque_hash() -> str:
    return "0x" + secrets.token_hex(32)


class ProgrammeCode(models.Model):
    """The opaque 32 bytes by which the chain knows a programme, and the ceiling last sent in micro-units."""

    programme = models.OneToOneField("programme.Programme", on_delete=models.PROTECT, related_name="chain_code")
    code = HashField(unique=True, default=_opaque_hash)
    ceiling_micro = Uint256Field(default=0)

    def __str__(self) -> str:
        return self.code


token_machine = Machine(
    field="state", transitions={"PLANNED": {"SENT"}, "SENT": {"LIVE"}, "LIVE": {"CLOSED"}, "CLOSED": set()}
)


class TokenContract(models.Model):
    """The token of one series; its address is known before it exists (CREATE2)."""

    class State(models.TextChoices):
        PLANNED = "PLANNED"
        SENT = "SENT"
        LIVE = "LIVE"
        CLOSED = "CLOSED"

    series = models.OneToOneField("series.Series", on_delete=models.PROTECT, related_name="token_contract")
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
        ]

    def __str__(self) -> str:
        return f"{self.series_id} at {self.address}"


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
