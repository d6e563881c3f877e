"""Coupons and repayments: what was due as of the record block, whether it was paid, and the advice about it."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from custody.servicing.models import Entitlement
from tokenization.documents.downloads import pdf_download
from tokenization.portal.papers import advice_of
from tokenization.portal.selectors import entitlements
from tokenization.portal.views.common import facts, investor, page
from tokenization.portal.wording import PAYMENT
from tokenization.portal.working import paid_at, way, working
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told


def payments_table(rows: Iterable[Entitlement]) -> Table:
    return table(
        "payments",
        (
            _("Payment date"),
            _("Security"),
            _("What"),
            "#" + _("Units"),
            "#" + _("Tax withheld"),
            "#" + _("Amount"),
            _("Status"),
        ),
        (
            (
                link(figures.day(row.event.payment_date), reverse("portal:payment", args=[row.pk])),
                f"{row.event.token.series.name}, {row.event.token.series.isin}",
                told(row.event.title),
                row.units,
                amount(row.tax_minor, row.event.token.series.payment_currency),
                amount(row.net_minor, row.event.token.series.payment_currency),
                _status(row),
            )
            for row in rows
        ),
        empty=_("No payment is due to you yet."),
    )


def _status(entitlement: Entitlement) -> Cell:
    payment = getattr(entitlement, "payment", None)
    if payment is None and entitlement.net_minor:
        return Cell(str(PAYMENT["PREPARED"]), tone="wait")
    if payment is None:
        return Cell(_("In dispute: nothing is due to this wallet"), tone="warn")
    return Cell(str(PAYMENT[payment.state]), tone=figures.tone(payment.state))


@face("portal")
@require_safe
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(entitlements(investor(request)), pk=pk)
    series = row.event.token.series
    currency, money = series.payment_currency, getattr(row, "payment", None)
    arrived = paid_at(money, row) if money else None
    told = facts(
        (_("What"), row.event.title),
        (_("Security"), f"{series.name}, {series.isin}"),
        (_("Units held at the record instant"), figures.units(row.units)),
        *working(row),
        (_("Before tax"), figures.money(row.net_minor + row.tax_minor, currency)),
        (_("Tax withheld"), figures.money(row.tax_minor, currency)),
        (_("Amount"), figures.money(row.net_minor, currency)),
        (_("Payment date"), figures.day(row.event.payment_date)),
        *(((_("Paid"), figures.when(arrived)),) if arrived else ()),
        *(((_("By") if arrived else _("Will come by"), way(money, row)),) if money else ()),
        (_("Record instant"), figures.when(row.event.record_at)),
        (_("Record block"), figures.units(row.event.record_block_number)),
        (_("Units held in wallet"), row.wallet.address),
    )
    paid = getattr(getattr(row, "payment", None), "state", "") == "PAID"
    return page(request, "payment.html", _("Payment"), status=_status(row), facts=told, payment=row, paid=paid)


@face("portal")
@require_safe
def advice(request: HttpRequest, pk: int) -> HttpResponse:
    """404 until it is paid."""
    row = get_object_or_404(entitlements(investor(request)), pk=pk)
    document = advice_of(row)
    if document is None:
        raise Http404
    return pdf_download(f"payment-advice-{row.pk}", document)
