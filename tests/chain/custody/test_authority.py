"""Who may do what on the deployed contracts, read back row by row; delayed powers on a real AccessManager."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from contracts.gateway import abi, calls, views
from contracts.gateway.calls import Call
from contracts.gateway.client import Node
from contracts.gateway.errors import NodeRefused, SignerRefused
from contracts.gateway.remote import RemoteSigner
from contracts.gateway.reverts import error_name
from contracts.gateway.roles import ISSUER_KEYS, ChainRole
from contracts.outbox.models import Intent
from contracts.outbox.selectors import signer_address
from custody.registries.services import registrar_key_enrol
from custody.tokenisation import plan, verify
from custody.tokenisation.models import ChainSetting, ProgrammeCode, TokenContract
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.deployment import live_addresses, signer_keys
from tests.factories.custody import Custody
from tokenization.identity.approvals import approval_approve, approval_propose
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.chain

DAY = 86_400


def ask(*questions: tuple[str, str, str, tuple[Any, ...]]) -> list[Any]:
    with Node(settings.CHAIN_RPC_URL) as node:
        return views.read(node, views.head(node).hash, questions)


def manager(function: str, *args: Any) -> Any:
    (answer,) = ask(("AccessManager", contract_address("ACCESS_MANAGER"), function, args))
    return answer


def refusal(sender: str, call: Call) -> str:
    """The custom error that the call meets when `sender` (a key of ours, or an address) makes it now; empty if none."""
    address = sender if sender.startswith("0x") else signer_address(sender)
    with Node(settings.CHAIN_RPC_URL) as node:
        try:
            node.call("eth_call", {"from": address, "to": call.to, "data": "0x" + call.data.hex()}, "latest")
        except NodeRefused as refused:
            return error_name(refused.data) or refused.message
    return ""


def members_by_logs(custody: Custody) -> set[tuple[int, str, int]]:
    """(role, account, delay) of every member, rebuilt from the AccessManager's events alone."""
    held: dict[tuple[int, str], int] = {}
    question = {"fromBlock": "0x0", "address": contract_address("ACCESS_MANAGER")}
    for log in custody.chain.rpc("eth_getLogs", question):
        event = abi.decode_log("AccessManager", log)
        if event is not None and event.name == "RoleGranted":
            held[event.args["roleId"], event.args["account"]] = event.args["delay"]
        elif event is not None and event.name == "RoleRevoked":
            del held[event.args["roleId"], event.args["account"]]
    return {(role, account, delay) for (role, account), delay in held.items()}


def test_every_row_of_the_table_is_what_the_chain_says(custody: Custody) -> None:
    addresses, keys = live_addresses(), signer_keys()
    outside = [
        (int(ChainRole.REGISTRAR), custody.registrar_key.address),
        (int(ChainRole.CASH_CONFIRMER), custody.fiscal_key.address),
    ]
    with Node(settings.CHAIN_RPC_URL) as node:
        at = views.head(node).hash
        assert verify.wiring_faults(node, at, addresses, keys, outside) == []
        # Controls: another registrar, and a key that should hold nothing, are named.
        other = [(int(ChainRole.REGISTRAR), keys["issuer"]), outside[1]]
        assert len(verify.wiring_faults(node, at, addresses, keys, other)) == 1
        swapped = {**keys, "guardian": keys["breakglass"], "breakglass": keys["guardian"]}
        assert len(verify.wiring_faults(node, at, addresses, swapped, outside)) == 4
    for power in plan.POWERS:
        for function in power.functions:
            selector = abi.selector(abi.function(plan.ARTIFACTS[power.target], function))
            assert manager("getTargetFunctionRole", addresses[power.target], selector) == power.role, function
    assert members_by_logs(custody) == plan.members(addresses, keys, outside)
    assert {role for role, _, _ in members_by_logs(custody)} == {
        h.role
        for h in plan.HOLDINGS
        if h.holder not in (plan.NOBODY, plan.OUTSIDE) or h.role in (ChainRole.REGISTRAR, ChainRole.CASH_CONFIRMER)
    }
    for row in plan.HOLDINGS:
        assert manager("getRoleGuardian", int(row.role)) == int(row.guardian or 0)
        assert manager("getRoleAdmin", int(row.role)) == 0
    # AccessManager's own five days before a grant delay counts.
    assert manager("getRoleGrantDelay", 0) == 0
    custody.chain.warp(5 * DAY + 1)
    found = {row.role: manager("getRoleGrantDelay", int(row.role)) for row in plan.HOLDINGS}
    assert found == {row.role: row.grant_delay for row in plan.HOLDINGS}
    assert found[ChainRole.ADMIN] == 5 * DAY


