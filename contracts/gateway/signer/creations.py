"""What a signer knows of the contracts whose creation it signed: it asks no node, it reads its own transactions.

A token is made by its factory (CREATE2), so its address follows from the call to the factory and from what the factory
itself was created with. It is of the cash suite if its controller was created to take the fiscal agent's word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from contracts.gateway import abi
from contracts.gateway.addresses import create2_address
from contracts.gateway.codec import decode
from contracts.gateway.roles import ChainRole

CASH = "CASH"
TOKEN, FACTORY, CONTROLLER = "SecurityToken", "TokenFactory", "Controller"  # noqa: S105 names of contracts


@dataclass(frozen=True, slots=True)
class Creation:
    """`arguments` are the constructor's, encoded; `purpose` is CASH for the cash suite's controller and tokens."""

    address: str
    artifact: str
    arguments: bytes = b""
    purpose: str = ""


def of_contract(address: str, artifact: str, data: bytes) -> Creation:
    """A contract made by a transaction of its own."""
    arguments = data[len(abi.artifact(artifact).bytecode) :]
    cash = artifact == CONTROLLER and decode(["address", "uint64"], arguments)[1] == ChainRole.CASH_CONFIRMER
    return Creation(address, artifact, arguments, CASH if cash else "")


def of_token(called: Creation, data: bytes, creation_at: Callable[[str], Creation | None]) -> Creation | None:
    """The token that a call to our factory makes; None for any other call."""
    if called.artifact != FACTORY:
        return None
    call = abi.decode_call(FACTORY, data)
    if call.name != "create":
        return None
    authority, implementation = decode(["address", "address"], called.arguments)
    terms = call.args["terms"]
    named = [terms[n] for n in ("name", "symbol", "decimals")]
    parts = [terms[n] for n in ("identityRegistry", "engine", "controller")]
    begun = (*named, authority, *parts, _raw(terms["termsHash"]))
    code = abi.encode_creation("ERC1967Proxy", (implementation, abi.encode_call(TOKEN, "initialize", begun)))
    controller = creation_at(terms["controller"])
    address = create2_address(called.address, _raw(call.args["salt"]), code)
    return Creation(address, TOKEN, b"", controller.purpose if controller else "")


def _raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
