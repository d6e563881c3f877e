"""Settlement day: bank files matched to what is due, cash tokens minted on booked credits, units against cash on chain.

One bidder never pays; others pay in two parts, too much, twice, or with a reference that nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from contracts.gateway import abi
from custody.cash.actions import CashBurnApprove, CashMintApprove
from custody.cash.models import CashBurn, CashMint
from custody.cash.services import cash_burn_paid, cash_deposit, proceeds_sweep
from custody.instructions.actions import IssueApprove
from custody.instructions.models import Instruction
from custody.register.selectors import holders
from custody.registries.services import confirmation_receive, confirmation_request
from custody.settlement.actions import RefundApprove
from custody.settlement.apply import SuspenseApply
from custody.settlement.models import SettlementInstruction, SuspenseItem
from custody.settlement.services import cash_balance, settlement_open
from custody.tokenisation.models import Wallet
from custody.tokenisation.selectors import cash_token, contract_address
from issuance.allotment.models import Allotment
from issuance.allotment.selectors import series_amounts
from tokenization.kernel import clock
from tokenization.rehearsal import bank, chain, depository, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.market import figures
from tokenization.rehearsal.market.mandate import token
from tokenization.rehearsal.market.people import CLOSED_FIST, DEALERS, DEFAULTER, EVERYBODY
from tokenization.rehearsal.office import MAKER, approve, approved, proposed
from tokenization.rehearsal.people import Investor, person
from tokenization.rehearsal.phases.books import reconciled, settled_down
from tokenization.rehearsal.phases.investors import wallet_of
from tokenization.rehearsal.phases.settlement import hand_in, registrar_signs

State = SettlementInstruction.State
IN_PARTS, TOO_MUCH, TWICE = DEALERS[1], DEALERS[2], DEALERS[3]


def money_in() -> Sequence[Check]:
    """Every allotment waits for its money; the bank's statement brings it, matched line by line."""
    chain.move_to(plan.at(figures.bill_issue(), 9))
    for member in EVERYBODY:
        for allotment in Allotment.objects.filter(party__reference=member.reference, state="ALLOTTED"):
            settlement_open(
                allotment=allotment, wallet=wallet_of(member), actor=person(MAKER), now=clock.now(), rail="TOKEN"
            )
    _pay_in()
    bank.statement_sent()
    rows = SettlementInstruction.objects.all()
    unpaid = rows.filter(allotment__party__reference=DEFAULTER.reference)
    checks = [
        check("nothing of the defaulter's is paid", unpaid.count(), unpaid.filter(state=State.AWAITING_CASH).count()),
        check("in suspense, as the bank said", 5, SuspenseItem.objects.count()),
    ]
    _clear_suspense()
    late = rows.filter(state=State.AWAITING_CASH).exclude(pk__in=unpaid)
    return [
        *checks,
        check("awaiting cash besides", 0, late.count()),
        check("left in suspense", 0, SuspenseItem.objects.filter(state="HELD").count()),
        *reconciled("paid in"),
    ]


def against_cash() -> Sequence[Check]:
    """Cash tokens for the credits, units immobilised, and both exchanged in batches of all legs or none."""
    _approve_issues()
    _mint_cash()
    for row in SettlementInstruction.objects.filter(state=State.CASH_CONFIRMED).order_by("pk"):
        _immobilise(row)
    never = [DEFAULTER.reference, CLOSED_FIST.reference]
    paid = SettlementInstruction.objects.exclude(allotment__party__reference__in=never)
    chain.wait_for("deliveries against cash", lambda: not paid.exclude(state=State.DELIVERED).exists(), seconds=400)
    delivered = SettlementInstruction.objects.filter(state=State.DELIVERED)
    units = {isin: sum(int(row.units) for row in holders(token(isin))) for isin in (figures.BILL, figures.BOND)}
    settled = {
        isin: sum(delivered.filter(token=token(isin)).values_list("allotment__units", flat=True)) for isin in units
    }
    waiting = SettlementInstruction.objects.get(allotment__party__reference=CLOSED_FIST.reference)
    return [
        check("who allows nothing stays outside the batch", "IMMOBILISED", waiting.state),
        Check("and his settlement says why", waiting.reason, waiting.reason),
        check("units in the register are those delivered", settled, units),
        check("the treasury holds the proceeds in tokens", _sum(delivered), cash_balance("TREASURY_TOKEN", "PKR")),
        *reconciled("delivered against cash"),
    ]


