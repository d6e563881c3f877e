"""Vaults and their items: each in one state at a time, behind at most one token, every move with its decision."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from custody.reserves.guards import ITEM_GUARDS, MOVE_GUARDS
from custody.reserves.kinds import KINDS, Form, ReserveKind
from tokenization.kernel.append_only import AppendOnly, no_delete
from tokenization.kernel.fields import CurrencyField, MinorField
from tokenization.kernel.states import Machine

item_machine = Machine(
    field="state",
    transitions={
        "FREE": {"ALLOCATED", "PLEDGED", "ENCUMBERED"},
        "ALLOCATED": {"FREE", "PLEDGED", "ENCUMBERED", "RELEASE_ORDERED"},
        "PLEDGED": {"FREE"},
        "ENCUMBERED": {"FREE"},
        "RELEASE_ORDERED": {"RELEASED"},
        "RELEASED": set(),
    },
)
BACKING = ["ALLOCATED", "RELEASE_ORDERED"]
# Words with one space between them, without the mark that stands between the parts of a key.
PLAIN = r"^([A-Za-z0-9._-]+( [A-Za-z0-9._-]+)*)?$"


class ItemState(models.TextChoices):
    FREE = "FREE", "free"
    ALLOCATED = "ALLOCATED", "behind a token"
    PLEDGED = "PLEDGED", "pledged"
    ENCUMBERED = "ENCUMBERED", "encumbered"
    RELEASE_ORDERED = "RELEASE_ORDERED", "to be released"
    RELEASED = "RELEASED", "released"


class Vault(models.Model):
    """A vault or terminal that keeps one commodity; `party` is who keeps it."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=200)
    party = models.ForeignKey("identity.Party", on_delete=models.PROTECT, related_name="vaults")
    commodity = CurrencyField()
    location = models.CharField(max_length=200)
    opened_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="vault_code_shape", condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9-]+$"))
        ]
        triggers = [*no_delete("vault_is_kept")]

    def __str__(self) -> str:
        return self.code

    @property
    def kind(self) -> ReserveKind:
        return KINDS[self.commodity]


class VaultItem(models.Model):
    """One bar (brand, serial, year) or one batch in a tank. Its figures, with the certificate of a batch, are those of
    the vault's latest list.

    `fine_minor` is the vault's word in the measure's smallest unit and what counts; the refiner's is kept beside it.
    `moves` counts the rows of its history.
    """

    vault = models.ForeignKey(Vault, on_delete=models.PROTECT, related_name="items")
    form = models.CharField(max_length=4, choices=Form.choices)
    key = models.CharField(max_length=130)
    brand = models.CharField(max_length=40, blank=True)
    serial = models.CharField(max_length=40, blank=True)
    year = models.PositiveSmallIntegerField(null=True)
    tank = models.CharField(max_length=40, blank=True)
    batch = models.CharField(max_length=40, blank=True)
    certificate = models.CharField(max_length=40, blank=True)
    gross_minor = MinorField(null=True)
    assay = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    refiner_fine_minor = MinorField(null=True)
    fine_minor = MinorField()
    state = models.CharField(max_length=16, choices=ItemState.choices, default=ItemState.FREE)
    token = models.ForeignKey(
        "tokenisation.TokenContract", on_delete=models.PROTECT, null=True, related_name="reserve_items"
    )
    moves = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["vault", "key"]
        constraints = [
            item_machine.constraint("vault_item_state"),
            models.UniqueConstraint(
                Upper("brand"), Upper("serial"), "year", name="vault_item_bar_once", condition=Q(form="BAR")
            ),
            models.UniqueConstraint(
                "vault", Upper("tank"), Upper("batch"), name="vault_item_batch_once", condition=Q(form="TANK")
            ),
            models.CheckConstraint(
                name="vault_item_named_plainly",
                condition=Q(brand__regex=PLAIN, serial__regex=PLAIN, tank__regex=PLAIN, batch__regex=PLAIN),
            ),
            models.CheckConstraint(
                name="vault_item_backs_one_token",
                condition=Q(state__in=BACKING, token__isnull=False) | (~Q(state__in=BACKING) & Q(token__isnull=True)),
            ),
            models.CheckConstraint(name="vault_item_positive", condition=Q(fine_minor__gt=0)),
            models.CheckConstraint(
                name="vault_item_of_a_form",
                condition=Q(
                    form="BAR", year__isnull=False, assay__isnull=False, gross_minor__gte=F("fine_minor"),
                    refiner_fine_minor__gt=0, tank="", batch="", certificate="",
                )
                & ~Q(brand="") & ~Q(serial="")
                | Q(form="TANK", brand="", serial="", year__isnull=True, assay__isnull=True, gross_minor__isnull=True)
                & Q(refiner_fine_minor__isnull=True) & ~Q(tank="") & ~Q(batch="") & ~Q(certificate=""),
            ),
        ]  # fmt: skip
        indexes = [models.Index(name="vault_item_by_token", fields=["token", "state"])]
        triggers = [*no_delete("vault_item_is_kept"), *ITEM_GUARDS]

    def __str__(self) -> str:
        return f"{self.key} ({self.vault_id}), {self.get_state_display()}"

    @property
    def identity(self) -> str:
        """As `ListLine.identity`."""
        return self.key.casefold()

    @property
    def difference_minor(self) -> int:
        """By how much the vault's fine weight differs from the refiner's."""
        return 0 if self.refiner_fine_minor is None else self.fine_minor - self.refiner_fine_minor


class VaultItemMove(AppendOnly):
    """One move of one item, with the decision it rests on. `token` is the one it comes to back, or no longer backs."""

    item = models.ForeignKey(VaultItem, on_delete=models.PROTECT, related_name="history")
    sequence = models.PositiveIntegerField()
    old_state = models.CharField(max_length=16, choices=ItemState.choices)
    new_state = models.CharField(max_length=16, choices=ItemState.choices)
    token = models.ForeignKey("tokenisation.TokenContract", on_delete=models.PROTECT, null=True, related_name="+")
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, null=True, related_name="+")
    redemption = models.ForeignKey(
        "reserves.PhysicalRedemption", on_delete=models.PROTECT, null=True, related_name="moves"
    )
    reason = models.CharField(max_length=300, blank=True)
    moved_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["item", "sequence"]
        constraints = [
            models.UniqueConstraint(name="vault_item_move_once", fields=["item", "sequence"]),
            models.CheckConstraint(
                name="vault_item_move_declared",
                condition=Q(
                    *[
                        Q(old_state=old, new_state=new)
                        for old, targets in sorted(item_machine.transitions.items())
                        for new in sorted(targets)
                    ],
                    _connector=Q.OR,
                ),
            ),
        ]
        triggers = [*AppendOnly.Meta.triggers, *MOVE_GUARDS]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.old_state} to {self.new_state}"
