"""Calls of the AccessManager: roles and their terms, and delayed powers, which are announced, executed or cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.gateway import abi
from contracts.gateway.calls.types import Call
from contracts.gateway.roles import ChainRole

_MANAGER = "AccessManager"


def _call(manager: str, function: str, args: Sequence[object], description: str) -> Call:
    return Call(manager.lower(), abi.encode_call(_MANAGER, function, args), _MANAGER, function, description)


def role_name(role: int) -> str:
    return ChainRole(role).name if role in ChainRole._value2member_map_ else str(role)


def multicall(access_manager: str, calls: Sequence[Call], description: str = "") -> Call:
    """Many calls of the AccessManager in one transaction, all or nothing."""
    if any((c.to or "") != access_manager.lower() for c in calls):
        raise ValueError("a multicall calls the contract itself")
    text = description or "; ".join(c.description for c in calls)
    return _call(access_manager, "multicall", ([c.data for c in calls],), text)


def grant_role(access_manager: str, role: int, account: str, delay: int = 0) -> Call:
    """`delay` in seconds lies between announcing and executing what the role opens."""
    text = f"Give role {role_name(role)} to {account}" + (f", with a delay of {delay} s" if delay else "")
    return _call(access_manager, "grantRole", (role, account.lower(), delay), text)


def revoke_role(access_manager: str, role: int, account: str) -> Call:
    text = f"Take role {role_name(role)} from {account}"
    return _call(access_manager, "revokeRole", (role, account.lower()), text)


def renounce_role(access_manager: str, role: int, account: str) -> Call:
    """By the account itself; the contract wants to hear its own address."""
    text = f"{account} gives up role {role_name(role)}"
    return _call(access_manager, "renounceRole", (role, account.lower()), text)


def set_guardian(access_manager: str, role: int, guardian: int) -> Call:
    text = f"Role {role_name(guardian)} may cancel what {role_name(role)} announces"
    return _call(access_manager, "setRoleGuardian", (role, guardian), text)


def set_grant_delay(access_manager: str, role: int, seconds: int) -> Call:
    """Takes effect after the AccessManager's own five days."""
    text = f"A grant of role {role_name(role)} takes effect after {seconds} s"
    return _call(access_manager, "setGrantDelay", (role, seconds), text)


def set_function_role(access_manager: str, target: str, artifact: str, functions: Sequence[str], role: int) -> Call:
    """Only `role` may call these functions of `target`."""
    selectors = [abi.selector(abi.function(artifact, f)) for f in functions]
    text = f"Functions {', '.join(functions)} of {target} need role {role_name(role)}"
    return _call(access_manager, "setTargetFunctionRole", (target.lower(), selectors, role), text)


def schedule(access_manager: str, calls: Sequence[Call]) -> Call:
    """Announce calls under a delayed role; each may be executed once its delay is over, for a week."""
    parts = [_call(access_manager, "schedule", (_to(c), c.data, 0), f"Announce: {c.description}") for c in calls]
    return _one(access_manager, parts)


def execute(access_manager: str, calls: Sequence[Call]) -> Call:
    """Execute what was announced with the same destinations and data."""
    parts = [_call(access_manager, "execute", (_to(c), c.data), c.description) for c in calls]
    return _one(access_manager, parts)


def cancel(access_manager: str, caller: str, operations: Sequence[tuple[str, bytes]], description: str) -> Call:
    """Cancel what `caller` announced: (destination, data) each. By himself, the role's guardian or an administrator."""
    parts = [
        _call(access_manager, "cancel", (caller.lower(), to.lower(), data), description) for to, data in operations
    ]
    return _one(access_manager, parts)


def operations(data: bytes) -> list[tuple[str, bytes]]:
    """(destination, data) of every call that a `schedule` or `execute`, alone or in a multicall, is about."""
    call = abi.decode_call(_MANAGER, data)
    if call.name == "multicall":
        return [operation for inner in call.args["data"] for operation in operations(inner)]
    if call.name in ("schedule", "execute"):
        return [(call.args["target"], call.args["data"])]
    return []


def _to(call: Call) -> str:
    if call.to is None:
        raise ValueError("a delayed power calls a contract that exists")
    return call.to


def _one(access_manager: str, parts: Sequence[Call]) -> Call:
    return parts[0] if len(parts) == 1 else multicall(access_manager, parts)
