"""The leg that never entered: its cap taken back and released, and the buyer's tokens turned into money."""

from __future__ import annotations

from collections.abc import Sequence

from custody.cash.actions import CashBurnApprove
from custody.cash.models import CashBurn
from custody.cash.services import cash_burn_paid, cash_burn_request
from custody.instructions.actions import WithdrawApprove
from custody.instructions.models import Instruction
from custody.register.selectors import holders
from custody.registries.services import release_receive
from custody.settlement.models import SettlementInstruction
from custody.settlement.services import cash_balance
from custody.tokenisation.selectors import cash_token
from issuance.allotment.selectors import series_amounts
from tokenization.kernel import clock
from tokenization.rehearsal import bank, chain, depository
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.market import figures
from tokenization.rehearsal.market.mandate import token
from tokenization.rehearsal.market.people import CLOSED_FIST
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.investors import wallet_of


def refunded() -> Sequence[Check]:
    """Two persons withdraw, the registrar releases, the buyer asks for his money: burned first, then paid out."""
    withdrawal = _row().withdraw_instruction
    assert withdrawal is not None  # noqa: S101 drafted when the leg was given up
    if withdrawal.state == "DRAFT":
        approved(WithdrawApprove.name, {"instructions": [withdrawal.pk]}, checker="registrar.checker")
    chain.wait_for("the cap reduced", lambda: Instruction.objects.get(pk=withdrawal.pk).state == "DONE")
    withdrawal.refresh_from_db()
    _released(withdrawal)
    chain.wait_for("the settlement withdrawn", lambda: _row().state in {"WITHDRAWN", "REFUNDED"})
    burn = _burn()
    chain.wait_for("his tokens burned", lambda: _same(burn).state in {"BURNED", "PAID"})
    cash_burn_paid(burn=_same(burn), bank_reference="PAYOUT-1", actor=person("fiscal.officer"), now=clock.now())
    bank.paid_out("PAYOUT-1", burn.amount_minor, "tokens turned into money")
    bank.statement_sent()
    chain.wait_for("the purchase refunded", lambda: _row().state == "REFUNDED")
    amounts = series_amounts(token(figures.BOND).series, on=figures.bill_issue())
    return [
        check("headroom is held for what stands alone", amounts.allotted, amounts.committed),
        check("settlement cash in circulation", -cash_balance("CASH_TOKEN", "PKR"), _in_wallets()),
        *reconciled("withdrawn and refunded"),
    ]


def _row() -> SettlementInstruction:
    rows = SettlementInstruction.objects.select_related("withdraw_instruction__token__series")
    return rows.get(allotment__party__reference=CLOSED_FIST.reference)


def _released(withdrawal: Instruction) -> None:
    reference = f"CSD-W-{withdrawal.number}"
    release_receive(
        instruction=withdrawal,
        kind="WITHDRAW",
        registry_reference=reference,
        actor=person("registrar.officer"),
        now=clock.now(),
    )
    depository.book(key=reference, isin=figures.BOND, at=clock.now(), immobilised=-withdrawal.units)


def _burn() -> CashBurn:
    wallet = wallet_of(CLOSED_FIST)
    burn = CashBurn.objects.filter(wallet=wallet).first() or cash_burn_request(
        wallet=wallet,
        currency=figures.CASH,
        amount_minor=_row().amount_minor,
        payee="his bank",
        actor=person(CLOSED_FIST.username),
        now=clock.now(),
    )
    if burn.state == "REQUESTED":
        payload = {"instructions": [burn.instruction_id]}
        approved(CashBurnApprove.name, payload, maker="fiscal.officer", checker="treasury.checker")
    return burn


def _same(burn: CashBurn) -> CashBurn:
    return CashBurn.objects.get(pk=burn.pk)


def _in_wallets() -> int:
    cash = cash_token(figures.CASH)
    return sum(int(row.units) for row in holders(cash)) if cash else 0
