"""The outside examiner: his key, what he signs, and what neither database nor contract issues without it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from contracts.gateway import calls, views
from contracts.gateway.calls import Item
from contracts.gateway.errors import NodeRefused
from contracts.gateway.reverts import explain
from contracts.gateway.roles import ChainRole
from contracts.outbox.selectors import signer_address
from custody.instructions.models import Instruction
from custody.reserves.actions import ExaminerEnrol
from custody.reserves.models import ExaminerKey, ReserveAttestation
from custody.reserves.selectors import attestation_in_force, backing_minor
from custody.reserves.services import attestation_draft, attestation_message, attestation_receive
from custody.settlement.models import SettlementInstruction
from custody.tokenisation.selectors import contract_address
from tokenization.identity.models import Party
from tokenization.identity.services import party_create, party_member_add
from tokenization.kernel import clock
from tokenization.kernel.errors import PlatformError, Refused
from tokenization.rehearsal import chain, plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import BUYERS as STRANGERS
from tokenization.rehearsal.people import EXAMINER_KEY, person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.contracts import holds
from tokenization.rehearsal.phases.settlement import hand_in, registrar_signs
from tokenization.rehearsal.reserve import figures
from tokenization.rehearsal.reserve.figures import BUYERS, GOLD, OIL, OIL_BUYERS, Commodity
from tokenization.rehearsal.reserve.holders import buyers_of, settlement_of
from tokenization.rehearsal.reserve.mandate import token
from tokenization.rehearsal.reserve.vault import present, send_list

EXAMINER = "EXM-001"
LAST = BUYERS[-1]
LATE = OIL_BUYERS[-1]


def enrolled() -> Sequence[Check]:
    """Two houses name the examiner's key; the chain knows it after two days' notice."""
    officer, now = person("compliance.officer"), clock.now()
    party = Party.objects.filter(reference=EXAMINER).first() or party_create(
        reference=EXAMINER,
        name="Rehearsal examiners (synthetic)",
        kind="COMPANY",
        country="PK",
        category="RESIDENT",
        actor=officer,
        now=now,
    )
    party_member_add(party=party, user=person("examiner"), actor=officer, now=now)
    if not ExaminerKey.objects.exists():
        payload = {"party": EXAMINER, "address": EXAMINER_KEY.address}
        approved(ExaminerEnrol.name, payload, checker="registrar.checker")
    return [check("the chain knows his key at once", False, holds(ChainRole.EXAMINER, EXAMINER_KEY.address))]


def confirmed() -> Sequence[Check]:
    """The registrar immobilises for all but the late buyer; without an attestation nothing of it is issued."""
    chain.wait_for("the examiner's key on chain", lambda: holds(ChainRole.EXAMINER, EXAMINER_KEY.address))
    for commodity in (GOLD, OIL):
        for member in buyers_of(commodity):
            row = settlement_of(commodity, member)
            if member != LATE or commodity is GOLD:
                _immobilised(row)
    confirms = Instruction.objects.filter(token__series__isin__in=figures.ISINS, kind="CONFIRM")
    confirms = confirms.exclude(state__in=["DONE", "DRAFT", "APPROVED"])
    chain.wait_for("the caps raised", lambda: not confirms.exists())
    first = settlement_of(GOLD, BUYERS[0])
    return [
        refused("unattested: the database alone issues nothing", lambda: force(first), error=IntegrityError),
        refused("unattested: the contract alone issues nothing", lambda: simulate(first), error=PlatformError),
        check("delivered", 0, _delivered()),
        *reconciled("confirmed, not attested"),
    ]


def attested() -> Sequence[Check]:
    """Signed with the examiner's own key and relayed: seven of eight buyers of gold, and oil for a morning."""
    checks = _others_cannot()
    _attest(GOLD, encumbered=_leaving(GOLD, _sold() - figures.units_of(GOLD, LAST)), until=figures.first_expiry())
    _attest(OIL, encumbered=0, until=figures.oil_expiry())
    chain.wait_for("eight deliveries", lambda: _delivered() == len(BUYERS), seconds=180)
    last = settlement_of(GOLD, LAST)
    return [
        *checks,
        check("delivered of ten", len(BUYERS), _delivered()),
        check("the eighth buyer of gold waits", "IMMOBILISED", last.state),
        refused("beyond what is attested: the database alone", lambda: force(last), error=IntegrityError),
        refused("beyond what is attested: the contract alone", lambda: simulate(last), error=PlatformError),
        *reconciled("attested in part"),
    ]


def released_pledge() -> Sequence[Check]:
    """The lender frees what was pledged: a second attestation carries the eighth buyer too."""
    if settlement_of(GOLD, LAST).state != "DELIVERED":
        _attest(GOLD, encumbered=_leaving(GOLD, _sold()), until=figures.gold_expiry())
    chain.wait_for("the last delivery of gold", lambda: _delivered() == len(BUYERS) + 1, seconds=120)
    return [check("delivered of ten", len(BUYERS) + 1, _delivered()), *reconciled("attested in full")]


