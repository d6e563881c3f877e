"""The table of authority against the sources, the signer's policy and the README."""

from __future__ import annotations

import re

import orjson
import pytest

from contracts.artifacts import build
from contracts.gateway import abi, calls
from contracts.gateway.roles import FISCAL_KEYS, ISSUER_KEYS, REGISTRAR_KEYS, ROLE_KEYS, TREASURY_KEY, ChainRole
from contracts.gateway.signer.policy import DEFAULT
from custody.tokenisation import plan, powers_table

DAY = 86_400
MANAGER = "0x" + "aa" * 20
ADDRESSES = {step.name: f"0x{n:040x}" for n, step in enumerate(plan.STEPS, start=1)} | {"ACCESS_MANAGER": MANAGER}
KEYS = {name: f"0x{n:040x}" for n, name in enumerate(ISSUER_KEYS, start=1000)}
RESTRICTED = re.compile(r"function\s+(\w+)\s*\([^)]*\)[^{};]*?\brestricted\b", re.DOTALL)
# The literal ERC-3643 faces, meant for AGENT, which nobody holds: a token's, series after series, and the registry's.
NOT_WIRED = {"SecurityToken"}
FACE = {"registerIdentity", "batchRegisterIdentity", "deleteIdentity", "updateCountry", "updateIdentity"}


def restricted(artifact: str) -> set[str]:
    """Functions that the contract's sources (its own and those it inherits from ours) guard by a role."""
    path = build.CONTRACTS[artifact]
    texts = [text for name, text in build.sources(path).items() if name.startswith("src/")]
    guarded = {name for text in texts for name in RESTRICTED.findall(text)}
    own = {entry["name"] for entry in abi.artifact(artifact).abi if entry["type"] == "function"}
    return guarded & own


def test_every_guarded_function_stands_in_the_table_once() -> None:
    named = {name: [f for p in plan.POWERS if p.target == name for f in p.functions] for name in plan.ARTIFACTS}
    for name, artifact in plan.ARTIFACTS.items():
        assert len(named[name]) == len(set(named[name])), name
        for function in named[name]:
            abi.function(artifact, function)
        if artifact not in NOT_WIRED | {"AccessManager"}:
            assert set(named[name]) == restricted(artifact) - FACE, name


def test_the_managers_own_row_names_all_that_it_asks_an_administrator_for() -> None:
    text = build.sources(build.CONTRACTS["AccessManager"])[build.CONTRACTS["AccessManager"]]
    guarded = set(re.findall(r"function\s+(\w+)\s*\([^)]*\)[^{};]*?\bonlyAuthorized\b", text, re.DOTALL))
    (row,) = (p for p in plan.POWERS if p.target == "ACCESS_MANAGER")
    assert set(row.functions) == guarded
    upgrader, admin = plan.holding(ChainRole.UPGRADER), plan.holding(ChainRole.ADMIN)
    assert (upgrader.holder, upgrader.delay) == (admin.holder, admin.delay)


def test_every_role_has_one_holding_and_the_delays_of_the_blueprint() -> None:
    assert [row.role for row in plan.HOLDINGS] == list(ChainRole)
    delays = {row.role: row.delay for row in plan.HOLDINGS if row.delay}
    assert delays == {
        ChainRole.ADMIN: 2 * DAY,
        ChainRole.UPGRADER: 2 * DAY,
        ChainRole.CEILINGS: DAY,
        ChainRole.RULES: DAY,
    }
    guarded = {row.role for row in plan.HOLDINGS if row.guardian == ChainRole.GUARDIAN}
    assert guarded == set(delays) - {ChainRole.ADMIN}
    assert plan.holding(ChainRole.AGENT).holder == plan.NOBODY
    assert {row.holder for row in plan.HOLDINGS} <= {plan.NOBODY, plan.OUTSIDE, *plan.ARTIFACTS, *ROLE_KEYS.values()}


def test_who_stops_does_not_start_and_who_guards_does_nothing_else() -> None:
    for role in (ChainRole.PAUSER, ChainRole.GUARDIAN, ChainRole.ISSUER, ChainRole.SERVICING):
        key = ROLE_KEYS[role]
        shared = {other for other, name in ROLE_KEYS.items() if name == key} - {role}
        allowed = {
            "issuer": {ChainRole.RELAY, ChainRole.WITHDRAW},
            "servicing": {ChainRole.PERIODS},
        }
        assert shared == allowed.get(key, set()), key