def test_the_bootstrap_is_over_and_nobody_holds_the_bare_powers(custody: Custody) -> None:
    at = contract_address("ACCESS_MANAGER")
    for key in (*ISSUER_KEYS, custody.registrar_key.address):
        address = key if key.startswith("0x") else signer_address(key)
        assert manager("hasRole", int(ChainRole.AGENT), address)[0] is False
        admin = (True, 2 * DAY) if key == "governor" else (False, 0)
        assert manager("hasRole", int(ChainRole.ADMIN), address) == admin
        wanted = "AccessManagerNotScheduled" if key == "governor" else "AccessManagerUnauthorizedAccount"
        assert refusal(key, calls.grant_role(at, int(ChainRole.AGENT), address)) == wanted
        assert refusal(key, calls.set_function_role(at, at, "AccessManager", ["execute"], 9)) == wanted
    assert custody.signers is not None
    issuer = RemoteSigner(custody.signers.issuer.url, custody.signers.issuer.token)
    grant = calls.grant_role(at, int(ChainRole.AGENT), custody.registrar_key.address)
    for key in ISSUER_KEYS:
        for call in (grant, calls.deploy("Anchor", (at,))):
            with pytest.raises(SignerRefused):
                issuer.check(key, call.to, call.data, 0)
    with pytest.raises(SignerRefused, match="its last transaction"):
        issuer.check("bootstrap", grant.to, grant.data, 0)
    issuer.check("governor", at, calls.schedule(at, [grant]).data, 0)
    for key in ("limits", "guardian", "deployer"):
        with pytest.raises(SignerRefused):
            issuer.check(key, at, calls.schedule(at, [grant]).data, 0)


def test_break_glass_stops_and_cannot_start_again(custody: Custody) -> None:
    token = custody.tokenised()
    controller = contract_address("CONTROLLER")
    stop, start = pause_call(controller, token.address, "pause"), pause_call(controller, token.address, "unpause")
    for key in ISSUER_KEYS:
        assert refusal(key, stop) == ("" if key == "breakglass" else "AccessManagedUnauthorized"), key
    custody.chain.rpc("anvil_impersonateAccount", signer_address("breakglass"))
    sent = {"from": signer_address("breakglass"), "to": controller, "data": "0x" + stop.data.hex()}
    custody.chain.rpc("eth_sendTransaction", sent)
    custody.chain.mine()
    (paused,) = ask(("SecurityToken", token.address, "paused", ()))
    assert paused is True
    for key in ISSUER_KEYS:
        assert refusal(key, start) == ("" if key == "enforcement" else "AccessManagedUnauthorized"), key
    assert custody.signers is not None
    issuer = RemoteSigner(custody.signers.issuer.url, custody.signers.issuer.token)
    issuer.check("breakglass", controller, stop.data, 0)
    issuer.check("enforcement", controller, start.data, 0)
    for key, call in (("breakglass", start), ("enforcement", stop)):
        with pytest.raises(SignerRefused):
            issuer.check(key, controller, call.data, 0)


def pause_call(controller: str, token: str, function: str) -> Call:
    return calls.call("Controller", controller, function, (token, (7, b"\x01" * 32)), function)


def ceiling(token: TokenContract) -> int:
    code = ProgrammeCode.objects.get(programme=token.series.programme).code
    (found,) = ask(("Engine", contract_address("ENGINE"), "programmeOf", (bytes.fromhex(code[2:]),)))
    return int(found[0])


def announced(custody: Custody, token: TokenContract, ceiling_minor: int) -> ChainSetting:
    """The programme's new ceiling, proposed by one officer and approved by another, announced on chain."""
    payload = {"programme": token.series.programme_id, "ceiling_minor": ceiling_minor}
    action, people = "custody.tokenisation.ProgrammeCeilingChange", custody.people
    approval = approval_propose(action=action, payload=payload, actor=people["maker"], now=custody.now)
    with pytest.raises(NotAllowed):
        approval_approve(approval_id=approval.pk, actor=people["maker"], now=custody.now)
    assert not ChainSetting.objects.filter(key__endswith=f"approval-{approval.pk}").exists()
    approval_approve(approval_id=approval.pk, actor=people["checker"], now=custody.now)
    key = f"programme:{token.series.programme_id}:approval-{approval.pk}"
    custody.until(lambda: ChainSetting.objects.get(key=key).state == "ANNOUNCED")
    return ChainSetting.objects.select_related("intent", "announcement").get(key=key)


