"""What a buyer who pays in cash tokens must have done by the deadline: cash in his wallet, and leave to take it."""

from __future__ import annotations

from custody.settlement.models import SettlementInstruction
from custody.tokenisation.selectors import cash_token, contract_address
from tokenization.kernel.errors import Unavailable
from tokenization.kernel.writing import money, units, when

BEFORE = ("AWAITING_CASH", "CASH_CONFIRMED", "IMMOBILISED")


def allowance_facts(row: SettlementInstruction) -> list[tuple[str, str]]:
    """Label and value; empty for a purchase by bank, and once its delivery is under way."""
    cash = cash_token(row.currency)
    if row.rail != SettlementInstruction.Rail.TOKEN or row.state not in BEFORE or cash is None:
        return []
    try:
        settlement = contract_address("DELIVERY_VERSUS_PAYMENT")
    except Unavailable:
        return []
    return [
        ("In your wallet", row.wallet.address),
        ("Cash token", f"{cash.name}, {cash.address}"),
        ("Allow this contract to take it", settlement),
        ("Amount to allow", f"{money(row.amount_minor, row.currency)}, that is {units(row.amount_minor)} of its units"),
        ("At the latest by", when(row.deliver_by)),
    ]