def test_the_wiring_ends_with_the_bootstrap_keys_renunciation() -> None:
    outside = [(int(ChainRole.REGISTRAR), "0x" + "bb" * 20)]
    call = plan.wiring(ADDRESSES, KEYS, outside)
    parts = abi.decode_call("AccessManager", call.data).args["data"]
    inner = [abi.decode_call("AccessManager", data) for data in parts]
    assert (inner[-1].name, list(inner[-1].args.values())) == ("renounceRole", [0, KEYS["bootstrap"]])
    grants = {tuple(c.args.values()) for c in inner if c.name == "grantRole"}
    assert grants == plan.members(ADDRESSES, KEYS, outside)
    assert (0, KEYS["governor"], 2 * DAY) in grants
    assert not any(account == KEYS["bootstrap"] for _, account, _ in grants)
    assert not any(role == ChainRole.AGENT for role, _, _ in grants)


def test_the_policy_lets_each_key_call_exactly_its_powers() -> None:
    keys = orjson.loads(DEFAULT.read_bytes())["keys"]
    assert set(keys) == {*ISSUER_KEYS, *REGISTRAR_KEYS, *FISCAL_KEYS}
    planned: dict[str, set[tuple[str, str]]] = {name: set() for name in ISSUER_KEYS}
    inside: dict[str, set[tuple[str, str]]] = {name: set() for name in ISSUER_KEYS}
    for power in plan.POWERS:
        if power.role in ROLE_KEYS and power.target != "ACCESS_MANAGER":
            where = inside if plan.holding(power.role).delay else planned
            where[ROLE_KEYS[power.role]] |= {(plan.ARTIFACTS[power.target], f) for f in power.functions}
    # A trade is anybody's to submit once both sides have signed it: the settlement key relays it.
    planned["settlement"].add(("DeliveryVersusPayment", "settle"))
    assert keys[TREASURY_KEY] == {
        "calls": [
            {
                "artifact": "SecurityToken",
                "purpose": "CASH",
                "functions": ["approve"],
                "spender": ["DeliveryVersusPayment", "PayingAgent"],
                "max_amount": 10**15,
            }
        ]
    }
    for name in set(ISSUER_KEYS) - {"bootstrap", TREASURY_KEY}:
        rules = keys[name].get("calls", [])
        allowed = {(rule["artifact"], f) for rule in rules for f in rule["functions"]}
        assert {pair for pair in allowed if pair[0] != "AccessManager"} == planned[name], name
        delayed = {(r["artifact"], f) for rule in rules for r in rule.get("inside", ()) for f in r["functions"]}
        assert {pair for pair in delayed if pair[0] != "AccessManager"} == inside[name], name
    assert {name for name in keys if ("AccessManager", "grantRole") in _pairs(keys[name])} == {"bootstrap"}
    assert set(keys["bootstrap"]["create"]) == {step.artifact for step in plan.STEPS}
    assert keys["bootstrap"]["last"] == "renounceRole"


def _pairs(rules: dict[str, list[dict[str, list[str]]]]) -> set[tuple[object, str]]:
    return {(rule["artifact"], f) for rule in rules.get("calls", []) for f in rule["functions"]}


def test_the_readme_shows_the_table_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    text = powers_table.README.read_text(encoding="utf-8")
    assert powers_table.written(text) == text
    assert "`setSeriesCeiling` | CEILINGS 13 | 1 day | GUARDIAN | limits key |" in text
    # Control: another holder gives another table.
    monkeypatch.setattr(plan, "POWERS", plan.POWERS[1:])
    assert powers_table.written(text) != text


def test_operations_are_read_back_from_what_announces_and_executes() -> None:
    one = calls.grant_role(MANAGER, 5, KEYS["issuer"])
    two = calls.revoke_role(MANAGER, 5, KEYS["issuer"])
    for wrap in (calls.schedule, calls.execute):
        assert calls.operations(wrap(MANAGER, [one]).data) == [(MANAGER, one.data)]
        assert calls.operations(wrap(MANAGER, [one, two]).data) == [(MANAGER, one.data), (MANAGER, two.data)]
    assert calls.operations(one.data) == []
    cancel = abi.decode_call("AccessManager", calls.cancel(MANAGER, KEYS["issuer"], [(MANAGER, one.data)], "").data)
    assert list(cancel.args.values()) == [KEYS["issuer"], MANAGER, one.data]
    with pytest.raises(ValueError, match="exists"):
        calls.schedule(MANAGER, [calls.deploy("Anchor", (MANAGER,))])
