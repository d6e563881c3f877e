"""What is held, told as what it is: face, interest and maturity of debt; backing and long-stop date of reserves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from tokenization.portal.positions import Holding
from tokenization.portal.views.common import Fact, facts
from tokenization.portal.wording import accrued_words, cost_words, price_words
from tokenization.portal.worth import Worth
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, amount, link, table
from tokenization.theme.told import told

Valued = list[tuple[Holding, Worth]]


def holdings_tables(valued: Valued, *, several: bool) -> list[Table]:
    """One for debt and one for reserves, each where there is something of it; one that says so where there is nothing.

    `several` parties are told apart by a column of their own."""
    debt = [pair for pair in valued if not pair[0].series.is_reserve]
    reserves = [pair for pair in valued if pair[0].series.is_reserve]
    both = bool(debt and reserves)
    made = [_debt(debt, several, _("Bonds and bills") if both else "")] if debt or not reserves else []
    return made + ([_reserves(reserves, several, _("Backed by reserves") if both else "")] if reserves else [])


def _debt(valued: Valued, several: bool, caption: str) -> Table:
    """Accrued interest is a column where any of it bears interest."""
    bears = any(known.accrued_minor is not None for _row, known in valued)
    titles = ["#" + _("Face value"), "#" + _("Cost"), *(["#" + _("Accrued interest")] if bears else [])]

    def cells(row: Holding, known: Worth) -> tuple[object, ...]:
        accrued = (amount(known.accrued_minor, row.series.payment_currency),) if bears else ()
        return (amount(row.face_minor, row.series.currency), _cost(row, known), *accrued)

    rows = [(row, known, cells(row, known)) for row, known in valued]
    return _table("holdings", _("Matures"), titles, rows, several, caption)


def _reserves(valued: Valued, several: bool, caption: str) -> Table:
    """A commodity bears no interest: what lies behind the units stands in place of face."""
    titles = ["#" + _("Backing"), "#" + _("Cost")]
    rows = [(row, known, (amount(row.face_minor, row.series.currency), _cost(row, known))) for row, known in valued]
    return _table("reserves", _("Long-stop date"), titles, rows, several, caption)


def _table(
    name: str,
    until: str,
    own: list[str],
    rows: Sequence[tuple[Holding, Worth, tuple[object, ...]]],
    several: bool,
    caption: str,
) -> Table:
    """The columns 'For' and 'Note' are there when they say something."""
    disputed = any(row.disputed for row, _known, _own in rows)
    last = [*([_("For")] if several else []), *([_("Note")] if disputed else [])]
    return table(
        name,
        [_("Security"), until, "#" + _("Units"), *own, "#" + _("Value"), _("Last price"), *last],
        [
            (
                link(f"{row.series.name}, {row.series.isin}", reverse("portal:holding", args=[row.token.pk])),
                row.series.maturity_date,
                row.units,
                *cells,
                amount(known.value_minor, row.series.payment_currency),
                price_words(known.price),
                *([row.party.name] if several else []),
                *([_note(row)] if disputed else []),
            )
            for row, known, cells in rows
        ],
        caption=caption,
        empty=_("You hold nothing at this block. What you buy appears once it is delivered and cannot be undone."),
    )


def _cost(row: Holding, known: Worth) -> Cell:
    return Cell(cost_words(known.cost, row), sort=known.cost.minor if known.cost else None)


def _note(row: Holding) -> Cell | str:
    return Cell(_("%(units)s in dispute") % {"units": figures.units(row.disputed)}, tone="warn") if row.disputed else ""


def holding_facts(row: Holding, known: Worth, on: date) -> list[Fact]:
    """One security in the hands of one party."""
    own = _reserve_facts(row, known) if row.series.is_reserve else _debt_facts(row, known, on)
    disputed = (
        [(_("In dispute"), _("%(units)s units") % {"units": figures.units(row.disputed)})] if row.disputed else []
    )
    return facts((_("Units"), figures.units(row.units)), *own, *disputed)


def _debt_facts(row: Holding, known: Worth, on: date) -> list[tuple[str, str]]:
    coupon = row.series.coupon_pct
    return [
        (_("Face value"), figures.money(row.face_minor, row.series.currency)),
        (_("Cost of the paper"), cost_words(known.cost, row)),
        (_("Accrued interest today, before tax"), accrued_words(row, known, on)),
        (_("Value at the last price"), figures.money(known.value_minor, row.series.payment_currency)),
        (_("Last price per 100 of face"), price_words(known.price)),
        (_("Coupon"), _("%(rate)s %% a year") % {"rate": f"{coupon.normalize():f}"} if coupon else _("none")),
    ]


def _reserve_facts(row: Holding, known: Worth) -> list[tuple[str, str]]:
    series = row.series
    return [
        (_("Backing"), figures.money(row.face_minor, series.currency)),
        (_("Backing of one unit"), figures.money(series.denomination_minor, series.currency)),
        (_("Cost"), cost_words(known.cost, row)),
        (_("Value at the last price"), figures.money(known.value_minor, series.payment_currency)),
        (_("Last price per unit"), price_words(known.price)),
        (_("What you have in law"), told(series.get_claim_display())),
    ]
