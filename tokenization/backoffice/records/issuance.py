"""Authority, programmes, series, offers and allotments, as recorded."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from issuance.allotment.models import Allotment, Offer
from issuance.auction.models import Auction
from issuance.authority.models import BudgetEnvelope, FxRate, LegalAuthority
from issuance.bid.models import DealerClient
from issuance.conditions.models import ConditionPrecedent
from issuance.conditions.selectors import conditions_missing
from issuance.headroom.models import Commitment
from issuance.programme.models import Programme
from issuance.series.models import Series, TermSheet
from tokenization.backoffice.records.base import Record, RecordRows, amount, shown, state, to
from tokenization.backoffice.site import office
from tokenization.theme import figures


@admin.register(FxRate, site=office)
class FxRateRecord(Record):
    list_display = (shown("on", "on", figures.day), "base", "quote", "rate", "source")
    list_filter = ("base", "quote")
    date_hierarchy = "on"


@admin.register(LegalAuthority, site=office)
class LegalAuthorityRecord(Record):
    list_display = (
        "reference",
        "title",
        "kind",
        "measure",
        "basis",
        amount("ceiling_minor", "ceiling"),
        shown("valid_from", "valid from", figures.day),
        shown("valid_until", "valid until", figures.day),
        state(),
    )
    list_filter = ("state", "kind", "measure")
    search_fields = ("reference", "title", "law")


@admin.register(BudgetEnvelope, site=office)
class BudgetEnvelopeRecord(Record):
    list_display = (
        "__str__",
        to("authority", "authority"),
        shown("starts_on", "starts on", figures.day),
        shown("ends_on", "ends on", figures.day),
        amount("amount_minor", "amount"),
        state(),
    )
    list_filter = ("state", "budget_year")
    search_fields = ("authority__reference", "budget_year")
    list_select_related = ("authority",)


@admin.register(Programme, site=office)
class ProgrammeRecord(Record):
    list_display = ("reference", "name", to("envelope", "envelope"), amount("ceiling_minor", "ceiling"), state())
    list_filter = ("state", "currency")
    search_fields = ("reference", "name")
    list_select_related = ("envelope__authority",)


class ConditionRows(RecordRows):
    model = ConditionPrecedent
    fields = ("kind", "holder", "share_bp", "words", "instrument", "document", "replaces")
    readonly_fields = fields


@admin.register(Series, site=office)
class SeriesRecord(Record):
    inlines = (ConditionRows,)
    list_display = (
        "isin",
        "short_name",
        to("programme", "programme"),
        amount("denomination_minor", "denomination"),
        shown("ceiling_units", "ceiling, units", figures.units),
        shown("issue_date", "issue date", figures.day),
        shown("maturity_date", "maturity date", figures.day),
        state(),
    )
    list_filter = ("state", "kind", "legal_record")
    search_fields = ("isin", "name", "short_name")
    list_select_related = ("programme",)

    def columns(self, request: HttpRequest, obj: Any) -> list[Any]:
        """A series that a commodity backs says what it still lacks, and has its conditions below."""
        found = super().columns(request, obj)
        return [*found, "missing"] if obj is not None and obj.is_reserve else found

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None and obj.is_reserve else ()

    @admin.display(description="Still missing before it opens")
    def missing(self, obj: Series) -> str:
        return "; ".join(row.words for row in conditions_missing(obj)) or "nothing"


@admin.register(ConditionPrecedent, site=office)
class ConditionRecord(Record):
    list_display = (
        to("series", "series"),
        "kind",
        "holder",
        shown("share_bp", "share, ten-thousandths", figures.units),
        "instrument",
        to("document", "document"),
        shown("recorded_at", "recorded", figures.when),
        to("recorded_by", "recorded by"),
    )
    list_filter = ("kind", "instrument")
    search_fields = ("series__isin", "holder", "words")
    list_select_related = ("series", "document", "recorded_by")


@admin.register(TermSheet, site=office)
class TermSheetRecord(Record):
    list_display = (
        to("series", "series"),
        "version",
        to("file", "file"),
        shown("sha256", "fingerprint", figures.hashed),
        to("approved_by", "approved by"),
    )
    search_fields = ("series__isin", "sha256")
    list_select_related = ("series", "file", "approved_by")


@admin.register(Commitment, site=office)
class CommitmentRecord(Record):
    list_display = (
        "key",
        to("series", "series"),
        shown("units", "units", figures.units),
        amount("face_minor", "face", "series.currency"),
        shown("settles_on", "settles on", figures.day),
        shown("frees_on", "frees on", figures.day),
        state(),
        "release_reason",
    )
    list_filter = ("state",)
    search_fields = ("key", "series__isin")
    list_select_related = ("series",)


@admin.register(Offer, site=office)
class OfferRecord(Record):
    list_display = (
        "__str__",
        to("series", "series"),
        shown("price", "price", figures.price),
        shown("yield_pct", "yield, %", figures.price),
        shown("settlement_date", "settlement date", figures.day),
        shown("target_units", "target, units", figures.units),
        state(),
    )
    list_filter = ("state",)
    search_fields = ("series__isin",)
    list_select_related = ("series",)


@admin.register(Auction, site=office)
class AuctionRecord(Record):
    list_display = (
        "__str__",
        to("series", "series"),
        shown("closes_at", "bids until", figures.when),
        shown("settlement_date", "settlement date", figures.day),
        amount("target_minor", "target", "series.currency"),
        state(),
    )
    list_filter = ("state",)
    search_fields = ("series__isin", "series__short_name")
    list_select_related = ("series",)


@admin.register(Allotment, site=office)
class AllotmentRecord(Record):
    list_display = (
        to("party", "party"),
        to("series", "series"),
        shown("settlement_date", "settlement date", figures.day),
        "price",
        shown("units", "units", figures.units),
        amount("face_minor", "face", "series.currency"),
        amount("proceeds_minor", "to pay", "series.payment_currency"),
        state(),
    )
    list_filter = ("state",)
    search_fields = ("party__reference", "party__name", "series__isin")
    list_select_related = ("party", "series")


@admin.register(DealerClient, site=office)
class MandateRecord(Record):
    """Bids have no record here: before the close nobody looks at them, and afterwards the book does."""

    list_display = (
        to("dealer", "dealer"),
        to("client", "client"),
        shown("valid_from", "valid from", figures.when),
        shown("valid_until", "valid until", figures.when),
    )
    search_fields = ("dealer__reference", "dealer__name", "client__reference", "client__name")
    list_select_related = ("dealer", "client")