def lapse_and_sweep() -> Sequence[Check]:
    """The day ends: proceeds swept to the treasury's account, the unpaid allotments lapse, their headroom returns."""
    burn = proceeds_sweep(
        currency=figures.CASH, day=figures.bill_issue(), actor=person("treasury.officer"), now=clock.now()
    )
    if burn is not None and burn.state == "REQUESTED":
        payload = {"instructions": [burn.instruction_id]}
        approved(CashBurnApprove.name, payload, maker="treasury.officer", checker="fiscal.checker")
    sweep = CashBurn.objects.get(day=figures.bill_issue())
    chain.wait_for("the treasury's tokens burned", lambda: _burn(sweep).state in {"BURNED", "PAID"})
    reference = f"SWEEP-{figures.bill_issue():%Y%m%d}"
    swept = cash_burn_paid(burn=_burn(sweep), bank_reference=reference, actor=person("fiscal.officer"), now=clock.now())
    bank.paid_out(reference, sweep.amount_minor, "Proceeds to the treasury")
    bank.statement_sent()
    unpaid = SettlementInstruction.objects.filter(allotment__party__reference=DEFAULTER.reference)
    chain.move_to(max(unpaid.values_list("deliver_by", flat=True)))
    chain.wait_for("the unpaid to lapse", lambda: not unpaid.exclude(state=State.LAPSED).exists())
    amounts = series_amounts(token(figures.BILL).series, on=figures.bill_issue())
    lapsed = Allotment.objects.filter(party__reference=DEFAULTER.reference, state="LAPSED", series__isin=figures.BILL)
    assert swept.payout_entry is not None  # noqa: S101 paid out above
    swept_on = swept.payout_entry.at.astimezone(plan.ZONE).date()
    fist = SettlementInstruction.objects.filter(allotment__party__reference=CLOSED_FIST.reference)
    chain.wait_for("the one who allowed nothing", lambda: fist.get().state == State.UNDELIVERABLE)
    return [
        check("swept on the day of settlement", figures.bill_issue(), swept_on),
        check("the treasury's account", sweep.amount_minor, cash_balance("TREASURY", "PKR")),
        check("the account holds what stands behind his tokens", fist.get().amount_minor, cash_balance("BANK", "PKR")),
        check("the defaulter's allotments lapsed", True, lapsed.count() > 0),
        check("headroom is held for what stands, and for nothing that lapsed", amounts.allotted, amounts.committed),
        check("allotted and settled are one now", amounts.allotted, amounts.settled),
        *reconciled("proceeds with the treasury, unpaid purchases given up"),
    ]


def fiscal_confirms(confirm: Instruction, reference: str) -> None:
    """The fiscal agent's own key confirms a credit; its officer hands the signature in."""
    if hasattr(confirm, "registry_confirmation"):
        return
    question = confirmation_request(instruction=confirm, registry_reference=reference, now=clock.now())
    confirmation_receive(
        instruction=confirm,
        registry_reference=reference,
        signature=depository.sign_confirmation(question, house="fiscal"),
        actor=person("fiscal.officer"),
        now=clock.now(),
    )


def deposited(reference: str, wallet: Wallet, amount_minor: int) -> None:
    """Money paid in for cash tokens alone: booked, approved by two houses, signed by the fiscal agent, minted."""
    bank.paid_in(reference, amount_minor, f"cash tokens {reference}")
    mint = cash_deposit(
        currency=figures.CASH,
        wallet=wallet,
        amount_minor=amount_minor,
        bank_reference=reference,
        actor=person("fiscal.officer"),
        now=clock.now(),
    )
    bank.statement_sent()
    if mint.issue_instruction.state == "DRAFT":
        payload = {"instructions": [mint.issue_instruction_id]}
        approved(CashMintApprove.name, payload, maker="fiscal.officer", checker="treasury.officer")
        fiscal_confirms(mint.confirm_instruction, reference)
    chain.wait_for(f"tokens for {reference}", lambda: CashMint.objects.get(pk=mint.pk).state == "DONE")