def test_an_announced_ceiling_waits_its_day_and_then_happens_once(custody: Custody) -> None:
    token = custody.tokenised()
    before, wish = ceiling(token), token.series.programme.ceiling_minor // 2
    assert before == token.series.programme.ceiling_minor * 10**6
    row = announced(custody, token, wish)
    assert row.announcement is not None
    assert row.executable_from is not None
    block = row.announcement.slot.inclusion.block_number
    stamp = int(custody.chain.rpc("eth_getBlockByNumber", hex(block), False)["timestamp"], 16)
    assert int(row.executable_from.timestamp()) == stamp + DAY
    assert row.stage == f"announced, executable from {row.executable_from:%d %B %Y %H:%M} UTC"
    (operation,) = calls.operations(bytes(row.intent.data))
    identity = manager("hashOperation", signer_address("limits"), *operation)
    assert manager("getSchedule", bytes.fromhex(identity[2:])) == stamp + DAY

    custody.ring()
    intent = Intent.objects.get(pk=row.intent_id)
    assert (intent.state, "delay" in intent.reason) == ("QUEUED", True)
    direct = calls.call("Engine", operation[0], "setProgrammeCeiling", (bytes(32), 1), "directly")
    assert refusal("limits", replace(direct, data=operation[1])) == "AccessManagerNotReady"
    assert refusal("governor", replace(direct, data=operation[1])) == "AccessManagedUnauthorized"
    custody.chain.warp(stamp + DAY - custody.chain.now() - 2)
    custody.ring()
    assert (ceiling(token), ChainSetting.objects.get(pk=row.pk).state) == (before, "ANNOUNCED")
    custody.chain.warp(10)
    custody.until(lambda: ChainSetting.objects.get(pk=row.pk).state == "LIVE")
    assert ceiling(token) == wish * 10**6
    assert refusal("limits", replace(direct, data=operation[1])) == "AccessManagerNotScheduled"
    with pytest.raises(Refused):
        announced(custody, token, token.series.programme.ceiling_minor + 1)


def test_the_guardian_cancels_and_what_nobody_executes_expires(custody: Custody) -> None:
    token = custody.tokenised()
    before = ceiling(token)
    row = announced(custody, token, 1)
    (operation,) = calls.operations(bytes(row.intent.data))
    cancel = calls.cancel(contract_address("ACCESS_MANAGER"), signer_address("limits"), [operation], "cancel")
    for key in ISSUER_KEYS:
        wanted = "" if key in ("guardian", "limits", "governor") else "AccessManagerUnauthorizedCancel"
        assert refusal(key, cancel) == wanted, key
    payload = {"setting": row.pk, "reason": "a wrong figure"}
    custody.approve("custody.tokenisation.PowerWithdraw", payload, "maker", "checker")
    row.refresh_from_db()
    assert row.withdrawal is not None
    custody.until(lambda: Intent.objects.get(pk=row.withdrawal_id).state == "FINAL")
    custody.chain.warp(DAY + 10)
    custody.ring()
    direct = Call(operation[0], operation[1], "Engine", "setProgrammeCeiling", "directly")
    assert refusal("limits", direct) == "AccessManagerNotScheduled"
    assert (Intent.objects.get(pk=row.intent_id).state, ceiling(token)) == ("CANCELLED", before)

    late = announced(custody, token, 2)
    custody.chain.warp(8 * DAY + 60)
    (operation,) = calls.operations(bytes(late.intent.data))
    assert refusal("limits", Call(operation[0], operation[1], "Engine", "x", "x")) == "AccessManagerExpired"
    custody.until(lambda: ChainSetting.objects.get(pk=late.pk).state == "FAILED")
    assert (Intent.objects.get(pk=late.intent_id).state, ceiling(token)) == ("REJECTED", before)
    with pytest.raises(Refused):
        custody.approve("custody.tokenisation.PowerWithdraw", {"setting": late.pk, "reason": "x"}, "maker", "checker")


def test_a_registrar_enrolled_later_counts_after_two_days_and_its_grant_can_be_cancelled(custody: Custody) -> None:
    second = "0x" + "5e" * 20
    registrar_key_enrol(address=second, actor=custody.people["registrar"], now=custody.now)
    setting = f"outside:REGISTRAR:{second}"
    custody.until(lambda: ChainSetting.objects.get(key=setting).state == "ANNOUNCED")
    assert manager("hasRole", int(ChainRole.REGISTRAR), second)[0] is False
    grant = calls.grant_role(contract_address("ACCESS_MANAGER"), int(ChainRole.REGISTRAR), second)
    assert grant.to is not None
    cancel = calls.cancel(grant.to, signer_address("governor"), [(grant.to, grant.data)], "cancel")
    assert refusal("guardian", cancel) == ""
    assert refusal("deployer", cancel) == "AccessManagerUnauthorizedCancel"
    custody.chain.warp(2 * DAY + 1)
    custody.until(lambda: ChainSetting.objects.get(key=setting).state == "LIVE")
    assert manager("hasRole", int(ChainRole.REGISTRAR), second) == (True, 0)
