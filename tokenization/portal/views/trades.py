"""How trades with other investors are listed."""

from __future__ import annotations

from collections.abc import Iterable

from custody.settlement.trades.models import Trade, TradeSide
from tokenization.identity.models import Party
from tokenization.theme import figures
from tokenization.theme.tables import Cell, Table, amount, code, table


def trades_table(rows: Iterable[Trade], parties: Iterable[Party]) -> Table:
    mine = {party.pk for party in parties}
    return table(
        "trades",
        ("Trade", "Security", "What", "#Units", "#Amount", "Status", "Until", "Transaction"),
        (
            (
                f"Trade {row.pk}",
                f"{row.token.name}, {row.token.code}",
                _what(row, mine),
                row.units,
                amount(row.amount_minor, row.cash.currency),
                Cell(str(row.get_state_display()), tone=figures.tone(row.state)),
                row.valid_until,
                code(row.settled_log.tx_hash) if row.settled_log else "",
            )
            for row in rows
        ),
        empty="You have traded with nobody.",
    )


def _what(row: Trade, mine: set[int]) -> str:
    roles = {side.role for side in row.sides.all() if side.party_id in mine}
    if len(roles) > 1:
        return "between your own"
    return "bought" if TradeSide.Role.BUYER in roles else "sold"
