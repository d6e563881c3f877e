"""What was allotted, how to pay for it, how far its delivery has come, and the papers about it."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from custody.settlement.trades.models import Trade
from issuance.allotment.models import Allotment
from tokenization.documents.downloads import pdf_download
from tokenization.portal.allowance import allowance_facts
from tokenization.portal.papers import how_to_pay, letter_of, note_of, settlement_of
from tokenization.portal.selectors import allotments
from tokenization.portal.views.common import facts, investor, own_cash, page
from tokenization.portal.wording import SETTLEMENT, UNOPENED, price_facts, source_words
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told


def purchases_table(rows: Iterable[Allotment], trades: Iterable[Trade] = ()) -> Table:
    """What the state sold to the investor, and what he bought of other holders: `trades` are those of his as buyer."""
    return table(
        "purchases",
        (_("Purchase"), _("From"), _("Security"), "#" + _("Units"), "#" + _("To pay"), _("Pay before"), _("Status")),
        [*map(_bought, rows), *map(_traded, trades)],
        empty=_("You have bought nothing here yet."),
    )


def _bought(row: Allotment) -> tuple[object, ...]:
    return (
        link(_name(row), reverse("portal:purchase", args=[row.pk])),
        _("the state"),
        f"{row.series.name}, {row.series.isin}",
        row.units,
        amount(row.proceeds_minor, row.series.payment_currency),
        _until(row),
        status(row),
    )


def _traded(row: Trade) -> tuple[object, ...]:
    note = reverse("portal:trade-note", args=[row.pk]) if row.settled_log else ""
    return (
        Cell(_("Trade %(number)s") % {"number": row.pk}, href=note),
        _("another holder"),
        f"{row.token.name}, {row.token.code}",
        row.units,
        amount(row.amount_minor, row.cash.currency),
        row.valid_until if row.state in {"PROPOSED", "SIGNED"} else "",
        Cell(told(row.get_state_display()), tone=figures.tone(row.state)),
    )


def status(row: Allotment) -> Cell:
    settlement = settlement_of(row)
    if settlement is None:
        return Cell(str(UNOPENED.get(row.state, figures.words(row.state))), tone=figures.tone(row.state))
    return Cell(str(SETTLEMENT[settlement.state]), tone=figures.tone(settlement.state))


def _name(row: Allotment) -> str:
    settlement = settlement_of(row)
    return settlement.payment_reference if settlement else _("Allotment %(number)s") % {"number": row.pk}


def _until(row: Allotment) -> object:
    settlement = settlement_of(row)
    return settlement.deliver_by if settlement and settlement.state == "AWAITING_CASH" else ""


@face("portal")
@require_safe
def purchase(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(allotments(investor(request)), pk=pk)
    series, settlement, pay = row.series, settlement_of(row), how_to_pay(row)
    due = pay is not None and settlement is not None and settlement.state == "AWAITING_CASH"
    delivered = settlement is not None and settlement.state == "DELIVERED"
    paper = facts(
        (_("Security"), f"{series.name}, {series.isin}"),
        (_("Bought from"), source_words(row)),
        (_("Units"), figures.units(row.units)),
        *price_facts(row),
        (_("All in all"), figures.money(row.proceeds_minor, series.payment_currency)),
        (_("Settlement date"), figures.day(row.settlement_date)),
        *(
            ((_("Delivered to wallet") if delivered else _("Goes to wallet"), settlement.wallet.address),)
            if settlement
            else ()
        ),
    )
    return page(
        request,
        "purchase.html",
        _("Purchase %(reference)s") % {"reference": _name(row)},
        status=status(row),
        facts=paper,
        pay=pay,
        due=due,
        purchase=row,
        delivered=delivered,
        held=sum(cash.minor for cash in own_cash(request) if cash.token.currency == series.payment_currency),
        allowance=facts(*allowance_facts(settlement)) if settlement else [],
        waits=told(settlement.reason) if settlement and settlement.state == "IMMOBILISED" else "",
    )


@face("portal")
@require_safe
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(allotments(investor(request)), pk=pk)
    return pdf_download(f"allotment-letter-{row.pk}", letter_of(row))


@face("portal")
@require_safe
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """404 until the units are delivered: there is no contract note before."""
    row = get_object_or_404(allotments(investor(request)), pk=pk)
    document = note_of(row)
    if document is None:
        raise Http404
    return pdf_download(f"contract-note-{row.pk}", document)
