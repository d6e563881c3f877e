"""Coupons and redemptions: the calendar of what comes due, and the payment run of each with what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from custody.servicing.models import Payment, ServicingEvent
from custody.servicing.selectors import (
    ChannelTotal,
    channel_totals,
    funded_minor,
    missing_in_tokens_minor,
    missing_minor,
    tax_owed,
)
from custody.servicing.upcoming import upcoming
from tokenization.backoffice.pages.base import Progress, office_page, officer
from tokenization.backoffice.pages.duties import unclaimed_table
from tokenization.backoffice.pages.listing import Listing, taken_away
from tokenization.backoffice.pages.run_tables import exceptions_table, fundings_table
from tokenization.backoffice.records.base import record_url
from tokenization.backoffice.tasks import BY_NAME
from tokenization.identity.roles import Power, powers_of
from tokenization.kernel import clock
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, state, table

_STATE = {
    "OPEN": ("waits for its record instant", "wait"),
    "RECORDED": ("recorded, not released", "wait"),
    "RELEASED": ("released", "good"),
    "CLOSED": ("closed", "good"),
}
SHOWN = 200


def _standing(event: ServicingEvent) -> Cell:
    words, tone = _STATE[event.state]
    return Cell(words, tone=tone)


@face("office")
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    now, opened = clock.now(), _opened(request)
    return taken_away(request, opened) or office_page(
        request,
        "events.html",
        "Coupons and redemptions",
        lead="What was opened, and what the terms of live securities bring within a year. "
        "Each is opened ten days before its record instant by itself.",
        opened=opened,
        upcoming=table(
            "upcoming",
            ("Payment date", "Security", "What", "Holders recorded at", "#Per unit"),
            (
                (
                    row.payment_date,
                    row.series.isin,
                    row.title,
                    row.record_at,
                    amount(row.per_unit_minor, row.series.payment_currency),
                )
                for row in upcoming(now=now)
            ),
            empty="Nothing more comes due within a year.",
        ),
        unclaimed=unclaimed_table(powers_of(officer(request))),
        tax=table(
            "tax",
            ("Currency", "#Withheld and not yet deposited"),
            ((code, amount(tax_owed(code), code)) for code in _currencies()),
            empty="No tax was withheld yet.",
        ),
    )


def _currencies() -> list[str]:
    found = ServicingEvent.objects.filter(tax_minor__gt=0).values_list("token__series__payment_currency", flat=True)
    return sorted(set(found))


def _opened(request: HttpRequest) -> Listing:
    return Listing(
        request,
        "events",
        ("Payment date", "Security", "What", "#Total", "#Still to fund", "State"),
        ServicingEvent.objects.select_related("token__series").order_by("-payment_date", "-pk"),
        _cells,
        search=("token__series__isin", "token__series__short_name", "kind", "state"),
        sorts={"Payment date": "payment_date", "Total": "total_minor", "State": "state"},
        empty="Nothing was opened yet. What comes due stands below, and is opened by itself.",
    )


def _cells(row: ServicingEvent) -> tuple[Any, ...]:
    currency = row.token.series.payment_currency
    return (
        row.payment_date,
        link(row.token.series.isin, reverse("office:event", args=[row.pk])),
        row.title,
        amount(row.total_minor, currency),
        amount(missing_minor(row), currency) if row.total_minor else figures.EMPTY,
        _standing(row),
    )


@dataclass(frozen=True)
class Step:
    """A task that leads on, for who may do it."""

    title: str
    lead: str
    href: str


@face("office")
@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """The payment run: its figures, its totals by channel, the state of its funding, its exceptions."""
    row = get_object_or_404(ServicingEvent.objects.select_related("token__series"), pk=pk)
    powers = powers_of(officer(request))
    steps = [
        Step(task.title, task.lead, reverse("office:propose", args=[task.name]))
        for task in map(BY_NAME.__getitem__, _next(row))
        if task.power in powers
    ]
    totals = channel_totals(row)
    due_on_chain = any((total.channel, total.state) == ("CHAIN", "DUE") for total in totals)
    return office_page(
        request,
        "event.html",
        f"{row.title} of {row.token.series.isin}",
        lead=f"{row.token.series.name}. Paid on {figures.day(row.payment_date)}.",
        event=row,
        standing=_STATE[row.state],
        progress=_progress(row, totals),
        currency=row.token.series.payment_currency,
        funded=funded_minor(row),
        missing=missing_minor(row),
        facts=_facts(row),
        channels=_channels(row),
        fundings=fundings_table(row),
        exceptions=exceptions_table(row),
        steps=steps,
        due_on_chain=due_on_chain,
        to_pay=_to_pay(row) if Power.CASH_CONFIRM in powers else None,
        record=record_url(row),
    )


def _progress(row: ServicingEvent, totals: list[ChannelTotal]) -> Progress:
    """Of what was released; what is kept for a holder who cannot be paid waits for a person and is no part of it."""
    counted = [total for total in totals if total.channel != Payment.Channel.RESERVE]
    whole = sum(total.payments for total in counted) if row.state in ("RELEASED", "CLOSED") else 0
    return Progress(sum(total.payments for total in counted if total.state == "PAID"), whole, "payments made")


def _to_pay(row: ServicingEvent) -> QuerySet[Payment]:
    """Due by bank, each with the account that the bank is told."""
    due = Payment.objects.filter(entitlement__event=row, state="DUE", channel="BANK")
    return due.select_related("entitlement__party", "account").order_by("pk")[:SHOWN]


def _next(row: ServicingEvent) -> list[str]:
    """The tasks that lead on from here, in their order; by whom is for their powers to say."""
    totals, names = channel_totals(row), []
    if row.state == "RECORDED" and row.total_minor:
        by_wallet = missing_in_tokens_minor(row)
        names += ["funding"] if missing_minor(row) > by_wallet else []
        names += ["funding-in-tokens"] if by_wallet else []
        names += ["prepare"] if not by_wallet or funded_minor(row) == 0 else []
        names += [] if missing_minor(row) else ["payment-release"]
    if row.kind == "REDEMPTION" and row.state in ("RECORDED", "RELEASED") and row.burn_approval_id is None:
        names.append("redemption")
    if any((total.channel, total.state) == ("BANK", "DUE") for total in totals):
        names.append("run-paid")
    return names + ["unclaimed"] * any((total.channel, total.state) == ("RESERVE", "RESERVED") for total in totals)


def _facts(row: ServicingEvent) -> list[dict[str, str]]:
    series = row.token.series

    def money(minor: int | None) -> str:
        return figures.EMPTY if minor is None else figures.money(minor, series.payment_currency)

    block = figures.EMPTY if row.record_block_number is None else figures.units(row.record_block_number)
    facts = [
        ("Holders recorded at", figures.when(row.record_at)),
        ("Record block", block),
        ("Each unit earns", _rate(row)),
        ("Total", money(row.total_minor)),
        ("Net to holders", money(row.net_minor)),
        ("Tax withheld", money(row.tax_minor)),
        ("In suspense", money(row.suspense_minor)),
        ("Left by rounding, to the treasury", money(row.residual_minor)),
        ("Amounts are rounded", row.get_rounding_display()),
        ("Tax is rounded", row.get_tax_rounding_display()),
    ]
    return [{"label": label, "value": value} for label, value in facts]


def _rate(row: ServicingEvent) -> str:
    whole = figures.money(row.rate_numerator // row.rate_denominator, row.token.series.payment_currency)
    if row.rate_numerator % row.rate_denominator == 0:
        return whole
    return f"{whole} and a fraction ({row.rate_numerator:,}/{row.rate_denominator:,} minor units)"


def _channels(row: ServicingEvent) -> Table:
    currency = row.token.series.payment_currency
    return table(
        "channels",
        ("Paid by", "State", "#Payments", "#Amount"),
        (
            (
                Payment.Channel(total.channel).label,
                state(total.state),
                total.payments,
                amount(total.amount_minor, currency),
            )
            for total in channel_totals(row)
        ),
        empty="Payments are prepared once the holders are recorded.",
    )
