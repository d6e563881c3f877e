"""After the bank has paid in place of cash tokens: those are burned, not paid out, and all that is left is backed."""

from __future__ import annotations

from collections.abc import Sequence

from custody.cash.actions import CashBurnApprove
from custody.cash.models import CashBurn
from custody.cash.services import cash_burn_paid
from custody.register.selectors import holders
from custody.registries.models import SettlementAccount
from custody.servicing.models import ServicingEvent
from custody.settlement.services import cash_balance
from custody.settlement.statements import open_lines, statement_difference
from custody.tokenisation.selectors import cash_token
from tokenization.kernel import clock
from tokenization.rehearsal import bank, chain
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.market import figures
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import person


def burned_without_a_pay_out(event: ServicingEvent) -> Sequence[Check]:
    """The bell drafts the burn of what came back, two persons approve it, the fiscal agent names the bank's run."""
    chain.wait_for("the burn of what came back", lambda: CashBurn.objects.filter(recovers=True).exists())
    burn = CashBurn.objects.get(recovers=True)
    if burn.state == "REQUESTED":
        payload = {"instructions": [burn.instruction_id]}
        approved(CashBurnApprove.name, payload, maker="treasury.officer", checker="fiscal.checker")
    chain.wait_for("what came back burned", lambda: _again(burn).state in {"BURNED", "PAID"})
    before = cash_balance("BANK", figures.CASH)
    run = f"RUN-{event.pk}"
    cash_burn_paid(burn=_again(burn), bank_reference=run, actor=person("fiscal.officer"), now=clock.now())
    return [
        check("nothing is paid a second time", before, cash_balance("BANK", figures.CASH)),
        *backed_in_full(),
    ]


def backed_in_full() -> Sequence[Check]:
    """Every cash token that anybody holds has its money on the settlement account, beside what is due to holders."""
    cash = cash_token(figures.CASH)
    held = sum(int(row.units) for row in holders(cash)) if cash else 0
    due = sum(cash_balance(kind, figures.CASH) for kind in ("BANK_LEG", "SUSPENSE", "REDEMPTION", "TAX", "UNCLAIMED"))
    return [
        check("recoverable", 0, cash_balance("RECOVERABLE", figures.CASH)),
        check("returned and not burned", 0, cash_balance("RETURNED", figures.CASH)),
        check("cash tokens have money behind them", cash_balance("BANK", figures.CASH) + due, held),
    ]


def bank_and_journal_agree() -> Sequence[Check]:
    """The last statement and the journal differ by nothing, and no line of either waits for anybody."""
    bank.statement_sent()
    account = SettlementAccount.objects.get(iban=bank.IBAN)
    found = statement_difference(account, clock.now())
    return [
        check("difference between bank and journal", 0, found.difference),
        check("lines open between them", 0, len(open_lines(account, clock.now()))),
    ]


def _again(row: CashBurn) -> CashBurn:
    return CashBurn.objects.get(pk=row.pk)
