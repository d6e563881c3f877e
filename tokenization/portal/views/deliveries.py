"""Bars or tanks for units: chosen, read back, asked for once, and followed until the vault has handed them out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from custody.reserves.models import PhysicalRedemption, ReleaseOrder
from custody.reserves.selectors import attested_tokens, long_stop_passed
from custody.reserves.services import redemption_cancel, redemption_request
from custody.tokenisation.models import TokenContract
from tokenization.documents.downloads import pdf_download
from tokenization.documents.release_order import order_number, release_order
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.portal.deliveries import (
    NEXT,
    STATE,
    TONE,
    DeliveryForm,
    asked_already,
    deliverables,
    items_word,
    pouches_of,
)
from tokenization.portal.selectors import deliveries_of
from tokenization.portal.views.common import facts, investor, page
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.language import on_paper
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told

TAKEN_BACK = "taken back by the holder"
LATE = lazy("It cannot be taken back any more: it is approved.")
CHANGED = lazy("Nothing was sent: this is not what you checked last. Read it again, then ask for it.")


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def deliver(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for items behind one security, by the number of its token. 404 for whoever holds none of it."""
    user, token = investor(request), get_object_or_404(attested_tokens(), pk=pk)
    pouches = pouches_of(user, token)
    if not pouches:
        raise Http404
    form = DeliveryForm(user, pouches, deliverables(token), request.POST or None)
    if "send" in request.POST:
        sent = asked_already(user, token, request.POST.get("pouch", ""), request.POST.getlist("items"))
        if sent is not None:
            return redirect("portal:delivery", sent.pk)
    if request.method != "POST" or not form.is_valid():
        return _form(request, token, form)
    if "send" not in request.POST:
        return _form(request, token, form, summary=form.read_back())
    if not form.as_checked:
        return _form(request, token, form, summary=form.read_back(), unsent=CHANGED)
    try:
        made = redemption_request(
            wallet=form.from_.wallet,
            items=[one.item for one in form.chosen],
            collector=form.cleaned_data["collector"],
            actor=user,
            now=clock.now(),
        )
    except PlatformError as error:
        form.refuse(error)
        return _form(request, token, form)
    messages.success(request, _("Asked for. Two persons approve it, then your units are burned and the vault is told."))
    return redirect("portal:delivery", made.pk)


@face("portal")
@require_safe
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    order = ReleaseOrder.objects.filter(redemption=row).first()
    series, measure = row.token.series, row.vault.commodity
    known = facts(
        (_("Security"), f"{series.name}, {series.isin}"),
        (_("Units"), figures.units(row.units)),
        (
            _("Taken out of"),
            _("%(party_name)s, wallet %(wallet_address)s")
            % {"party_name": row.party.name, "wallet_address": row.wallet.address},
        ),
        (_("Vault"), f"{row.vault.name}, {row.vault.location}"),
        (_("Collecting agent"), row.collector),
        (_("Asked for"), figures.when(row.requested_at)),
        *(((_("Release order"), _ordered(order)),) if order else ()),
        *(((_("Handed out"), figures.when(row.released_at)),) if row.released_at else ()),
        *(((_("The vault's reference"), row.vault_reference),) if row.vault_reference else ()),
        *(((_("Why"), figures.plain(row.reason)),) if row.reason else ()),
        (_("What comes next"), str(NEXT[row.state])),
    )
    rows = row.items.select_related("item").order_by("item__key")
    lines = ((one.item.key, amount(one.fine_minor, measure)) for one in rows)
    return page(
        request,
        "delivery.html",
        _("Delivery %(number)s") % {"number": row.pk},
        delivery=row,
        order=order,
        status=_status(row),
        facts=known,
        items=table("items", (_("Item"), "#" + _("Fine quantity")), lines),
    )


@face("portal")
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Only while nobody has approved it: afterwards the burn is under way."""
    row = _own(request, pk)
    try:
        redemption_cancel(redemption=row, reason=TAKEN_BACK, actor=investor(request), now=clock.now())
    except PlatformError as error:
        messages.error(request, told(error) if error.retryable else str(LATE))
    else:
        messages.success(request, _("Taken back: your units stay in your wallet."))
    return redirect("portal:delivery", row.pk)


@face("portal")
@require_safe
def order_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """404 until the burn is final."""
    order = get_object_or_404(ReleaseOrder, redemption=_own(request, pk))
    with on_paper():
        return pdf_download(order_number(order).lower(), release_order(order))


def _own(request: HttpRequest, pk: int) -> PhysicalRedemption:
    return get_object_or_404(deliveries_of(investor(request)), pk=pk)


def _status(row: PhysicalRedemption) -> Cell:
    return Cell(str(STATE[row.state]), tone=TONE.get(row.state, "wait"))


def _ordered(order: ReleaseOrder) -> str:
    return _("%(order)s of %(time)s") % {"order": order_number(order), "time": figures.when(order.ordered_at)}


def _form(request: HttpRequest, token: TokenContract, form: DeliveryForm, **more: Any) -> HttpResponse:
    series, word = token.series, told(items_word(token))
    asked = _table(deliveries_of(investor(request)).filter(token=token)[:200])
    return page(
        request,
        "deliver.html",
        capfirst(_("%(items)s for your units") % {"items": word}),
        lead=_("%(name)s, %(isin)s, up to %(day)s")
        % {"name": series.name, "isin": series.isin, "day": figures.day(series.maturity_date)},
        token=token,
        word=word,
        backing=figures.money(series.denomination_minor, series.currency),
        over=long_stop_passed(token, clock.now()),
        last=figures.day(series.maturity_date),
        form=form,
        asked=asked,
        **more,
    )


def _table(rows: Any) -> Table:
    def cells(row: PhysicalRedemption) -> tuple[object, ...]:
        return (
            link(_("Delivery %(number)s") % {"number": row.pk}, reverse("portal:delivery", args=[row.pk])),
            row.requested_at,
            row.units,
            row.vault.code,
            _status(row),
        )

    titles = (_("Delivery"), _("Asked for"), "#" + _("Units"), _("Vault"), _("Status"))
    return table("deliveries", titles, (cells(row) for row in rows), empty=_("You have asked for nothing yet."))
