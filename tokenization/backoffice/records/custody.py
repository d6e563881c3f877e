"""Tokens, wallets, instructions, the registry's words and settlement, as recorded."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from custody.instructions.models import Instruction
from custody.registries.models import CapAccount, RegistrarKey, RegistryConfirmation, Statement, StatementLine
from custody.settlement.models import CashAccount, CashEntry, CashLeg, SettlementInstruction, SuspenseItem
from custody.tokenisation.models import ChainContract, ChainSetting, TokenContract, Wallet, WalletHolder
from tokenization.backoffice.records.base import Record, RecordRows, amount, shown, state, to
from tokenization.backoffice.site import office
from tokenization.backoffice.wording import INSTRUCTION_KIND, settlement_state
from tokenization.theme import figures


@admin.register(ChainContract, site=office)
class ChainContractRecord(Record):
    list_display = (
        "name",
        shown("address", "address", figures.hashed),
        state(),
        shown("verified_at", "code checked", figures.when),
    )
    list_filter = ("state",)


@admin.register(ChainSetting, site=office)
class ChainSettingRecord(Record):
    list_display = (
        shown("words", "words", figures.prose),
        state(),
        shown("executable_from", "executable from", figures.when),
        to("intent", "transaction"),
    )
    list_filter = ("state",)
    list_select_related = ("intent",)


@admin.register(TokenContract, site=office)
class TokenContractRecord(Record):
    list_display = (
        "purpose",
        to("series", "series"),
        "currency",
        shown("address", "address", figures.hashed),
        "chain_id",
        state(),
        to("approval", "approval"),
    )
    list_filter = ("purpose", "state")
    search_fields = ("address", "series__isin", "currency")
    list_select_related = ("series", "approval")


class HolderRows(RecordRows):
    model = WalletHolder
    fields = ("party", "valid_from", "valid_until")
    readonly_fields = fields


@admin.register(Wallet, site=office)
class WalletRecord(Record):
    list_display = (
        shown("address", "address", figures.hashed),
        state("chain_state", "on chain"),
        shown("proved_at", "proved", figures.when),
    )
    list_filter = ("chain_state",)
    search_fields = ("address", "holders__party__reference")
    inlines = (HolderRows,)


@admin.register(Instruction, site=office)
class InstructionRecord(Record):
    list_display = (
        shown("number", "number", figures.units),
        "what",
        to("token", "security"),
        to("wallet", "wallet"),
        shown("units", "units", figures.units),
        state(),
        to("approval", "approval"),
        shown("reason", "reason", figures.prose),
    )
    list_filter = ("state", "kind")
    search_fields = ("=number", "token__series__isin", "wallet__address", "source_key")
    list_select_related = ("token__series", "wallet", "approval")

    @admin.display(description="what", ordering="kind")
    def what(self, instruction: Instruction) -> str:
        return INSTRUCTION_KIND.get(instruction.kind, instruction.kind)


@admin.register(RegistryConfirmation, site=office)
class RegistryConfirmationRecord(Record):
    list_display = (
        "registry_reference",
        "kind",
        to("token", "security"),
        shown("units", "units", figures.units),
        shown("confirmed_at", "confirmed", figures.when),
        to("instruction", "instruction"),
    )
    list_filter = ("kind",)
    search_fields = ("registry_reference", "token__series__isin")
    list_select_related = ("token__series", "instruction")


@admin.register(CapAccount, site=office)
class CapAccountRecord(Record):
    list_display = (
        to("token", "security"),
        shown("confirmed", "confirmed, units", figures.units),
        shown("withdrawn", "withdrawn, units", figures.units),
        shown("issued", "issued, units", figures.units),
    )
    list_select_related = ("token__series",)


@admin.register(RegistrarKey, site=office)
class RegistrarKeyRecord(Record):
    list_display = (
        shown("address", "address", figures.hashed),
        shown("valid_from", "from", figures.when),
        shown("valid_until", "until", figures.when),
    )


class StatementRows(RecordRows):
    model = StatementLine
    fields = ("isin", "outstanding_minor", "conventional_minor", "immobilised_minor")
    readonly_fields = fields


@admin.register(Statement, site=office)
class StatementRecord(Record):
    list_display = (
        "statement_id",
        shown("as_of", "as of", figures.when),
        to("file", "file"),
        to("imported_by", "imported by"),
    )
    search_fields = ("statement_id",)
    list_select_related = ("file", "imported_by")
    inlines = (StatementRows,)


@admin.register(CashAccount, site=office)
class CashAccountRecord(Record):
    list_display = ("code", "name", "currency", "kind")


class LegRows(RecordRows):
    model = CashLeg
    fields = ("account", "amount_minor")
    readonly_fields = fields


@admin.register(CashEntry, site=office)
class CashEntryRecord(Record):
    list_display = (shown("words", "words", figures.prose), "kind", shown("at", "at", figures.when), "key")
    list_filter = ("kind",)
    search_fields = ("key", "words")
    inlines = (LegRows,)


@admin.display(description="state", ordering="state")
def settlement_words(settlement: SettlementInstruction) -> SafeString:
    return format_html(
        '<span class="tk-tag tk-{}">{}</span>', figures.tone(settlement.state), settlement_state(settlement.state)
    )


@admin.register(SettlementInstruction, site=office)
class SettlementRecord(Record):
    list_display = (
        "payment_reference",
        to("allotment.party", "party"),
        to("token", "security"),
        amount("amount_minor", "amount"),
        settlement_words,
        shown("deliver_by", "deliver by", figures.when),
        shown("reason", "reason", figures.prose),
    )
    list_filter = ("state",)
    search_fields = ("payment_reference", "allotment__party__reference", "token__series__isin")
    list_select_related = ("allotment__party", "token__series")


@admin.register(SuspenseItem, site=office)
class SuspenseRecord(Record):
    list_display = (
        "bank_reference",
        amount("amount_minor", "amount"),
        shown("reason", "reason", figures.prose),
        state(),
        to("settlement", "settlement"),
    )
    list_filter = ("state",)
    search_fields = ("bank_reference", "payment_reference")
    list_select_related = ("settlement",)