def allow(member: Investor, drawer: str, amount_minor: int) -> None:
    """A wallet's own permission, sent with its own key, past the platform."""
    cash = cash_token(figures.CASH)
    assert cash is not None  # noqa: S101 created in an earlier phase
    data = abi.encode_call("SecurityToken", "approve", (contract_address(drawer), amount_minor))
    chain.send(member.key, to=cash.address, data=data)


def _pay_in() -> None:
    for row in SettlementInstruction.objects.select_related("allotment__party").order_by("pk"):
        who = row.allotment.party.reference
        first = not SettlementInstruction.objects.filter(allotment__party=row.allotment.party, pk__lt=row.pk).exists()
        if who == DEFAULTER.reference:
            continue
        if first and who == IN_PARTS.reference:
            half = row.amount_minor // 2
            bank.paid_in(f"IN-{row.pk}-1", half, f"first half {row.payment_reference}")
            bank.paid_in(f"IN-{row.pk}-2", row.amount_minor - half, f"second half {row.payment_reference}")
            continue
        if first and who == TOO_MUCH.reference:
            bank.paid_in(f"IN-{row.pk}-0", row.amount_minor + 100, row.payment_reference)
        bank.paid_in(f"IN-{row.pk}", row.amount_minor, f"payment of {row.payment_reference.lower()}")
        if first and who == TWICE.reference:
            bank.paid_in(f"IN-{row.pk}-9", row.amount_minor, row.payment_reference)
    bank.paid_in("IN-STRANGER", 12_345_67, "invoice 4711")


def _clear_suspense() -> None:
    """Two persons apply what belongs to a purchase, and pay the rest back."""
    parts = SuspenseItem.objects.filter(state="HELD", settlement__allotment__party__reference=IN_PARTS.reference)
    if parts.exists():
        payload = {"settlement": parts[0].settlement_id, "items": sorted(parts.values_list("pk", flat=True))}
        approved(SuspenseApply.name, payload, maker="fiscal.officer", checker="fiscal.checker")
    for item in SuspenseItem.objects.filter(state="HELD").order_by("pk"):
        approved(RefundApprove.name, {"suspense": item.pk}, maker="fiscal.officer", checker="fiscal.checker")
        bank.returned(item.bank_reference, item.amount_minor)
    bank.statement_sent()


def _approve_issues() -> None:
    for isin in (figures.BILL, figures.BOND):
        drafts = Instruction.objects.filter(token=token(isin), kind="ISSUE", state="DRAFT").order_by("number")
        paid = drafts.filter(settlement__state=State.CASH_CONFIRMED)
        if paid.exists():
            approval = proposed(IssueApprove.name, {"instructions": list(paid.values_list("pk", flat=True))})
            approve(approval, checker="registrar.checker")


def _mint_cash() -> None:
    """Drafted by the bell for each paid purchase; two houses approve, the fiscal agent signs each credit."""
    waiting = SettlementInstruction.objects.filter(state=State.CASH_CONFIRMED, cash_mint=None)
    chain.wait_for("cash drafted for every credit", lambda: not waiting.exists())
    rows = CashMint.objects.filter(state="CREDITED").select_related("issue_instruction", "confirm_instruction")
    drafts = [row.issue_instruction_id for row in rows.filter(issue_instruction__state="DRAFT").order_by("pk")]
    if drafts:
        approved(CashMintApprove.name, {"instructions": drafts}, maker="fiscal.officer", checker="treasury.officer")
    for row in rows.order_by("pk"):
        fiscal_confirms(row.confirm_instruction, row.bank_reference)
    for member in EVERYBODY:
        due = SettlementInstruction.objects.filter(allotment__party__reference=member.reference)
        if member != CLOSED_FIST and due.exists() and not chain.sent_count(member.key.address):
            allow(member, "DELIVERY_VERSUS_PAYMENT", sum(due.values_list("amount_minor", flat=True)))
    settled_down()


def _immobilise(row: SettlementInstruction) -> None:
    if not hasattr(row.confirm_instruction, "registry_confirmation"):
        hand_in(row, *registrar_signs(row))


def _burn(row: CashBurn) -> CashBurn:
    return CashBurn.objects.get(pk=row.pk)


def _sum(rows: QuerySet[SettlementInstruction]) -> int:
    return sum(rows.values_list("amount_minor", flat=True))
