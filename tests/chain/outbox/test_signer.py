"""The signer process over its real HTTP face: memory before signature, and a policy that no request changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import psycopg
import pytest

from contracts.gateway import abi, calls
from contracts.gateway.addresses import create2_address, create_address
from contracts.gateway.calls import Item
from contracts.gateway.errors import SignerRefused, SignerUnavailable
from contracts.gateway.keys import Transaction
from contracts.gateway.remote import RemoteSigner, Request
from contracts.gateway.roles import ISSUER_KEYS
from contracts.gateway.typed_data import Confirmation, confirmation_typed_data, recover
from tests.support.parts import Signers

pytestmark = pytest.mark.chain

TOKEN, WALLET = "0x" + "aa" * 20, "0x" + "bb" * 20
NO_RULES = (bytes(32), 0, 0, 0, False)
BUILT_WITH: dict[str, tuple[Any, ...]] = {"Controller": (WALLET, 6), "AccessManager": (WALLET,)}


@pytest.fixture
def issuer(signers: Signers) -> RemoteSigner:
    return RemoteSigner(signers.issuer.url, signers.issuer.token)


def transaction(to: str | None, data: bytes, nonce: int, **more: Any) -> Transaction:
    return Transaction(31337, nonce, to, data, 0, 1_000_000, more.get("max_fee", 10), more.get("priority_fee", 1))


def created(issuer: RemoteSigner, artifact: str = "Controller") -> str:
    """A contract that the signer has signed the creation of."""
    bootstrap = issuer.addresses()["bootstrap"]
    issuer.sign(Request("bootstrap", transaction(None, calls.deploy(artifact, BUILT_WITH[artifact]).data, 0)))
    return create_address(bootstrap, 0)


def test_another_call_at_a_used_nonce_is_refused_and_a_higher_fee_is_not(issuer: RemoteSigner) -> None:
    controller = created(issuer)
    first = calls.issue(controller, TOKEN, [Item(1, WALLET, 5)])
    one = issuer.sign(Request("issuer", transaction(controller, first.data, 0)))
    assert issuer.sign(Request("issuer", transaction(controller, first.data, 0))) == one
    bumped = issuer.sign(Request("issuer", transaction(controller, first.data, 0, max_fee=20)))
    assert bumped.hash != one.hash
    second = calls.issue(controller, TOKEN, [Item(2, WALLET, 5)])
    with pytest.raises(SignerRefused) as caught:
        issuer.sign(Request("issuer", transaction(controller, second.data, 0)))
    assert caught.value.rule == "memory"
    issuer.sign(Request("issuer", transaction(controller, second.data, 1)))


def test_a_cancel_needs_an_approval_and_stands_beside_one_call_only(issuer: RemoteSigner) -> None:
    controller, own = created(issuer), issuer.addresses()["issuer"]
    issuer.sign(
        Request("issuer", transaction(controller, calls.issue(controller, TOKEN, [Item(1, WALLET, 5)]).data, 0))
    )
    empty = transaction(own, b"", 0)
    for request in (Request("issuer", empty, "NOOP"), Request("issuer", empty, "CANCEL")):
        with pytest.raises(SignerRefused):
            issuer.sign(request)
    with pytest.raises(SignerRefused, match="own address"):
        issuer.sign(Request("issuer", replace(empty, to=WALLET), "CANCEL", approval="approval-1"))
    signed = issuer.sign(Request("issuer", empty, "CANCEL", approval="approval-1"))
    assert issuer.sign(Request("issuer", empty, "CANCEL", approval="approval-1")) == signed


def test_after_a_noop_no_call_is_signed_there(issuer: RemoteSigner) -> None:
    controller, own = created(issuer), issuer.addresses()["issuer"]
    issuer.sign(Request("issuer", transaction(own, b"", 0), "NOOP"))
    data = calls.issue(controller, TOKEN, [Item(1, WALLET, 5)]).data
    with pytest.raises(SignerRefused) as caught:
        issuer.sign(Request("issuer", transaction(controller, data, 0)))
    assert caught.value.rule == "memory"


def test_the_policy_limits_key_destination_function_units_and_code(issuer: RemoteSigner) -> None:
    controller = created(issuer)
    issue = calls.issue(controller, TOKEN, [Item(1, WALLET, 5)])
    huge = calls.issue(controller, TOKEN, [Item(1, WALLET, 10**14), Item(2, WALLET, 1)])
    redeem = calls.redeem(controller, TOKEN, [Item(1, WALLET, 5)])
    refusals: list[tuple[str, str | None, bytes, int]] = [
        ("servicing", controller, issue.data, 0),
        ("issuer", WALLET, issue.data, 0),
        ("issuer", controller, redeem.data, 0),
        ("issuer", controller, huge.data, 0),
        ("issuer", controller, issue.data, 1),
        ("issuer", controller, b"\x01\x02", 0),
        ("issuer", None, calls.deploy("Controller", BUILT_WITH["Controller"]).data, 0),
        ("bootstrap", None, b"\x60\x00" * 20, 0),
        ("nobody", controller, issue.data, 0),
    ]
    for key, to, data, value in refusals:
        with pytest.raises(SignerRefused) as caught:
            issuer.check(key, to, data, value)
        assert caught.value.rule == "policy"
    issuer.check("issuer", controller, issue.data, 0)


def test_the_inside_of_a_multicall_is_checked(issuer: RemoteSigner) -> None:
    manager = created(issuer, "AccessManager")
    good = calls.multicall(manager, [calls.grant_role(manager, 1, WALLET)])
    issuer.check("bootstrap", manager, good.data, 0)
    closing = calls.call("AccessManager", manager, "updateAuthority", (WALLET, WALLET), "take over")
    bad = calls.multicall(manager, [calls.grant_role(manager, 1, WALLET), closing])
    with pytest.raises(SignerRefused, match="inside a multicall"):
        issuer.check("bootstrap", manager, bad.data, 0)


def test_the_bootstrap_key_signs_nothing_after_it_gave_up_its_power(issuer: RemoteSigner) -> None:
    manager, own = created(issuer, "AccessManager"), issuer.addresses()["bootstrap"]
    parts = [calls.grant_role(manager, 0, WALLET, 172_800), calls.renounce_role(manager, 0, own)]
    last = calls.multicall(manager, parts)
    signed = issuer.sign(Request("bootstrap", transaction(manager, last.data, 1)))
    # The same bytes, and the same call at a higher fee, as often as the network needs them.
    assert issuer.sign(Request("bootstrap", transaction(manager, last.data, 1))) == signed
    issuer.sign(Request("bootstrap", transaction(manager, last.data, 1, max_fee=99)))
    grant = calls.multicall(manager, parts[:1])
    create = calls.deploy("AccessManager", (WALLET,))
    requests = [
        Request("bootstrap", transaction(manager, grant.data, 2)),
        Request("bootstrap", transaction(None, create.data, 2)),
        Request("bootstrap", transaction(own, b"", 2), "NOOP"),
        Request("bootstrap", transaction(manager, grant.data, 1)),
    ]
    rules = []
    for request in requests:
        with pytest.raises(SignerRefused) as caught:
            issuer.sign(request)
        rules.append(caught.value.rule)
    assert rules == ["policy", "policy", "policy", "memory"]
    with pytest.raises(SignerRefused, match="its last transaction"):
        issuer.check("bootstrap", manager, grant.data, 0)


def test_a_delayed_power_is_announced_for_its_own_functions_only(issuer: RemoteSigner) -> None:
    manager = created(issuer, "AccessManager")
    grant = calls.grant_role(manager, 8, WALLET)
    foreign = calls.call("AccessManager", WALLET, "grantRole", (8, WALLET, 0), "another manager's")
    for wrap in (calls.schedule, calls.execute):
        issuer.check("governor", manager, wrap(manager, [grant]).data, 0)
        for key, call in (("governor", foreign), ("limits", grant), ("guardian", grant), ("deployer", grant)):
            with pytest.raises(SignerRefused):
                issuer.check(key, manager, wrap(manager, [call]).data, 0)
            with pytest.raises(SignerRefused):
                issuer.check(key, manager, wrap(manager, [grant, call]).data, 0)
    cancel = calls.cancel(manager, WALLET, [(manager, grant.data)], "cancel")
    for key in ("guardian", "governor"):
        issuer.check(key, manager, cancel.data, 0)
    with pytest.raises(SignerRefused):
        issuer.check("breakglass", manager, cancel.data, 0)


def suite(issuer: RemoteSigner) -> dict[str, str]:
    """Addresses of contracts whose creation the signer signed: both controllers, a factory, and who may draw."""
    bootstrap = issuer.addresses()["bootstrap"]
    wanted: list[tuple[str, str, tuple[Any, ...]]] = [
        ("CONTROLLER", "Controller", (WALLET, 6)),
        ("CASH_CONTROLLER", "Controller", (WALLET, 26)),
        ("FACTORY", "TokenFactory", (WALLET, TOKEN)),
        ("DVP", "DeliveryVersusPayment", (WALLET, WALLET, WALLET, WALLET)),
        ("AGENT", "PayingAgent", (WALLET, WALLET, WALLET, WALLET)),
    ]
    for nonce, (_, artifact, args) in enumerate(wanted):
        issuer.sign(Request("bootstrap", transaction(None, calls.deploy(artifact, args).data, nonce)))
    return {name: create_address(bootstrap, nonce) for nonce, (name, _, _) in enumerate(wanted)}


def made_token(issuer: RemoteSigner, suite: dict[str, str], controller: str, nonce: int) -> str:
    """The address of a token whose creation by the factory the signer signed."""
    salt, terms_hash = bytes([nonce + 1]) * 32, b"\x07" * 32
    terms = ("Cash", "CASH", 2, WALLET, WALLET, suite[controller], terms_hash, b"\x08" * 32, 1, 1, 2**40 - 1, NO_RULES)
    call = calls.create_token(suite["FACTORY"], "0x" + salt.hex(), terms)
    issuer.sign(Request("deployer", transaction(call.to, call.data, nonce)))
    begun = ("Cash", "CASH", 2, WALLET, WALLET, WALLET, suite[controller], terms_hash)
    code = abi.encode_creation("ERC1967Proxy", (TOKEN, abi.encode_call("SecurityToken", "initialize", begun)))
    return create2_address(suite["FACTORY"], salt, code)


def test_the_treasury_lets_settlement_and_servicing_draw_cash_and_signs_nothing_else(issuer: RemoteSigner) -> None:
    made = suite(issuer)
    cash, bill = made_token(issuer, made, "CASH_CONTROLLER", 0), made_token(issuer, made, "CONTROLLER", 1)

    def approve(spender: str, amount: int = 5) -> bytes:
        return abi.encode_call("SecurityToken", "approve", (spender, amount))

    for spender in (made["DVP"], made["AGENT"]):
        issuer.check("treasury", cash, approve(spender), 0)
        issuer.check("treasury", cash, approve(spender, 0), 0)
    transfer = abi.encode_call("SecurityToken", "transfer", (WALLET, 5))
    refusals = [
        ("treasury", bill, approve(made["DVP"])),
        ("treasury", TOKEN, approve(made["DVP"])),
        ("treasury", cash, approve(WALLET)),
        ("treasury", cash, approve(made["FACTORY"])),
        ("treasury", cash, approve(made["AGENT"], 10**15 + 1)),
        ("treasury", cash, transfer),
        ("treasury", cash, abi.encode_call("SecurityToken", "transferFrom", (WALLET, WALLET, 5))),
        ("treasury", made["CASH_CONTROLLER"], calls.issue(made["CASH_CONTROLLER"], cash, [Item(1, WALLET, 5)]).data),
        *((key, cash, approve(made["DVP"])) for key in ISSUER_KEYS if key != "treasury"),
    ]
    for key, to, data in refusals:
        with pytest.raises(SignerRefused) as caught:
            issuer.check(key, to, data, 0)
        assert caught.value.rule == "policy", (key, to)
    with pytest.raises(SignerRefused):
        issuer.check("treasury", None, calls.deploy("Anchor", (WALLET,)).data, 0)


def test_a_registrar_confirms_a_number_once_and_never_sends(signers: Signers, issuer: RemoteSigner) -> None:
    registrar = RemoteSigner(signers.registrar.url, signers.registrar.token)
    controller = "0x" + "cc" * 20
    body = {
        "token": TOKEN,
        "number": 1,
        "issue_number": 2,
        "units": 3,
        "registry_reference": "0x" + "11" * 32,
        "valid_until": 9,
    }
    signature = registrar.sign_confirmation("registrar", 31337, controller, body)
    data = confirmation_typed_data(31337, controller, Confirmation(TOKEN, 1, 2, 3, "0x" + "11" * 32, 9))
    assert recover(data, signature) == registrar.addresses()["registrar"]
    assert registrar.sign_confirmation("registrar", 31337, controller, body) == signature
    with pytest.raises(SignerRefused) as caught:
        registrar.sign_confirmation("registrar", 31337, controller, {**body, "units": 4})
    assert caught.value.rule == "memory"
    with pytest.raises(SignerRefused):
        registrar.sign(Request("registrar", transaction(TOKEN, b"", 0), "NOOP"))
    with pytest.raises(SignerRefused):
        issuer.sign_confirmation("issuer", 31337, controller, body)


def test_a_wrong_token_or_request_signs_nothing(signers: Signers, issuer: RemoteSigner) -> None:
    with pytest.raises(SignerUnavailable, match="401"):
        RemoteSigner(signers.issuer.url, "guess").addresses()
    head = {"authorization": f"Bearer {signers.issuer.token}"}
    with httpx.Client(base_url=signers.issuer.url, headers=head, trust_env=False) as client:
        assert client.post("/sign-transaction", content=b"{").status_code == 422
        assert client.post("/sign-transaction", json={"key": "issuer", "kind": "CALL", "nonce": -1}).status_code == 422
        assert client.post("/policy", json={}).status_code == 404
        assert client.get("/nothing").status_code == 404


def test_audit_heads_are_kept_and_never_rewritten(issuer: RemoteSigner) -> None:
    issuer.audit_head(5, "0x" + "01" * 32)
    issuer.audit_head(5, "0x" + "01" * 32)
    issuer.audit_head(9, "0x" + "02" * 32)
    with pytest.raises(SignerRefused, match="another hash"):
        issuer.audit_head(5, "0x" + "03" * 32)
    assert issuer.audit_heads() == [(5, "0x" + "01" * 32), (9, "0x" + "02" * 32)]


def test_the_memory_survives_a_restart_and_only_grows(signers: Signers, issuer: RemoteSigner) -> None:
    controller = created(issuer)
    issuer.sign(
        Request("issuer", transaction(controller, calls.issue(controller, TOKEN, [Item(1, WALLET, 5)]).data, 0))
    )
    signers.issuer.kill()
    with pytest.raises(SignerUnavailable):
        issuer.addresses()
    signers.issuer.restart()
    other = calls.issue(controller, TOKEN, [Item(2, WALLET, 5)])
    with pytest.raises(SignerRefused) as caught:
        issuer.sign(Request("issuer", transaction(controller, other.data, 0)))
    assert caught.value.rule == "memory"
    store = signers.issuer.store
    with psycopg.connect(store, autocommit=True) as connection:
        for statement in ("UPDATE signer.transaction SET digest = ''", "DELETE FROM signer.transaction"):
            with pytest.raises(psycopg.Error, match="only grows"):
                connection.execute(statement)  # type: ignore[call-overload]