def expired() -> Sequence[Check]:
    """Oil's attestation has ended: nothing new in database or contract, until an examiner has looked again."""
    row = settlement_of(OIL, LATE)
    checks: list[Check] = []
    if row.state != "DELIVERED":
        chain.move_to(figures.oil_expiry() + timedelta(minutes=30))
        _immobilised(row)
        chain.wait_for("the late buyer's cap", lambda: _state(row.confirm_instruction_id) == "DONE")
        checks = [
            refused("after its end: the database alone issues nothing", lambda: force(row), error=IntegrityError),
            refused("after its end: the contract alone issues nothing", lambda: simulate(row), error=PlatformError),
        ]
        _attest(OIL, encumbered=0, until=figures.gold_expiry())
    chain.wait_for("the late delivery", lambda: settlement_of(OIL, LATE).state == "DELIVERED", seconds=120)
    return [*checks, check("delivered of ten", len(BUYERS) + 2, _delivered()), *reconciled("oil attested again")]


def renewed() -> Sequence[Check]:
    """The examiner looks again, at the keepers' lists of today, at what has none in force; nothing is pledged any more.

    An older list would leave what was held for the bars handed out since.
    """
    for commodity in (GOLD, OIL):
        if not _standing(commodity):
            send_list(commodity, present(commodity))
            _attest(commodity, encumbered=0, until=plan.at(plan.today() + timedelta(days=90), 12))
    standing = sum(_standing(commodity) for commodity in (GOLD, OIL))
    return [check("attestations in force", 2, standing), *reconciled("attested anew")]


def _standing(commodity: Commodity) -> bool:
    word = attestation_in_force(token(commodity), clock.now())
    return word is not None and word.expiry > clock.now()


def force(row: SettlementInstruction) -> None:
    """Send the issue past every service: only the database's own gate is left."""
    with transaction.atomic():
        Instruction.objects.filter(pk=row.issue_instruction_id).update(state="SENT")


def simulate(row: SettlementInstruction) -> None:
    """Ask the node to issue past the platform: only the contract's own gate is left."""
    item = Item(row.issue_instruction.number, row.wallet.address, row.issue_instruction.units)
    call = calls.issue(contract_address("CONTROLLER"), row.token.address, [item])
    with chain.node() as node:
        head = views.final_head(node, settings.CHAIN_FINALITY)
        request = {"from": signer_address("issuer"), "to": call.to, "data": "0x" + call.data.hex()}
        try:
            node.call("eth_call", request, hex(head.number))
        except NodeRefused as refusal:
            raise PlatformError(explain(refusal.data, str(refusal))) from refusal


def _others_cannot() -> list[Check]:
    """A stranger's signature over the very same figures is refused; the platform itself has no examiner's key."""
    if attestation_in_force(token(GOLD), clock.now()) is not None:
        return []
    draft = _drafted(GOLD, 0, figures.first_expiry())
    message = attestation_message(draft)

    def hand_in_strangers() -> object:
        return attestation_receive(
            attestation=draft,
            signature=STRANGERS[0].key.sign_typed_data(message),
            actor=person("examiner"),
            now=clock.now(),
        )

    return [refused("nobody else's signature attests", hand_in_strangers, error=Refused)]


def _attest(commodity: Commodity, *, encumbered: int, until: datetime) -> None:
    """Drawn up, signed outside, handed in, relayed, and final."""
    of = token(commodity)
    waiting = ReserveAttestation.objects.filter(token=of, state__in=["RECEIVED", "RELAYED"])
    known = ReserveAttestation.objects.filter(token=of, expiry=until).exclude(state__in=["DRAFT", "DISCARDED"])
    if not known.exists():
        draft = _drafted(commodity, encumbered, until)
        attestation_receive(
            attestation=draft,
            signature=EXAMINER_KEY.sign_typed_data(attestation_message(draft)),
            actor=person("examiner"),
            now=clock.now(),
        )
    chain.wait_for(f"the attestation of {commodity.name} in force", lambda: not waiting.exists())


def _drafted(commodity: Commodity, encumbered: int, until: datetime) -> ReserveAttestation:
    return attestation_draft(
        token=token(commodity),
        expiry=until,
        scope=f"Every item of {commodity.vault} behind {commodity.isin} (synthetic)",
        standard="ISAE 3000 (synthetic)",
        encumbered_minor=encumbered,
        actor=person("examiner"),
        now=clock.now(),
    )


def _leaving(commodity: Commodity, units: int) -> int:
    """How much must be encumbered so that, after the margin, just these units stand on the rest."""
    kept = 10_000 - commodity.margin_bps
    return backing_minor(token(commodity)) - (units * 10_000 + kept - 1) // kept


def _sold() -> int:
    return sum(figures.units_of(GOLD, member) for member in BUYERS)


def _immobilised(row: SettlementInstruction) -> None:
    if not hasattr(row.confirm_instruction, "registry_confirmation"):
        hand_in(row, *registrar_signs(row))


def _delivered() -> int:
    return SettlementInstruction.objects.filter(token__series__isin__in=figures.ISINS, state="DELIVERED").count()


def _state(pk: int) -> str:
    return str(Instruction.objects.values_list("state", flat=True).get(pk=pk))
