"""What the investor holds, what it cost and is worth, what it pays, and how it came."""

from __future__ import annotations

from collections import Counter

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tokenization.identity.models import Party
from tokenization.kernel.measures import MEASURES
from tokenization.kernel.secrets import masked
from tokenization.portal import selectors
from tokenization.portal.deliveries import items_word
from tokenization.portal.positions import Holding
from tokenization.portal.schedule import Expected, expected
from tokenization.portal.steps import steps_of
from tokenization.portal.views.common import (
    UNLINKED,
    Fact,
    facts,
    investor,
    own_holdings,
    own_parties,
    page,
    today,
)
from tokenization.portal.views.holdings import Valued, holding_facts, holdings_tables
from tokenization.portal.views.movements import cash_table, movements_table
from tokenization.portal.views.payments import payments_table
from tokenization.portal.views.purchases import purchases_table
from tokenization.portal.views.trades import trades_table
from tokenization.portal.worth import worth
from tokenization.theme import figures
from tokenization.theme.faces import face
from tokenization.theme.stamp import register_stamp
from tokenization.theme.tables import Table, amount, code, table
from tokenization.theme.told import told


@face("portal")
@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    parties, day = own_parties(request), today()
    valued = [(row, worth(row, on=day)) for row in own_holdings(request)]
    coming = sorted((due for row, _ in valued for due in expected(row, after=day)), key=lambda due: due.on)
    user = investor(request)
    return page(
        request,
        "portfolio.html",
        _("My holdings"),
        lead=", ".join(f"{party.name} ({party.reference})" for party in parties) or UNLINKED,
        stamp=register_stamp(),
        totals=_totals(valued, coming),
        steps=steps_of(user),
        holdings=holdings_tables(valued, several=len(parties) > 1),
        purchases=purchases_table(selectors.allotments(user), selectors.trades_bought(user)),
        cash=cash_table(request),
        trades=trades_table(selectors.trades(user)[:200], parties),
        coming=_coming(coming[:12]),
        payments=payments_table(selectors.entitlements(user)),
        movements=movements_table(request),
        parties=parties,
        details=_details(parties),
        today=day,
    )


@face("portal")
@require_safe
def holding(request: HttpRequest, pk: int) -> HttpResponse:
    """One security, by the number of its token."""
    held = [row for row in own_holdings(request) if row.token.pk == pk]
    if not held:
        raise Http404
    series, day = held[0].series, today()
    user = investor(request)
    bought = selectors.allotments(user).filter(series=series)
    paid = selectors.entitlements(user).filter(event__token=pk)
    return page(
        request,
        "holding.html",
        series.name,
        lead=(
            _("%(isin)s, %(kind)s, long-stop date %(day)s")
            if series.is_reserve
            else _("%(isin)s, %(kind)s, matures %(day)s")
        )
        % {
            "isin": series.isin,
            "kind": told(series.get_kind_display()),
            "day": figures.day(series.maturity_date),
        },
        stamp=register_stamp(),
        token=held[0].token,
        deliver=items_word(held[0].token) if series.is_reserve else "",
        lines=[(row.party, holding_facts(row, worth(row, on=day), day)) for row in held],
        wallets=_wallets(held),
        coming=_coming([due for row in held for due in expected(row, after=day)]),
        purchases=purchases_table(bought, selectors.trades_bought(user).filter(token=pk)),
        payments=payments_table(paid),
    )


def _totals(valued: Valued, coming: list[Expected]) -> list[Fact]:
    """Per currency; what has no price is named, never counted as nothing."""
    face, value, unpriced = Counter[str](), Counter[str](), Counter[str]()
    for row, known in valued:
        face[row.series.currency] += row.face_minor
        value[row.series.payment_currency] += known.value_minor or 0
        unpriced[row.series.payment_currency] += known.value_minor is None
    found = []
    for unit, total in face.items():
        found += facts((_("Quantity held") if unit in MEASURES else _("Face value held"), figures.money(total, unit)))
    for currency, total in value.items():
        missing = unpriced[currency]
        words = _("Value at last prices")
        if missing:
            words = ngettext(
                "Value at last prices, without %(count)s that has none",
                "Value at last prices, without %(count)s that have none",
                missing,
            ) % {"count": missing}
        found += facts((words, figures.money(total, currency)))
    if coming:
        due, currency = coming[0], coming[0].holding.series.payment_currency
        sums = sum(
            row.gross_minor for row in coming if row.on == due.on and row.holding.series.payment_currency == currency
        )
        found += facts(
            (_("Next payment, %(day)s, before tax") % {"day": figures.day(due.on)}, figures.money(sums, currency))
        )
    return found


def _details(parties: list[Party]) -> list[Fact]:
    """What we know a natural person by: the end of his number, as he knows it from another."""
    found = []
    for party in parties:
        if party.kind == Party.Kind.PERSON:
            row = party.national_ids.filter(valid_until=None).first()
            label = _("National identity number (CNIC) of %(name)s") % {"name": party.name}
            found += facts((label, masked(row.number) if row else _("not registered yet")))
    return found


def _wallets(held: list[Holding]) -> Table:
    rows = ((code(address), units, row.party.name) for row in held for address, units in row.wallets)
    return table("wallets", (_("Wallet"), "#" + _("Units"), _("Holder")), rows)


def _coming(rows: list[Expected]) -> Table:
    return table(
        "coming",
        (_("Payment date"), _("Security"), _("What"), "#" + _("Amount, before tax")),
        (
            (
                row.on,
                f"{row.holding.series.name}, {row.holding.series.isin}",
                row.what,
                amount(row.gross_minor, row.holding.series.payment_currency),
            )
            for row in rows
        ),
        empty=_("Nothing you hold pays anything any more."),
    )
