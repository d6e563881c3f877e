"""Whether what stands on chain is what was compiled and wired. Reads the node; never inside a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import orjson

from contracts.gateway import abi, views
from contracts.gateway.client import Node
from custody.tokenisation.plan import ARTIFACTS, FUNCTION_ROLES, expected_members


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


def wiring_faults(node: Node, block_hash: str, addresses: Mapping[str, str], keys: Mapping[str, str]) -> list[str]:
    """What of the wiring is not as planned at this block, in words; empty if all is."""
    manager = addresses["ACCESS_MANAGER"]
    faults = []
    for name, functions, role in FUNCTION_ROLES:
        for function in functions:
            selector = abi.selector(abi.function(ARTIFACTS[name], function))
            args = (addresses[name], selector)
            (found,) = views.read(node, block_hash, [("AccessManager", manager, "getTargetFunctionRole", args)])
            if int(found) != int(role):
                faults.append(f"{name}.{function} needs role {found}, not {int(role)}")
    for number, account in expected_members(addresses, keys):
        (found,) = views.read(node, block_hash, [("AccessManager", manager, "hasRole", (number, account))])
        if not found[0]:
            faults.append(f"{account} does not hold role {number}")
    return faults
