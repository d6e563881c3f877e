"""The investor's pages. What is not the signed-in party's does not exist: 404."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.servicing.models import Entitlement
from custody.settlement.models import SettlementInstruction
from tokenization.identity.models import User
from tokenization.portal import selectors
from tokenization.portal.wording import PAYMENT, SETTLEMENT, movement
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.stamp import register_stamp
from tokenization.theme.tables import Cell, Table, amount, code, link, table


def _investor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 narrowed for the type checker; `face` let only users in
    return request.user


def _page(request: HttpRequest, template: str, heading: str, **context: Any) -> HttpResponse:
    return render(request, f"portal/{template}", {"heading": heading, **context})


def _status(settlement: SettlementInstruction) -> Cell:
    return Cell(SETTLEMENT[settlement.state], tone=figures.tone(settlement.state))


def _payment(entitlement: Entitlement) -> Cell:
    payment = getattr(entitlement, "payment", None)
    if payment is None:
        return Cell("In dispute: nothing is due to this wallet", tone="warn")
    return Cell(PAYMENT[payment.state], tone=figures.tone(payment.state))


def _holdings(user: User) -> Table:
    return table(
        "holdings",
        ("Security", "ISIN", "Matures", "#Units", "#Face value", "Wallet", "Note"),
        (
            (
                holding.series.name,
                holding.series.isin,
                holding.series.maturity_date,
                holding.units,
                amount(holding.face_minor, holding.series.currency),
                code(holding.wallet),
                Cell(f"{figures.units(holding.disputed)} in dispute", tone="warn") if holding.disputed else "",
            )
            for holding in selectors.holdings(user)
        ),
        empty="You hold nothing at this block. What you buy appears once it is delivered and cannot be undone.",
    )


def _purchases(user: User) -> Table:
    return table(
        "purchases",
        ("Payment reference", "Security", "#Units", "#To pay", "Status"),
        (
            (
                link(row.payment_reference, reverse("portal:settlement", args=[row.pk])),
                f"{row.token.name}, {row.token.code}",
                row.allotment.units,
                amount(row.amount_minor, row.currency),
                _status(row),
            )
            for row in selectors.settlements(user)
        ),
        empty="You have bought nothing here yet.",
    )


def _movements(user: User) -> Table:
    return table(
        "movements",
        ("When", "Security", "What", "#Units", "Wallet", "Transaction"),
        (
            (
                row.log.block.timestamp,
                f"{row.token.name}, {row.token.code}",
                movement(row.cause, int(row.units)),
                Cell(f"{int(row.units):+,}", sort=int(row.units)),
                code(row.account),
                code(row.log.tx_hash),
            )
            for row in selectors.movements(user)
        ),
        empty="Nothing has moved yet.",
    )


def _payments(user: User) -> Table:
    return table(
        "payments",
        ("Payment date", "Security", "#Units", "#Amount", "Status"),
        (
            (
                link(figures.day(row.event.payment_date), reverse("portal:payment", args=[row.pk])),
                f"{row.event.token.name}, {row.event.token.code}",
                row.units,
                amount(row.amount_minor, row.event.token.currency),
                _payment(row),
            )
            for row in selectors.entitlements(user)
        ),
        empty="No payment is due to you yet.",
    )


@face("portal")
@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    user = _investor(request)
    parties = list(selectors.parties_of(user))
    return _page(
        request,
        "portfolio.html",
        "My holdings",
        lead=", ".join(f"{party.name} ({party.reference})" for party in parties)
        or "Your account is not linked to an investor yet. Ask the bank or officer who opened it.",
        stamp=register_stamp(),
        holdings=_holdings(user),
        purchases=_purchases(user),
        payments=_payments(user),
        movements=_movements(user),
    )


@face("portal")
@require_safe
def settlement(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(selectors.settlements(_investor(request)), pk=pk)
    series = row.token.series
    facts = [
        ("Status", SETTLEMENT[row.state]),
        ("Payment reference", row.payment_reference),
        ("To pay, exactly", figures.money(row.amount_minor, row.currency)),
        ("Security", f"{series.name}, {series.isin}"),
        ("Units", figures.units(row.allotment.units)),
        ("Face value", figures.money(row.allotment.face_minor, series.currency)),
        ("Price per 100", f"{row.allotment.price}"),
        ("Settlement date", figures.day(row.allotment.settlement_date)),
        ("Delivered to wallet", row.wallet.address),
        ("At the latest by", figures.when(row.deliver_by)),
    ]
    return _page(request, "record.html", "Purchase", facts=[{"label": name, "value": value} for name, value in facts])


@face("portal")
@require_safe
def payment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(selectors.entitlements(_investor(request)), pk=pk)
    series = row.event.token.series
    facts = [
        ("Status", _payment(row).text),
        ("Amount", figures.money(row.amount_minor, series.currency)),
        ("Payment date", figures.day(row.event.payment_date)),
        ("Security", f"{series.name}, {series.isin}"),
        ("Units held at the record instant", figures.units(row.units)),
        ("Record instant", figures.when(row.event.record_at)),
        ("Record block", figures.units(row.event.record_block_number)),
        ("Wallet", row.wallet.address),
    ]
    return _page(request, "record.html", "Payment", facts=[{"label": name, "value": value} for name, value in facts])
