"""Coupons and repayments: what was due as of the record block, whether it was paid, and the advice about it."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
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


def payments_table(rows: Iterable[Entitlement]) -> Table:
    return table(
        "payments",
        ("Payment date", "Security", "What", "#Units", "#Tax withheld", "#Amount", "Status"),
        (
            (
                link(figures.day(row.event.payment_date), reverse("portal:payment", args=[row.pk])),
                f"{row.event.token.series.name}, {row.event.token.series.isin}",
                row.event.title,
                row.units,
                amount(row.tax_minor, row.event.token.series.payment_currency),
                amount(row.net_minor, row.event.token.series.payment_currency),
                _status(row),
            )
            for row in rows
        ),
        empty="No payment is due to you yet.",
    )


def _status(entitlement: Entitlement) -> Cell:
    payment = getattr(entitlement, "payment", None)
    if payment is None and entitlement.net_minor:
        return Cell(PAYMENT["PREPARED"], tone="wait")
    if payment is None:
        return Cell("In dispute: nothing is due to this wallet", tone="warn")
    return Cell(PAYMENT[payment.state], tone=figures.tone(payment.state))


@face("portal")
@require_safe
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(entitlements(investor(request)), pk=pk)
    series = row.event.token.series
    currency, money = series.payment_currency, getattr(row, "payment", None)
    arrived = paid_at(money, row) if money else None
    told = facts(
        ("What", row.event.title),
        ("Security", f"{series.name}, {series.isin}"),
        ("Units held at the record instant", figures.units(row.units)),
        *working(row),
        ("Before tax", figures.money(row.net_minor + row.tax_minor, currency)),
        ("Tax withheld", figures.money(row.tax_minor, currency)),
        ("Amount", figures.money(row.net_minor, currency)),
        ("Payment date", figures.day(row.event.payment_date)),
        *((("Paid", figures.when(arrived)),) if arrived else ()),
        *((("By" if arrived else "Will come by", way(money, row)),) if money else ()),
        ("Record instant", figures.when(row.event.record_at)),
        ("Record block", figures.units(row.event.record_block_number)),
        ("Units held in wallet", row.wallet.address),
    )
    paid = getattr(getattr(row, "payment", None), "state", "") == "PAID"
    return page(request, "payment.html", "Payment", status=_status(row), facts=told, payment=row, paid=paid)


@face("portal")
@require_safe
def advice(request: HttpRequest, pk: int) -> HttpResponse:
    """404 until it is paid."""
    row = get_object_or_404(entitlements(investor(request)), pk=pk)
    document = advice_of(row)
    if document is None:
        raise Http404
    return pdf_download(f"payment-advice-{row.pk}", document)
