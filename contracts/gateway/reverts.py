"""Why a contract refused, in a sentence an officer understands."""

from __future__ import annotations

import re
from typing import Any

from eth_abi.exceptions import DecodingError

from contracts.gateway.abi import custom_errors, decode_arguments, named
from contracts.gateway.codec import decode

_ERROR_STRING = bytes.fromhex("08c379a0")
_PANIC = bytes.fromhex("4e487b71")
_PANICS = {
    0x01: "an assertion failed",
    0x11: "a number grew too large or fell below zero",
    0x12: "a division by zero",
    0x21: "a value outside its list",
    0x32: "an index outside a list",
    0x41: "too much memory asked for",
}

# Errors of libraries whose own names say too little. Ours read well by themselves: "ControllerNumberUsed".
SENTENCES = {
    "AccessManagedUnauthorized": "The key {caller} has not the role for this call.",
    "AccessManagerUnauthorizedAccount": "The key {msgsender} has not the role {roleId}.",
    "AccessManagerUnauthorizedCall": "The key {caller} may not call {selector} of {target}.",
    "AccessManagerNotReady": "The delay of this power is not over yet (operation {operationId}).",
    "AccessManagerNotScheduled": "This power has a delay and the call was not announced (operation {operationId}).",
    "ERC20InsufficientBalance": "{sender} holds {balance} units; {needed} are needed.",
    "ERC20InvalidReceiver": "{receiver} cannot receive.",
    "EnforcedPause": "Paused.",
    "FailedDeployment": "A contract could not be created (is there one at this address already?).",
    "Create2EmptyBytecode": "There is no code to create.",
    "InvalidInitialization": "The contract was initialised before.",
}


def explain(data: bytes, fallback: str = "") -> str:
    """The reason in words. `fallback` is the node's own text, used when the data says nothing."""
    head, rest = data[:4], data[4:]
    try:
        if head == _ERROR_STRING:
            return f"The contract refuses: {decode(['string'], rest)[0]}."
        if head == _PANIC:
            code = decode(["uint256"], rest)[0]
            return f"The contract stopped: {_PANICS.get(code, f'panic code {code}')}."
        known = custom_errors().get(head)
        if known:
            _, entry = known
            return _sentence(str(entry["name"]), named(entry["inputs"], decode_arguments(entry, rest)))
    except (DecodingError, OverflowError):
        pass
    if head:
        return f"The contract refuses with an error that no artifact of ours declares (0x{head.hex()})."
    return f"The contract refuses without a reason{f' ({fallback})' if fallback else ''}."


def error_name(data: bytes) -> str:
    """The name of the custom error, empty if it is none of ours."""
    known = custom_errors().get(data[:4])
    return str(known[1]["name"]) if known else ""


def _sentence(name: str, args: dict[str, Any]) -> str:
    if name in SENTENCES:
        return SENTENCES[name].format(**args)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower()
    details = ", ".join(f"{_spaced(k)} {v}" for k, v in args.items() if k)
    return f"The contract refuses: {words}{f' ({details})' if details else ''}."


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).lower().strip("_")
