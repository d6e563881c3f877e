"""Trades with other investors: how they are listed, and the note of a settled one."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from custody.settlement.trades.models import Trade, TradeSide
from tokenization.documents.downloads import pdf_download
from tokenization.identity.models import Party
from tokenization.portal.papers import trade_note_of
from tokenization.portal.selectors import trades
from tokenization.portal.views.common import investor, own_parties
from tokenization.portal.wording import traded_price
from tokenization.portal.worth import traded_accrued
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told


def trades_table(rows: Iterable[Trade], parties: Iterable[Party]) -> Table:
    mine = {party.pk for party in parties}
    return table(
        "trades",
        (
            _("Trade"),
            _("Security"),
            _("What"),
            "#" + _("Units"),
            "#" + _("Amount"),
            "#" + _("Price"),
            "#" + _("Accrued interest in it"),
            _("Status"),
            _("Until"),
            _("Contract note"),
        ),
        (
            (
                _("Trade %(number)s") % {"number": row.pk},
                f"{row.token.name}, {row.token.code}",
                _what(row, mine),
                row.units,
                amount(row.amount_minor, row.cash.currency),
                traded_price(row),
                amount(traded_accrued(row), row.cash.currency),
                Cell(told(row.get_state_display()), tone=figures.tone(row.state)),
                row.valid_until,
                link("PDF", reverse("portal:trade-note", args=[row.pk])) if row.settled_log else "",
            )
            for row in rows
        ),
        empty=_("You have traded with nobody."),
    )


def _what(row: Trade, mine: set[int]) -> str:
    roles = {side.role for side in row.sides.all() if side.party_id in mine}
    if len(roles) > 1:
        return _("between your own")
    return _("bought") if TradeSide.Role.BUYER in roles else _("sold")


@face("portal")
@require_safe
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """404 until both legs are in the register; of a trade between two own parties, the buyer's."""
    row = get_object_or_404(trades(investor(request)), pk=pk)
    document = trade_note_of(row, own_parties(request))
    if document is None:
        raise Http404
    return pdf_download(f"trade-note-{row.pk}", document)
