"""Metal or oil for units: burned first, then released, item by item."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from custody.reserves.released import ITEM_GUARDS, ORDER_GUARDS, REDEMPTION_GUARDS
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import MinorField
from tokenization.kernel.states import Machine

redemption_machine = Machine(
    field="state",
    transitions={
        "REQUESTED": {"APPROVED", "CANCELLED"},
        "APPROVED": {"BURNING"},
        "BURNING": {"BURNED", "FAILED"},
        "BURNED": {"RELEASE_ORDERED"},
        "RELEASE_ORDERED": {"RELEASED"},
        "RELEASED": set(),
        "FAILED": set(),
        "CANCELLED": set(),
    },
)


class PhysicalRedemption(models.Model):
    """Chosen items of one vault for exactly their quantity in units of one wallet.

    REQUESTED: the holder asked. APPROVED by two. BURNING: the items are held against the attestation (`encumbrance`;
    none where nothing was attested) and the burn follows on its way. BURNED: final; the release order is written in the
    same transaction. RELEASED: the vault confirmed. FAILED: the burn was given up; the items stay held against the
    attestation until an examiner's next word.
    """

    class State(models.TextChoices):
        REQUESTED = "REQUESTED", "asked for"
        APPROVED = "APPROVED", "approved"
        BURNING = "BURNING", "units being burned"
        BURNED = "BURNED", "burned"
        RELEASE_ORDERED = "RELEASE_ORDERED", "release ordered"
        RELEASED = "RELEASED", "released"
        FAILED = "FAILED", "given up"
        CANCELLED = "CANCELLED", "taken back"

    token = models.ForeignKey(
        "tokenisation.TokenContract", on_delete=models.PROTECT, related_name="physical_redemptions"
    )
    wallet = models.ForeignKey("tokenisation.Wallet", on_delete=models.PROTECT, related_name="physical_redemptions")
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="physical_redemptions")
    vault = models.ForeignKey("reserves.Vault", on_delete=models.PROTECT, related_name="redemptions")
    units = models.BigIntegerField()
    collector = models.CharField(max_length=200)
    instruction = models.OneToOneField(
        "instructions.Instruction", on_delete=models.PROTECT, related_name="physical_redemption"
    )
    encumbrance = models.OneToOneField(
        "reserves.EncumbranceRaise", on_delete=models.PROTECT, null=True, related_name="redemption"
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED)
    vault_reference = models.CharField(max_length=64, blank=True)
    released_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    requested_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()

    class Meta:
        constraints = [
            redemption_machine.constraint("physical_redemption_state"),
            models.CheckConstraint(name="physical_redemption_positive", condition=Q(units__gte=1) & ~Q(collector="")),
            models.CheckConstraint(
                name="physical_redemption_released_by_vault",
                condition=Q(state="RELEASED", released_at__isnull=False) & ~Q(vault_reference="")
                | ~Q(state="RELEASED") & Q(released_at__isnull=True, vault_reference=""),
            ),
        ]
        triggers = [*no_delete("physical_redemption_is_kept"), *REDEMPTION_GUARDS]

    def __str__(self) -> str:
        return f"physical redemption {self.pk} of {self.units} units, {self.get_state_display()}"


class RedemptionItem(models.Model):
    """One item asked for. `live` until the redemption came to nothing: a live item cannot be asked for again."""

    redemption = models.ForeignKey(PhysicalRedemption, on_delete=models.PROTECT, related_name="items")
    item = models.ForeignKey("reserves.VaultItem", on_delete=models.PROTECT, related_name="asked")
    fine_minor = MinorField()
    live = models.BooleanField(default=True)

    class Meta:
        ordering = ["redemption", "item"]
        constraints = [
            models.UniqueConstraint(name="redemption_item_asked_once", fields=["item"], condition=Q(live=True)),
            models.UniqueConstraint(name="redemption_item_once", fields=["redemption", "item"]),
            models.CheckConstraint(name="redemption_item_positive", condition=Q(fine_minor__gt=0)),
        ]
        triggers = [*no_delete("redemption_item_is_kept"), *ITEM_GUARDS]

    def __str__(self) -> str:
        return f"item {self.item_id} for redemption {self.redemption_id}"


class ReleaseOrder(AppendOnly):
    """The order to the vault: these items, to this collector, for these burned units. One per redemption."""

    redemption = models.OneToOneField(PhysicalRedemption, on_delete=models.PROTECT, related_name="order")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        triggers = [*AppendOnly.Meta.triggers, *ORDER_GUARDS]

    def __str__(self) -> str:
        return f"release order of redemption {self.redemption_id}"
