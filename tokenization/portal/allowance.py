"""What a buyer who pays in cash tokens must have done by the deadline: cash in his wallet, and leave to take it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from custody.settlement.models import SettlementInstruction
from custody.tokenisation.selectors import cash_token, contract_address
from tokenization.kernel.errors import Unavailable
from tokenization.theme.figures import money, units, when

BEFORE = ("AWAITING_CASH", "CASH_CONFIRMED", "IMMOBILISED")


def settlement_contract() -> str:
    """The contract that takes cash tokens as it delivers; empty before it exists."""
    try:
        return contract_address("DELIVERY_VERSUS_PAYMENT")
    except Unavailable:
        return ""


def allowance_facts(row: SettlementInstruction) -> list[tuple[str, str]]:
    """Label and value; empty for a purchase by bank, and once its delivery is under way."""
    cash = cash_token(row.currency)
    if row.rail != SettlementInstruction.Rail.TOKEN or row.state not in BEFORE or cash is None:
        return []
    settlement = settlement_contract()
    if not settlement:
        return []
    return [
        (_("In your wallet"), row.wallet.address),
        (_("Cash token"), f"{cash.name}, {cash.address}"),
        (_("Allow this contract to take it"), settlement),
        (
            _("Amount to allow"),
            _("%(amount)s, that is %(units)s of its units")
            % {"amount": money(row.amount_minor, row.currency), "units": units(row.amount_minor)},
        ),
        (_("The purchase lapses at"), when(row.deliver_by)),
    ]
