"""Put right where cash tokens are to be minted, were, or could not be: no token and no refund for what never came."""

from __future__ import annotations

import pytest

from custody.cash.models import CashMint
from custody.cash.services import cash_advance
from custody.settlement.models import SettlementInstruction
from tests.db.settlement.test_correction import commits, now_of, written
from tests.db.settlement.test_correction_late import parts
from tests.factories import ledgerless as world
from tests.factories import typed
from tokenization.kernel.errors import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures(commits.__name__)]
NOW = world.NOW


def bought_in_parts() -> tuple[SettlementInstruction, CashMint]:
    """On rail TOKEN: two parts typed, B-1 and B-2, used together by two persons, the tokens drafted on their entry."""
    world.cash_token()
    (row,) = world.settlements(world.token(), 10, rail="TOKEN")
    parts(row)
    cash_advance(now=NOW)
    mint = CashMint.objects.get()
    assert (mint.state, mint.receipt.kind, mint.amount_minor) == ("CREDITED", "APPLY", row.amount_minor)
    return row, mint


def test_paid_in_parts_for_tokens_no_token_is_minted_for_the_part_that_never_came() -> None:
    row, _ = bought_in_parts()
    line = typed.told(row.amount_minor // 3 - 360, row.payment_reference)
    before = written()
    with pytest.raises(Refused, match="wait for the fiscal agent's signature") as refused:
        typed.put_right(line)
    assert (refused.value.field, refused.value.rule) == ("entry", "no token for money that never came")
    assert written() == before
    assert now_of(row).state == "CASH_CONFIRMED"
