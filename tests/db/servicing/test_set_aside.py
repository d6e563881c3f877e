"""The treasury's tokens are either swept or set aside for holders: whichever is asked for second finds the rest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from typing import Any

import pytest
from django.db import connections, transaction

from custody.cash.models import CashBurn
from custody.cash.selectors import payable_units, treasury_minor
from custody.cash.services import cash_advance, cash_burn_cancel, cash_burn_paid, proceeds_sweep
from custody.servicing.models import Funding, ServicingEvent
from custody.servicing.services import event_fund_in_tokens
from custody.settlement.models import CashEntry
from custody.settlement.selectors import cash_balances
from custody.tokenisation.models import Wallet, WalletHolder
from tests.factories import cashless as desk
from tests.factories import issuance
from tests.factories import ledgerless as world
from tests.factories.in_tokens import Tokens
from tests.factories.ledger import NOW, address
from tokenization.identity.models import User
from tokenization.kernel.errors import Refused

DAY, DUE = date(2026, 7, 2), 262_500
SHORT = "PKR 2,625.00 of PKR 2,625.00 are missing in the treasury's wallet"


def holding(bond: Tokens, amount: int) -> Wallet:
    """The treasury's wallet has a holder, and these tokens in the register and the journal."""
    own = Wallet.objects.get(address=address(0x77))
    WalletHolder.objects.create(wallet=own, party=issuance.party(bond.people), valid_from=NOW)
    bond.deposited(amount)
    desk.hold(bond.cash, own, amount)
    return own


def sweep(bond: Tokens, officer: User | None = None) -> CashBurn | None:
    who = officer or world.officer("TREASURY_OFFICER")
    return proceeds_sweep(currency="PKR", day=DAY, actor=who, now=NOW)


def fund(bond: Tokens, event: ServicingEvent) -> Funding:
    return event_fund_in_tokens(event=event, actor=bond.fiscal, now=bond.payday)


def refused(bond: Tokens, event: ServicingEvent) -> None:
    before = (Funding.objects.count(), CashEntry.objects.count(), cash_balances("PKR"))
    with pytest.raises(Refused, match=SHORT):
        fund(bond, event)
    assert (Funding.objects.count(), CashEntry.objects.count(), cash_balances("PKR")) == before


@pytest.mark.django_db
def test_what_is_being_swept_is_set_aside_for_nobody_until_the_sweep_is_over() -> None:
    bond = Tokens()
    event, own = bond.prepared(), holding(bond, DUE)
    burn = sweep(bond)
    assert burn is not None
    assert (burn.state, burn.amount_minor, treasury_minor(bond.cash)) == ("REQUESTED", DUE, 0)
    refused(bond, event)
    desk.approve_burn(burn)
    cash_advance(now=NOW)
    refused(bond, event)
    desk.gone(burn)
    cash_advance(now=NOW)
    burn.refresh_from_db()
    assert (burn.state, cash_balances("PKR")["TREASURY_TOKEN"]) == ("BURNED", DUE)
    refused(bond, event)
    cash_burn_paid(burn=burn, bank_reference="TSA-1", actor=bond.fiscal, now=NOW)
    assert (cash_balances("PKR")["TREASURY_TOKEN"], treasury_minor(bond.cash)) == (0, 0)
    refused(bond, event)
    assert payable_units(bond.cash, own) == 0


@pytest.mark.django_db
def test_a_sweep_that_is_given_up_lets_them_be_set_aside() -> None:
    bond = Tokens()
    event, _ = bond.prepared(), holding(bond, DUE)
    burn = sweep(bond)
    assert burn is not None
    refused(bond, event)
    cash_burn_cancel(burn=burn, reason="needed for the coupon", actor=world.officer("TREASURY_OFFICER"), now=NOW)
    assert treasury_minor(bond.cash) == DUE
    assert fund(bond, event).amount_minor == DUE
    assert treasury_minor(bond.cash) == 0


@pytest.mark.django_db
def test_what_is_set_aside_is_not_swept() -> None:
    bond = Tokens()
    event, own = bond.prepared(), holding(bond, DUE + 400)
    assert fund(bond, event).amount_minor == DUE
    assert (treasury_minor(bond.cash), payable_units(bond.cash, own)) == (400, 400)
    burn = sweep(bond)
    assert burn is not None
    assert (burn.amount_minor, treasury_minor(bond.cash)) == (400, 0)


@pytest.mark.parametrize("first", ["sweep", "fund"])
def test_both_at_once_and_only_the_first_gets_them(fresh_db: str, first: str) -> None:
    """On two connections: the second waits until the first is committed, and finds nothing left."""
    bond = Tokens()
    event, _ = bond.prepared(), holding(bond, DUE)
    officer = world.officer("TREASURY_OFFICER")
    asks: dict[str, Callable[[], Any]] = {"sweep": lambda: sweep(bond, officer), "fund": lambda: fund(bond, event)}

    def second() -> Any:
        try:
            return asks["fund" if first == "sweep" else "sweep"]()
        except Refused as refusal:
            return refusal.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            asks[first]()
            rival = pool.submit(second)
            assert not wait([rival], timeout=1).done
        found = rival.result(timeout=10)
    assert found == (SHORT + "." if first == "sweep" else None)
    assert (CashBurn.objects.count(), Funding.objects.filter(medium="TOKEN").count()) == (
        (1, 0) if first == "sweep" else (0, 1)
    )
    assert treasury_minor(bond.cash) == 0
