"""The bootstrap: contract after contract, then the wiring, each sent once and verified when final.

1. Plan: one row per contract.                       2. Send what is planned and whose arguments are live.
3. Take the address from the final receipt, compare the code, call it LIVE and let the indexer watch it.
4. Send the wiring once all are live and the keys from outside that it must name are enrolled; compare it when final.
   It ends with the bootstrap key giving up its administration.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction

from contracts.gateway import abi, calls, views
from contracts.gateway.client import Node
from contracts.indexer.services import watch
from contracts.outbox.models import Signer
from contracts.outbox.services import intent_enqueue, signers_sync
from custody.tokenisation import plan, verify
from custody.tokenisation.models import (
    ChainContract,
    ChainSetting,
    ChainState,
    OutsideKey,
    chain_contract_machine,
    chain_setting_machine,
)
from custody.tokenisation.selectors import deployment_is_live
from custody.tokenisation.services.outcome import Outcome, Result, intent_result
from tokenization.kernel.errors import Refused
from tokenization.kernel.locks import advisory_xact_lock

WIRING = "wiring"


def deployment_advance(*, now: datetime) -> list[str]:
    """Take every step of the plan that can be taken now; returns the steps taken, in words.

    SignerUnavailable (retryable) until the signer process has told the addresses of all keys. Safe to call at any time.
    """
    if deployment_is_live():
        return []
    # Asks the signer process for addresses the outbox does not know yet: nobody else has work for it at the beginning.
    keys = signer_keys() or signers_sync(now=now)
    deployment_plan()
    taken = [*_pull_contracts(now), *_send_contracts(keys, now), *_send_wiring(keys, now), *_pull_wiring(keys)]
    return taken


def signer_keys() -> dict[str, str]:
    """Addresses of the issuer's keys by name; empty until all are known."""
    rows = Signer.objects.filter(address__isnull=False).values_list("name", "address")
    found = {name: address for name, address in rows if address}
    return {name: found[name] for name in plan.SIGNER_NAMES} if set(plan.SIGNER_NAMES) <= set(found) else {}


@transaction.atomic
def deployment_plan() -> None:
    """Write the plan down once."""
    if ChainContract.objects.count() == len(plan.STEPS):
        return
    advisory_xact_lock("tokenisation.plan")
    for step in plan.STEPS:
        ChainContract.objects.get_or_create(
            name=step.name,
            defaults={"artifact": step.artifact, "artifact_hash": abi.artifact(step.artifact).source_hash},
        )


def live_addresses() -> dict[str, str]:
    found = ChainContract.objects.filter(state=ChainState.LIVE, address__isnull=False).values_list("name", "address")
    return {name: address for name, address in found if address}


def _send_contracts(keys: dict[str, str], now: datetime) -> list[str]:
    known: dict[str, str | int] = {**live_addresses(), "BOOTSTRAP": keys[plan.BOOTSTRAP], **plan.CONSTANTS}
    planned = set(ChainContract.objects.filter(state=ChainState.PLANNED).values_list("name", flat=True))
    ready = [step for step in plan.STEPS if step.name in planned and set(step.arguments) <= set(known)]
    return [word for step in ready for word in _send_contract(step, known, now)]


@transaction.atomic
def _send_contract(step: plan.Step, known: dict[str, str | int], now: datetime) -> list[str]:
    advisory_xact_lock("tokenisation.plan")
    row = ChainContract.objects.get(name=step.name)
    if row.state != ChainState.PLANNED:
        return []
    call = calls.deploy(step.artifact, tuple(known[name] for name in step.arguments))
    intent = intent_enqueue(key=f"deploy:{step.name}", signer=plan.BOOTSTRAP, call=call, now=now)
    chain_contract_machine.move(row, ChainState.SENT, intent=intent)
    return [f"{step.name} sent"]


def _pull_contracts(now: datetime) -> list[str]:
    taken = []
    for row in ChainContract.objects.filter(state=ChainState.SENT).select_related("intent"):
        result = intent_result(row.intent) if row.intent else None
        if result is None or result.outcome is Outcome.PENDING:
            continue
        if result.outcome is Outcome.FAILED or not result.address:
            raise Refused(f"{row.name} could not be deployed: {result.reason}", rule="deployment")
        _check_code(row.artifact, result.address)
        _contract_live(row, result, now)
        taken.append(f"{row.name} live at {result.address}")
    return taken


def _check_code(artifact: str, address: str) -> None:
    with Node(settings.CHAIN_RPC_URL) as node:
        head = views.final_head(node, settings.CHAIN_FINALITY)
        if not verify.code_matches(node, head.hash, artifact, address):
            raise Refused(
                f"The code at {address} is not that of {artifact}.",
                rule="code as compiled",
                next_step="Compare the artifact with what was deployed; nothing is used until they agree.",
            )


@transaction.atomic
def _contract_live(row: ChainContract, result: Result, now: datetime) -> None:
    advisory_xact_lock("tokenisation.plan")
    row.refresh_from_db()
    if row.state != ChainState.SENT:
        return
    chain_contract_machine.move(row, ChainState.LIVE, address=result.address, verified_at=now)
    watch(address=result.address, artifact=row.artifact, name=row.name, now=now, from_block=result.block)


@transaction.atomic
def _send_wiring(keys: dict[str, str], now: datetime) -> list[str]:
    addresses = live_addresses()
    if len(addresses) != len(plan.STEPS) or ChainSetting.objects.filter(key=WIRING).exists():
        return []
    advisory_xact_lock("tokenisation.plan")
    outside = _outside()
    if ChainSetting.objects.filter(key=WIRING).exists() or not _enrolled(outside):
        return []
    call = plan.wiring(addresses, keys, outside)
    intent = intent_enqueue(key=f"deploy:{WIRING}", signer=plan.BOOTSTRAP, call=call, now=now)
    ChainSetting.objects.create(key=WIRING, words="Roles of functions and keys", intent=intent)
    return ["wiring sent"]


def _outside() -> list[tuple[int, str]]:
    return list(OutsideKey.objects.filter(in_wiring=True).order_by("pk").values_list("role", "address"))


def _enrolled(outside: plan.Outside) -> bool:
    return set(map(int, plan.ENROLLED_FIRST)) <= {role for role, _ in outside}


def _pull_wiring(keys: dict[str, str]) -> list[str]:
    row = ChainSetting.objects.filter(key=WIRING, state="SENT").select_related("intent").first()
    if row is None or intent_result(row.intent).outcome is not Outcome.DONE:
        return []
    with Node(settings.CHAIN_RPC_URL) as node:
        head = views.final_head(node, settings.CHAIN_FINALITY)
        faults = verify.wiring_faults(node, head.hash, live_addresses(), keys, _outside())
    if faults:
        raise Refused(f"The wiring is not as planned: {'; '.join(faults)}.", rule="wiring as planned")
    chain_setting_machine.move(row, "LIVE")
    return ["wiring live"]
