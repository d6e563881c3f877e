"""Whether what stands on chain is what was compiled and wired. Reads the node; never inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson

from contracts.gateway import abi, views
from contracts.gateway.client import Node
from custody.tokenisation import plan


@cache
def _spans(artifact: str) -> tuple[tuple[int, int], ...]:
    body = orjson.loads((abi.ARTIFACTS / f"{artifact}.json").read_bytes())
    return tuple((int(start), int(length)) for start, length in body.get("immutable_spans", ()))


def same_code(artifact: str, found: bytes) -> bool:
    """Byte for byte as compiled, but for the places the constructor fills in."""
    return _blank(artifact, found) == _blank(artifact, abi.artifact(artifact).deployed_bytecode)


def _blank(artifact: str, code: bytes) -> bytes:
    blank = bytearray(code)
    for start, length in _spans(artifact):
        blank[start : start + length] = bytes(length)
    return bytes(blank)


def code_matches(node: Node, block_hash: str, artifact: str, address: str) -> bool:
    return same_code(artifact, views.code_at(node, block_hash, address))


def wiring_faults(
    node: Node, block_hash: str, addresses: Mapping[str, str], keys: Mapping[str, str], outside: plan.Outside = ()
) -> list[str]:
    """What of the wiring is not as planned at this block, in words; empty if all is."""
    manager = addresses["ACCESS_MANAGER"]
    questions = [*_function_roles(addresses), *_terms(), *_members(addresses, keys, outside)]
    found = views.read(node, block_hash, [("AccessManager", manager, fn, args) for fn, args, _, _ in questions])
    return [
        f"{words}: {_plain(answer)}, not {_plain(wanted)}"
        for (_, _, wanted, words), answer in zip(questions, found, strict=True)
        if answer != wanted
    ]


Question = tuple[str, tuple[Any, ...], Any, str]


def _function_roles(addresses: Mapping[str, str]) -> list[Question]:
    questions: list[Question] = []
    for power in plan.POWERS:
        for function in power.functions:
            selector = abi.selector(abi.function(plan.ARTIFACTS[power.target], function))
            args = (addresses[power.target], selector)
            questions.append(("getTargetFunctionRole", args, int(power.role), f"role of {power.target}.{function}"))
    return questions


def _terms() -> list[Question]:
    """Guardians, and that ADMIN alone administers every role. Grant delays take effect five days later: not asked."""
    questions: list[Question] = []
    for row in plan.HOLDINGS:
        guardian = int(row.guardian or 0)
        questions.append(("getRoleGuardian", (int(row.role),), guardian, f"guardian of {row.role.name}"))
        questions.append(("getRoleAdmin", (int(row.role),), 0, f"administrator of {row.role.name}"))
    return questions


def _members(addresses: Mapping[str, str], keys: Mapping[str, str], outside: plan.Outside) -> list[Question]:
    """Every account we know against every role: what is not granted must be missing."""
    planned = {(role, account): delay for role, account, delay in plan.members(addresses, keys, outside)}
    named = {**{f"outside {address}": address for _, address in outside}, **addresses, **keys}
    accounts = {address: name for name, address in named.items()}
    return [
        (
            "hasRole",
            (int(row.role), account),
            ((int(row.role), account) in planned, planned.get((int(row.role), account), 0)),
            f"{row.role.name} of {name}",
        )
        for row in plan.HOLDINGS
        for account, name in accounts.items()
    ]


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        held, delay = value
        return f"held with a delay of {delay} s" if held else "not held"
    return str(value)
