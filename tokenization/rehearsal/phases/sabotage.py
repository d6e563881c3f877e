"""One leg cannot be delivered; and while its units are immobilised and unminted, a raw key mints past the platform."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.gateway import abi
from contracts.outbox.models import Intent
from custody.instructions.actions import AnnulApprove, WithdrawApprove
from custody.instructions.models import Instruction
from custody.reconciliation.actions import BreakClose
from custody.reconciliation.callers import caller_of
from custody.reconciliation.models import Break
from custody.register.annulment import annulment_draft
from custody.register.models import Dispute
from custody.register.selectors import undisputed_positions
from custody.registries.services import release_receive
from custody.settlement.actions import RefundApprove
from custody.settlement.services import cash_balance
from issuance.allotment.selectors import series_amounts
from tokenization.files.services import file_store
from tokenization.kernel import clock
from tokenization.rehearsal import chain, depository, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.letters import letter_name, letter_of
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import BUYERS, LAPSING, OUTSIDER, person
from tokenization.rehearsal.phases.books import reconciled, settled_down
from tokenization.rehearsal.phases.contracts import token
from tokenization.rehearsal.phases.investors import wallet_of
from tokenization.rehearsal.phases.powers import announce_revocation, mistake_done
from tokenization.rehearsal.phases.settlement import hand_in, registrar_signs, settlement_of, verified_on_chain

UNDUE = 1_000
RECEIVER = BUYERS[1]


def lapse() -> Sequence[Check]:
    """The registrar has signed; the buyer's KYC lapses before the mint: his item waits alone, with the reason."""
    row = settlement_of(LAPSING)
    if not hasattr(row.confirm_instruction, "registry_confirmation"):
        chain.move_to(plan.at(plan.issue_date(), 14, 59))
        signed = registrar_signs(row)
        chain.move_to(plan.at(plan.issue_date(), 15))
        hand_in(row, *signed)
    chain.wait_for("the cap raised for the last leg", lambda: _state(row.confirm_instruction_id) == "DONE")
    waiting = chain.wait_for("the dry run to refuse the lapsed wallet", lambda: _refused(row.issue_instruction.number))
    return [
        check("the lapsed wallet is not verified on chain", False, verified_on_chain(LAPSING)),
        check("the settlement still waits", "ISSUING", settlement_of(LAPSING).state),
        Check("the item waits alone, because", waiting.reason, waiting.reason),
        *reconciled("one leg waits"),
    ]


def undue() -> Sequence[Check]:
    """A role granted by mistake, two days after its notice, lets a raw key mint: one break, naming the transaction."""
    mistake_done()
    if not chain.sent_count(OUTSIDER.address):
        chain.fund(OUTSIDER.address)
        _raw_mint(UNDUE)
    dispute = chain.wait_for(
        "the register to post the undue units", lambda: Dispute.objects.filter(token=token()).first()
    )
    checks = list(reconciled("units created outside the platform", open_breaks=1))
    found = Break.objects.get(token=token(), state="OPEN")
    receiver = RECEIVER.key.address
    block = found.last_seen.block_number
    return [
        *checks,
        check("the break is undue creation", "UNDUE_CREATION", found.kind),
        check("it names the transaction", dispute.tx_hash, found.tx_hash),
        check("undue units", UNDUE, found.units),
        check("it names the key that sent it", OUTSIDER.address, _sender(found)),
        check(
            "the undue units earn nothing to their wallet",
            plan.units_of(RECEIVER),
            undisputed_positions(token(), block)[receiver],
        ),
    ]


def annul() -> Sequence[Check]:
    """A numbered forced burn under four eyes removes them; the break can then be closed, by two."""
    dispute = Dispute.objects.get(token=token())
    if dispute.state == "OPEN":
        drafts = annulment_draft(dispute=dispute, actor=person("debt.maker"), now=clock.now())
        approved(AnnulApprove.name, {"instructions": [row.pk for row in drafts]}, checker="registrar.checker")
    chain.wait_for("the undue units burned", lambda: Dispute.objects.get(pk=dispute.pk).state == "ANNULLED")
    found = Break.objects.get(token=token())
    if found.state == "OPEN":
        settled_down()
        reconciled("annulled", open_breaks=1)
        break_closed(found, "The undue units are annulled; the role is being taken from the key.")
    found.refresh_from_db()
    return [check("the break is closed by two", "CLOSED", found.state), *reconciled("break closed")]


