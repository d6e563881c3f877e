"""What was deployed and wired, and which keys that are not ours hold a role."""

from __future__ import annotations

from datetime import UTC

from django.db import models
from django.db.models import Q

from tokenization.kernel.fields import AddressField, HashField
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
