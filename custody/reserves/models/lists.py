"""What a vault told, list by list, as it told it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from custody.reserves.models.vaults import Vault, VaultItem
from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.fields import MinorField


class VaultList(AppendOnly):
    """One list of one vault, taken whole or not at all; `number` counts without a gap."""

    vault = models.ForeignKey(Vault, on_delete=models.PROTECT, related_name="lists")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    layout = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    as_of = models.DateTimeField()
    items = models.PositiveIntegerField()
    total_minor = MinorField()
    imported_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        ordering = ["vault", "number"]
        constraints = [
            models.UniqueConstraint(name="vault_list_number_once", fields=["vault", "number"]),
            models.UniqueConstraint(name="vault_list_instant_once", fields=["vault", "as_of"]),
            models.CheckConstraint(
                name="vault_list_holds_items", condition=Q(number__gte=1, items__gte=1, total_minor__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"list {self.number} of vault {self.vault_id}, as of {self.as_of:%Y-%m-%d %H:%M}"


class VaultListLine(AppendOnly):
    """One item as the list tells it; the columns of its layout that the other has not are empty."""

    list = models.ForeignKey(VaultList, on_delete=models.PROTECT, related_name="lines")
    item = models.ForeignKey(VaultItem, on_delete=models.PROTECT, related_name="told")
    line = models.PositiveIntegerField()
    fine_minor = MinorField()
    gross_minor = MinorField(null=True)
    assay = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    refiner_gross_minor = MinorField(null=True)
    refiner_fine_minor = MinorField(null=True)
    inspector = models.CharField(max_length=40, blank=True)
    certificate = models.CharField(max_length=40, blank=True)
    api_gravity = models.DecimalField(max_digits=3, decimal_places=1, null=True)
    sediment_water_pct = models.DecimalField(max_digits=5, decimal_places=3, null=True)

    class Meta(AppendOnly.Meta):
        ordering = ["list", "line"]
        constraints = [
            models.UniqueConstraint(name="vault_list_line_once", fields=["list", "item"]),
            models.CheckConstraint(name="vault_list_line_positive", condition=Q(fine_minor__gt=0)),
        ]

    def __str__(self) -> str:
        return f"line {self.line} of list {self.list_id}"
