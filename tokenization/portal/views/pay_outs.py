"""Settlement cash turned into money at a bank: checked, read back, asked for once, and how far it has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from custody.cash.models import CashBurn
from custody.cash.services import cash_burn_cancel, cash_burn_request
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError
from tokenization.kernel.secrets import masked
from tokenization.portal.pay_outs import STATE, TONE, PayOutForm, purses_of
from tokenization.portal.selectors import pay_outs_of
from tokenization.portal.views.common import facts, investor, page
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told

TAKEN_BACK = "taken back by the holder"
CHANGED = lazy("Nothing was sent: this is not the pay-out that you checked last. Read it again, then ask for it.")


@face("portal")
@require_http_methods(["GET", "HEAD", "POST"])
def cash(request: HttpRequest) -> HttpResponse:
    user, now = investor(request), clock.now()
    form = PayOutForm(user, purses_of(user), now, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    if "send" not in request.POST:
        return _form(request, form, summary=form.read_back(now))
    if not form.as_checked:
        return _form(request, form, summary=form.read_back(now), unsent=CHANGED)
    said, purse = form.cleaned_data, form.chosen
    try:
        made = cash_burn_request(
            wallet=purse.wallet,
            currency=purse.token.currency,
            amount_minor=said["amount_minor"],
            payee=said["payee"],
            actor=user,
            now=now,
            nth=said["nth"],
        )
    except PlatformError as error:
        form.refuse(error)
        return _form(request, form)
    messages.success(request, _("Asked for. Two persons approve it, then the tokens are burned and your bank is paid."))
    return redirect("portal:pay-out", made.pk)


@face("portal")
@require_safe
def pay_out(request: HttpRequest, pk: int) -> HttpResponse:
    row = _own(request, pk)
    told = facts(
        (_("Amount"), figures.money(row.amount_minor, row.token.currency)),
        (_("To the account"), masked(row.payee)),
        (
            _("Taken out of"),
            _("%(party_name)s, wallet %(wallet_address)s")
            % {"party_name": row.party.name, "wallet_address": row.wallet.address},
        ),
        (_("Asked for"), figures.when(row.requested_at)),
        *(((_("Why"), figures.plain(row.reason)),) if row.reason else ()),
        *(((_("The bank's reference"), row.bank_reference),) if row.bank_reference else ()),
    )
    return page(
        request,
        "pay_out.html",
        _("Pay-out %(number)s") % {"number": row.pk},
        pay_out=row,
        status=_status(row),
        facts=told,
    )


@face("portal")
@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Only while nobody has approved it: afterwards the burn is under way."""
    row = _own(request, pk)
    try:
        cash_burn_cancel(burn=row, reason=TAKEN_BACK, actor=investor(request), now=clock.now())
    except PlatformError as error:
        messages.error(request, told(error))
    else:
        messages.success(request, _("Taken back: the tokens stay in your wallet."))
    return redirect("portal:pay-out", row.pk)


def _own(request: HttpRequest, pk: int) -> CashBurn:
    return get_object_or_404(pay_outs_of(investor(request)), pk=pk)


def _status(row: CashBurn) -> Cell:
    return Cell(str(STATE[row.state]), tone=TONE.get(row.state, "wait"))


def _form(request: HttpRequest, form: PayOutForm, **more: Any) -> HttpResponse:
    asked = _table(pay_outs_of(investor(request))[:200])
    return page(request, "cash.html", _("Settlement cash into money"), form=form, asked=asked, **more)


def _table(rows: Any) -> Table:
    def cells(row: CashBurn) -> tuple[object, ...]:
        at: datetime = row.requested_at
        return (
            link(_("Pay-out %(number)s") % {"number": row.pk}, reverse("portal:pay-out", args=[row.pk])),
            at,
            amount(row.amount_minor, row.token.currency),
            masked(row.payee),
            _status(row),
        )

    titles = (_("Pay-out"), _("Asked for"), "#" + _("Amount"), _("To the account"), _("Status"))
    return table("pay-outs", titles, (cells(row) for row in rows), empty=_("You have asked for nothing yet."))