def break_closed(found: Break, reason: str) -> None:
    """Closed by two, who attach the letter of the house that shows that it is over."""
    found.refresh_from_db()
    now = clock.now()
    shown = file_store(
        name=letter_name(found),
        content=letter_of(found, now).encode(),
        media_type="text/plain",
        actor=person("debt.checker"),
        now=now,
    )
    payload = {"break": found.pk, "reason": reason, "file": shown.sha256}
    approved(BreakClose.name, payload, maker="debt.checker", checker="registrar.checker")


def withdraw() -> Sequence[Check]:
    """At its deadline the leg is given up: cap reduced on chain, released at the registry, refunded by two."""
    row = settlement_of(LAPSING)
    chain.move_to(row.deliver_by)
    chain.wait_for("the leg to be given up", lambda: settlement_of(LAPSING).withdraw_instruction_id)
    withdrawal = settlement_of(LAPSING).withdraw_instruction
    assert withdrawal is not None  # noqa: S101
    if withdrawal.state == "DRAFT":
        approved(WithdrawApprove.name, {"instructions": [withdrawal.pk]}, checker="registrar.checker")
    chain.wait_for("the cap reduced", lambda: _state(withdrawal.pk) == "DONE")
    checks = list(reconciled("cap reduced, not yet released"))
    _release(withdrawal)
    chain.wait_for("the settlement withdrawn", lambda: settlement_of(LAPSING).state in {"WITHDRAWN", "REFUNDED"})
    if settlement_of(LAPSING).state == "WITHDRAWN":
        approved(RefundApprove.name, {"settlement": row.pk}, maker="fiscal.officer", checker="fiscal.checker")
    amounts = series_amounts(token().series, on=plan.issue_date())
    return [
        *checks,
        check("refunded", "REFUNDED", settlement_of(LAPSING).state),
        check("settlement account is empty", 0, cash_balance("BANK", "PKR")),
        check("headroom back, units committed", plan.CEILING_UNITS - plan.units_of(LAPSING), amounts.committed.units),
        *reconciled("withdrawn and refunded"),
    ]


def control() -> Sequence[Check]:
    """Nothing is immobilised and unminted any more: the same raw mint reverts. The role is on notice."""
    checks = []
    if chain.sent_count(OUTSIDER.address) == 1:
        transaction_hash = _raw_mint(UNDUE)
        checks = [check("the same raw mint succeeds", False, chain.succeeded(transaction_hash))]
    announce_revocation()
    return [*checks, *reconciled("control")]


def _sender(found: Break) -> str:
    told = caller_of(found)
    return told[1].sender if told is not None else "nobody"


def _raw_mint(units: int) -> str:
    data = abi.encode_call("SecurityToken", "mint", (wallet_of(RECEIVER).address, units))
    return chain.send(OUTSIDER, to=token().address, data=data)


def _release(withdrawal: Instruction) -> None:
    if hasattr(withdrawal, "registry_confirmation"):
        return
    now, reference = clock.now(), f"CSD-W-{withdrawal.number}"
    release_receive(
        instruction=withdrawal,
        kind="WITHDRAW",
        registry_reference=reference,
        actor=person("registrar.officer"),
        now=now,
    )
    depository.book(key=reference, isin=plan.BILL, at=now, immobilised=-withdrawal.units)


def _refused(number: int) -> Intent | None:
    return Intent.objects.filter(items__number=number, items__live=True, state="QUEUED").exclude(reason="").first()


def _state(pk: int) -> str:
    return str(Instruction.objects.values_list("state", flat=True).get(pk=pk))
