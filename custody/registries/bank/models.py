"""What the bank said, kept as it said it: the account, its statements and notifications, and each entry once."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from custody.registries.bank import guards
from tokenization.kernel.append_only import AppendOnly
from tokenization.kernel.fields import CurrencyField, MinorField
from tokenization.kernel.triggers import Guard


class SettlementAccount(AppendOnly):
    """Our account at the fiscal agent: one to a currency, as the journal has one BANK account to a currency.

    `opening_minor` is what stood on it before the journal began; the first statement opens with it.
    """

    iban = models.CharField(max_length=34, unique=True)
    currency = CurrencyField(unique=True)
    bank = models.CharField(max_length=100)
    opening_minor = MinorField(default=0)
    approval = models.ForeignKey("identity.Approval", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta(AppendOnly.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.iban} ({self.currency})"


class BankStatement(AppendOnly):
    """One statement, whole: it follows the last one without a gap, and opening + entries = closing."""

    account = models.ForeignKey(SettlementAccount, on_delete=models.PROTECT, related_name="statements")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=16)
    identification = models.CharField(max_length=35)
    electronic_number = models.BigIntegerField()
    legal_number = models.BigIntegerField(null=True)
    opening_on = models.DateField()
    opening_minor = MinorField()
    closing_on = models.DateField()
    closing_minor = MinorField()
    line_count = models.IntegerField()
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [
            models.UniqueConstraint(name="bank_statement_once", fields=["account", "identification"]),
            models.UniqueConstraint(name="bank_statement_number_once", fields=["account", "electronic_number"]),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            Guard(
                name="bank_statement_follows",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "registries_bankstatement%ROWTYPE"), ("opens_with", "bigint")],
                func=guards.FOLLOWS,
            ),
            Guard(
                name="bank_statement_adds_up",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                declare=[("counted", "bigint"), ("total", "numeric")],
                func=guards.ADDS_UP,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.identification}, No. {self.electronic_number}"


class BankNotification(AppendOnly):
    """Credits told during the day, before the statement books them."""

    account = models.ForeignKey(SettlementAccount, on_delete=models.PROTECT, related_name="notifications")
    file = models.OneToOneField("files.StoredFile", on_delete=models.PROTECT, related_name="+")
    format = models.CharField(max_length=16)
    identification = models.CharField(max_length=35)
    imported_at = models.DateTimeField()
    imported_by = models.ForeignKey("identity.User", on_delete=models.PROTECT, related_name="+")

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="bank_notification_once", fields=["account", "identification"])]

    def __str__(self) -> str:
        return self.identification


class BankEntry(AppendOnly):
    """One movement of the account, however often the bank tells of it: its own reference names it once a side.

    `quoted` is what its texts may quote, by the rule of `quoting`; amounts are positive, `credit` says the side.
    """

    account = models.ForeignKey(SettlementAccount, on_delete=models.PROTECT, related_name="entries")
    # The notification that told of it first; null when a statement did.
    notification = models.ForeignKey(BankNotification, on_delete=models.PROTECT, null=True, related_name="entries")
    reference = models.CharField(max_length=35)
    credit = models.BooleanField()
    amount_minor = MinorField()
    reversal = models.BooleanField()
    booking_date = models.DateField()
    value_date = models.DateField()
    end_to_end_id = models.CharField(max_length=35, blank=True)
    remittance = models.CharField(max_length=500, blank=True)
    quoted = ArrayField(models.CharField(max_length=35), default=list)

    class Meta(AppendOnly.Meta):
        verbose_name_plural = "bank entries"
        constraints = [
            models.UniqueConstraint(name="bank_entry_once", fields=["account", "reference", "credit"]),
            models.CheckConstraint(name="bank_entry_positive", condition=Q(amount_minor__gt=0)),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            Guard(
                name="bank_entry_has_source",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.notification_id IS NULL"),
                func=guards.HAS_SOURCE,
            ),
        ]

    @property
    def signed(self) -> int:
        return self.amount_minor if self.credit else -self.amount_minor

    def __str__(self) -> str:
        return f"{self.reference} {self.signed}"


class BankStatementLine(AppendOnly):
    """An entry stands in one statement, at one place."""

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    entry = models.OneToOneField(BankEntry, on_delete=models.PROTECT, related_name="statement_line")
    position = models.IntegerField()

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="bank_line_place_once", fields=["statement", "position"])]
        triggers = [
            *AppendOnly.Meta.triggers,
            Guard(
                name="bank_statement_is_whole",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                level=pgtrigger.Statement,
                referencing=pgtrigger.Referencing(new="new_lines"),  # type: ignore[no-untyped-call]
                func=guards.IS_WHOLE,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}/{self.position}"
