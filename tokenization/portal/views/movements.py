"""What went into and out of the investor's wallets, and the settlement cash that is in them."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from custody.register.models import Entry
from tokenization.portal import selectors
from tokenization.portal.purposes import purposes
from tokenization.portal.views.common import investor, own_cash
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, amount, code, table


def _moved(row: Entry) -> Cell:
    count = int(row.units)
    if row.token.is_cash:
        return Cell(figures.money(count, row.token.currency), sort=count)
    return Cell(f"{'+' if count > 0 else ''}{figures.units(count)}", sort=count)


def cash_table(request: HttpRequest) -> Table:
    return table(
        "cash",
        (_("Wallet"), "#" + _("Settlement cash"), _("Holder")),
        ((code(row.wallet), amount(row.minor, row.token.currency), row.party.name) for row in own_cash(request)),
    )


def movements_table(request: HttpRequest) -> Table:
    rows = selectors.movements(investor(request))
    why = purposes(rows)
    return table(
        "movements",
        (_("When"), _("What of"), _("What"), "#" + _("Units or amount"), _("Wallet"), _("Transaction")),
        (
            (
                row.log.block.timestamp,
                f"{row.token.name}, {row.token.code}",
                why[row.pk],
                _moved(row),
                code(row.account),
                code(row.log.tx_hash),
            )
            for row in rows
        ),
        empty=_("Nothing has moved yet."),
    )
