"""Parameters on chain that are no contract: a programme's ceiling, a granted role. Each is sent once under its key."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.calls import Call
from contracts.gateway.roles import ROLE_KEYS, ChainRole
from contracts.outbox.services import intent_enqueue
from custody.tokenisation.models import ChainSetting, ChainState, ProgrammeCode, chain_setting_machine
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.outcome import Outcome, intent_result
from issuance.programme.models import Programme
from tokenization.kernel.locks import advisory_xact_lock

MICRO = 10**6


def setting_send(*, key: str, words: str, call: Call, now: datetime) -> ChainSetting:
    """Send one parameter change by the deployer's key, once under its key, in the caller's transaction."""
    advisory_xact_lock("tokenisation.setting")
    found = ChainSetting.objects.filter(key=key).first()
    if found:
        return found
    intent = intent_enqueue(key=f"setting:{key}", signer=ROLE_KEYS[ChainRole.DEPLOYER], call=call, now=now)
    return ChainSetting.objects.create(key=key, words=words, intent=intent)


def settings_advance() -> int:
    """Call LIVE what is final. A setting that failed stays SENT and shows its intent's reason."""
    moved = 0
    for row in ChainSetting.objects.filter(state=ChainState.SENT).exclude(key="wiring").select_related("intent"):
        if intent_result(row.intent).outcome is Outcome.DONE:
            chain_setting_machine.move(row, ChainState.LIVE)
            moved += 1
    return moved


@transaction.atomic
def programme_ceiling_send(*, programme: Programme, now: datetime) -> ChainSetting:
    """Set the programme's ceiling on chain, in millionths of its minor unit; the same ceiling is sent once."""
    code, _ = ProgrammeCode.objects.get_or_create(programme=programme)
    ceiling = programme.ceiling_minor * MICRO
    known = ChainSetting.objects.filter(key__startswith=f"programme:{programme.pk}:").exists()
    call = calls.call(
        "Engine",
        contract_address("ENGINE"),
        "setProgrammeCeiling" if known else "addProgramme",
        (bytes.fromhex(code.code[2:]), ceiling),
        f"Set the ceiling of programme {programme.reference} to {programme.ceiling_minor} minor units",
    )
    ProgrammeCode.objects.filter(pk=code.pk).update(ceiling_micro=ceiling)
    key = f"programme:{programme.pk}:{programme.ceiling_minor}"
    return setting_send(key=key, words=f"Ceiling of {programme.reference}", call=call, now=now)
