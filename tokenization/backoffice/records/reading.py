"""How one field of a record, or a whole record, is said to an officer: by its kind, not model by model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tokenization.backoffice.wording import INSTRUCTION_KIND
from tokenization.kernel.fields import AddressField, HashField
from tokenization.kernel.sealed import SealedField
from tokenization.kernel.secrets import masked
from tokenization.theme import figures

# Where a record keeps its currency, nearest first.
_CURRENCY = (
    "currency", "commodity", "vault", "list", "series", "token", "event", "offer", "entitlement", "account", "envelope",
    "authority",
)  # fmt: skip
# What counts the paper or its backing; every other amount of a record is money due.
_COUNTED = {
    "face_minor", "denomination_minor", "programme_minor", "envelope_minor", "authority_minor", "fine_minor",
    "claimed_minor", "quantity_minor", "encumbered_minor", "added_minor",
}  # fmt: skip
NAMES: dict[str, Callable[[Any], str]] = {
    "instructions.Instruction": lambda row: (
        f"No. {row.number}, {INSTRUCTION_KIND[row.kind].lower()}, {figures.units(row.units)} units"
    ),
    "indexer.Log": lambda row: f"block {figures.units(row.block_id)}, log {row.log_index}",
    "indexer.Block": lambda row: f"block {figures.units(row.number)}",
    "outbox.Intent": lambda row: row.description,
    "outbox.Slot": lambda row: f"{row.signer}, No. {row.nonce}",
    "tokenisation.TokenContract": lambda row: f"{row.code}, {row.name if row.is_cash else row.series.short_name}",
    "tokenisation.ChainContract": lambda row: figures.words(row.name).capitalize(),
    "settlement.SettlementInstruction": lambda row: row.payment_reference,
    "cash.CashMint": lambda row: f"{figures.money(row.amount_minor, row.token.currency)} on {row.bank_reference}",
    "cash.CashBurn": lambda row: f"{figures.money(row.amount_minor, row.token.currency)} to {masked(row.payee)}",
    "settlement.CashEntry": lambda row: row.words,
    "settlement.CashAccount": lambda row: row.name,
    "settlement.SuspenseItem": lambda row: f"{figures.money(row.amount_minor, row.currency)}, {row.reason}",
    "servicing.ServicingEvent": lambda row: f"{row.title} of {row.token.code}, paid on {figures.day(row.payment_date)}",
    "servicing.BankAccount": lambda row: f"account of {row.party}",
    "servicing.TaxReversal": lambda row: f"tax given back to {row.entitlement.party}",
    "servicing.TaxStatus": lambda row: f"{row.party}, {row.get_status_display().lower()}",
    "servicing.Entitlement": lambda row: f"{figures.units(row.units)} units of {row.wallet.address}",
    "servicing.Payment": lambda row: f"payment to {row.entitlement.party}",
    "reconciliation.Run": lambda row: f"Run {row.pk}, block {figures.units(row.block_number)}",
    "reconciliation.Break": lambda row: f"Break {row.pk}, {row.get_kind_display()}",
    "register.Dispute": lambda row: f"{figures.units(row.units)} disputed units",
    "register.Entry": lambda row: f"Entry {row.pk}",
    "register.Position": lambda row: f"{row.token.code}, {figures.short(row.account)}",
    "registries.CapAccount": lambda row: row.token.code,
    "reserves.VaultItem": lambda row: row.key,
    "reserves.VaultList": lambda row: f"list {row.number} of {row.vault.code}",
    "reserves.VaultListLine": lambda row: f"line {row.line} of list {row.list.number} of {row.list.vault.code}",
    "reserves.ReserveAttestation": lambda row: f"attestation {row.number} of {row.token.code}",
    "reserves.EncumbranceRaise": lambda row: f"encumbrance {row.sequence} of {row.token.code}",
    "reserves.PhysicalRedemption": lambda row: f"{figures.units(row.units)} units of {row.party} for items",
    "reserves.ReleaseOrder": lambda row: f"release order RO-{row.redemption_id:08d}",
    "headroom.Commitment": lambda row: f"{figures.units(row.units)} units of {row.series.isin}",
    "allotment.Offer": lambda row: f"{row.series.isin} at {row.price}, settling {figures.day(row.settlement_date)}",
    "identity.Approval": lambda row: f"{row.title}, {figures.plain(row.subject)}",
    "identity.NationalId": lambda row: f"{row.scheme} of {row.party}",
    "identity.User": lambda row: row.get_full_name() or row.username,
    "files.StoredFile": lambda row: row.name,
}


def name_of(obj: Any) -> SafeString | str:
    """A record in words, with hashes and addresses by their two ends."""
    said = NAMES.get(obj._meta.label)
    return figures.prose(said(obj) if said else str(obj))


def currency_of(obj: Any, counted: bool = True) -> str:
    """The currency of a record's amounts, looked for in what it belongs to; empty when there is none.

    Not `counted`: that of money due on it, which is another one where a commodity backs it.
    """
    for name in _CURRENCY:
        found = getattr(obj, name, None)
        if isinstance(found, str):
            return found if counted else str(getattr(obj, "payment_currency", getattr(obj, "paid_in", found)))
        if isinstance(found, models.Model):
            return currency_of(found, counted)
    return ""


def said(obj: models.Model, field: models.Field[Any, Any]) -> SafeString | str:
    """The value of one field: money with its currency, instants with their zone, states in words."""
    value = getattr(obj, field.name)
    if value is None or value == "":
        return figures.EMPTY
    if isinstance(field, SealedField):
        return masked(value)
    if field.choices:
        label = str(getattr(obj, f"get_{field.name}_display")())
        return figures.words(value) if label == value else label
    if isinstance(field, (HashField, AddressField)) or (isinstance(value, str) and value.startswith("0x")):
        return format_html("<code>{}</code>", value)
    return _by_type(obj, field, value)


def _by_type(obj: models.Model, field: models.Field[Any, Any], value: Any) -> SafeString | str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return figures.when(value)
    if isinstance(value, date):
        return figures.day(value)
    if field.name.endswith("_minor") and (currency := currency_of(obj, field.name in _COUNTED)):
        return figures.money(value, currency)
    if isinstance(value, int):
        return figures.units(value)
    return figures.prose(value)


def readable(field: models.Field[Any, Any], link: Callable[[models.Model], SafeString | str]) -> Any:
    """The field as a read-only column of a record's page; a related record is a link."""

    def column(obj: models.Model) -> SafeString | str:
        if field.is_relation:
            related = getattr(obj, field.name)
            return figures.EMPTY if related is None else link(related)
        return said(obj, field)

    title = str(field.verbose_name).removesuffix(" minor")
    for word in ("isin", "id"):
        title = title.upper() if title == word else title
    column.short_description = title[:1].upper() + title[1:]  # type: ignore[attr-defined]
    column.admin_order_field = field.name  # type: ignore[attr-defined]
    column.__name__ = f"read_{field.name}"
    return column
