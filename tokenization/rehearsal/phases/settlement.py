"""Settlement day: cash, two houses approve, the registrar immobilises and signs, the workers mint and deliver."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import IntegrityError, transaction

from contracts.gateway import calls, views
from contracts.gateway.calls import Item
from contracts.gateway.errors import NodeRefused
from contracts.gateway.reverts import explain
from contracts.outbox.selectors import signer_address
from custody.instructions.actions import IssueApprove
from custody.instructions.models import Instruction
from custody.register.selectors import holders
from custody.registries.services import confirmation_receive, confirmation_request
from custody.settlement.models import SettlementInstruction
from custody.settlement.services import cash_balance, cash_confirm, settlement_open
from custody.tokenisation.selectors import contract_address
from issuance.allotment.models import Allotment
from tokenization.kernel import clock
from tokenization.kernel.errors import NotAllowed, PlatformError
from tokenization.rehearsal import chain, depository, plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import MAKER, approve, attempt, proposed
from tokenization.rehearsal.people import BUYERS, LAPSING, Investor, person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.contracts import token
from tokenization.rehearsal.phases.investors import wallet_of


def pay() -> Sequence[Check]:
    """On settlement day the fiscal agent confirms forty exact payments, and two houses approve forty issues."""
    chain.move_to(plan.at(plan.issue_date(), 9, 30))
    for investor in BUYERS:
        _paid(_opened(investor))
    total = sum(SettlementInstruction.objects.values_list("amount_minor", flat=True))
    return [
        check("cash confirmed", len(BUYERS), SettlementInstruction.objects.exclude(state="AWAITING_CASH").count()),
        check("settlement account, PKR minor units", total, cash_balance("BANK", "PKR")),
        *_approve_issues(),
        *_caps_hold(),
        *reconciled("cash confirmed"),
    ]


def mint() -> Sequence[Check]:
    """Thirty-nine confirmations are relayed and thirty-nine deliveries follow; the last buyer is left for later."""
    for investor in BUYERS:
        if investor != LAPSING:
            immobilise(investor)
    expected = len(BUYERS) - 1
    chain.wait_for(
        "deliveries", lambda: SettlementInstruction.objects.filter(state="DELIVERED").count() == expected, seconds=180
    )
    units = sum(plan.units_of(investor) for investor in BUYERS if investor != LAPSING)
    return [
        check("delivered", expected, SettlementInstruction.objects.filter(state="DELIVERED").count()),
        check("units in the register", units, sum(position.units for position in holders(token()))),
        check("holders in the register", expected, len(holders(token()))),
        check("proceeds at the treasury, the rest with the agent", True, _swept()),
        *reconciled("minted"),
    ]


def settlement_of(investor: Investor) -> SettlementInstruction:
    return SettlementInstruction.objects.select_related("issue_instruction", "confirm_instruction", "wallet").get(
        allotment__party__reference=investor.reference, token=token()
    )


def immobilise(investor: Investor) -> None:
    """The registrar blocks the units in its book, signs, and its officer hands the signature in."""
    row = settlement_of(investor)
    if not hasattr(row.confirm_instruction, "registry_confirmation"):
        hand_in(row, *registrar_signs(row))


def registrar_signs(row: SettlementInstruction) -> tuple[str, str]:
    """(registry reference, signature) made in the registrar's own process."""
    reference = f"CSD-{row.payment_reference}"
    question = confirmation_request(instruction=row.issue_instruction, registry_reference=reference, now=clock.now())
    return reference, depository.sign_confirmation(question)


def hand_in(row: SettlementInstruction, reference: str, signature: str) -> None:
    now = clock.now()
    confirmation_receive(
        instruction=row.issue_instruction,
        registry_reference=reference,
        signature=signature,
        actor=person("registrar.officer"),
        now=now,
    )
    depository.book(key=reference, isin=row.token.series.isin, at=now, immobilised=row.issue_instruction.units)


def _opened(investor: Investor) -> SettlementInstruction:
    allotment = Allotment.objects.get(party__reference=investor.reference, series__isin=plan.BILL)
    return settlement_open(allotment=allotment, wallet=wallet_of(investor), actor=person(MAKER), now=clock.now())


def _paid(row: SettlementInstruction) -> None:
    cash_confirm(
        settlement=row,
        amount_minor=row.amount_minor,
        bank_reference=f"BANK-{row.payment_reference}",
        actor=person("fiscal.officer"),
        now=clock.now(),
    )


def _approve_issues() -> list[Check]:
    """The issuer asks; a second officer of the issuer is not enough; the registrar's checker agrees."""
    rows = Instruction.objects.filter(token=token(), kind="ISSUE").order_by("number")
    checks = []
    if rows.filter(state="DRAFT").exists():
        approval = proposed(IssueApprove.name, {"instructions": list(rows.values_list("pk", flat=True))})
        same_house = attempt(approve, approval=approval, checker="debt.checker")
        checks = [refused("one house alone cannot create supply", same_house, error=NotAllowed)]
        approve(approval, checker="registrar.checker")
    return [*checks, check("issues approved by two houses", len(BUYERS), rows.exclude(state="DRAFT").count())]


def _caps_hold() -> list[Check]:
    """Before the registrar's word neither the database nor the contract lets anything be minted."""
    first = settlement_of(BUYERS[0])
    if hasattr(first.confirm_instruction, "registry_confirmation"):
        return []
    return [
        refused("the database alone refuses to mint beyond the cap", lambda: _force(first), error=IntegrityError),
        refused(
            "the contract alone refuses to mint beyond the cap",
            lambda: _simulate(first),
            error=PlatformError,
            says="cap",
        ),
    ]


def _force(row: SettlementInstruction) -> None:
    with transaction.atomic():
        Instruction.objects.filter(pk=row.issue_instruction_id).update(state="SENT")


def _simulate(row: SettlementInstruction) -> None:
    item = Item(row.issue_instruction.number, row.wallet.address, row.issue_instruction.units)
    call = calls.issue(contract_address("CONTROLLER"), token().address, [item])
    with chain.node() as node:
        request = {"from": signer_address("issuer"), "to": call.to, "data": "0x" + call.data.hex()}
        try:
            node.call("eth_call", request, "latest")
        except NodeRefused as refusal:
            raise PlatformError(explain(refusal.data, str(refusal))) from refusal


def _swept() -> bool:
    delivered = SettlementInstruction.objects.filter(state="DELIVERED").values_list("amount_minor", flat=True)
    waiting = SettlementInstruction.objects.exclude(state="DELIVERED").values_list("amount_minor", flat=True)
    return cash_balance("TREASURY", "PKR") == sum(delivered) and cash_balance("BANK", "PKR") == sum(waiting)


def verified_on_chain(investor: Investor) -> bool:
    with chain.node() as node:
        head = views.final_head(node, settings.CHAIN_FINALITY)
        address = investor.key.address
        return address in views.verified(node, head.hash, contract_address("IDENTITY_REGISTRY"), [address])
