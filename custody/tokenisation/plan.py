"""What is deployed, in which order, and who may call what: data, read by the deployment service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.gateway import calls
from contracts.gateway.calls import Call
from contracts.gateway.roles import ISSUER_KEYS, ROLE_KEYS, ChainRole

# Held by the TokenFactory alone (Roles.sol).
FACTORY_ROLE = 12
UPGRADE_DELAY_SECONDS = 2 * 24 * 3600


@dataclass(frozen=True)
class Step:
    """One bootstrap contract. `arguments` names contracts whose addresses it is built with; DEPLOYER is the key's,
    the names in CONSTANTS are figures."""

    name: str
    artifact: str
    arguments: tuple[str, ...]


# REGISTRAR_ROLE: who signs the confirmations of securities.
CONSTANTS: Mapping[str, int] = {"REGISTRAR_ROLE": int(ChainRole.REGISTRAR)}
STEPS: tuple[Step, ...] = (
    Step("ACCESS_MANAGER", "AccessManager", ("DEPLOYER",)),
    Step("IDENTITY_REGISTRY", "IdentityRegistry", ("ACCESS_MANAGER",)),
    Step("CONTROLLER", "Controller", ("ACCESS_MANAGER", "REGISTRAR_ROLE")),
    Step("TOKEN_IMPLEMENTATION", "SecurityToken", ()),
    Step("RESERVE_BOOK", "ReserveBook", ("ACCESS_MANAGER",)),
    Step("ENGINE", "Engine", ("ACCESS_MANAGER", "CONTROLLER", "RESERVE_BOOK")),
    Step("FACTORY", "TokenFactory", ("ACCESS_MANAGER", "TOKEN_IMPLEMENTATION")),
)

# (contract, functions, role): whatever is not named here answers to ADMIN alone.
FUNCTION_ROLES: tuple[tuple[str, tuple[str, ...], int], ...] = (
    ("CONTROLLER", ("confirm",), ChainRole.RELAY),
    ("CONTROLLER", ("withdraw",), ChainRole.WITHDRAW),
    ("CONTROLLER", ("issue",), ChainRole.ISSUER),
    ("CONTROLLER", ("redeem",), ChainRole.SERVICING),
    (
        "CONTROLLER",
        ("annul", "forcedTransfer", "recover", "setWalletFrozen", "freezeUnits", "unfreezeUnits", "setFrozenUnits"),
        ChainRole.ENFORCEMENT,
    ),
    ("CONTROLLER", ("pause",), ChainRole.PAUSER),
    ("CONTROLLER", ("upgrade",), ChainRole.UPGRADER),
    ("IDENTITY_REGISTRY", ("registerBatch", "removeBatch", "setFlagsBatch"), ChainRole.IDENTITY),
    ("FACTORY", ("create",), ChainRole.DEPLOYER),
    ("ENGINE", ("addProgramme", "setProgrammeCeiling", "setSeriesCeiling"), ChainRole.DEPLOYER),
    ("ENGINE", ("addSeries",), FACTORY_ROLE),
)
ARTIFACTS = {step.name: step.artifact for step in STEPS}


def wiring(addresses: Mapping[str, str], keys: Mapping[str, str]) -> Call:
    """One multicall of the AccessManager: which role each function needs, which key holds each role.

    `addresses` by contract name, `keys` by signer name. AGENT is granted to nobody; UPGRADER waits two days.
    """
    manager = addresses["ACCESS_MANAGER"]
    parts = [
        calls.set_function_role(manager, addresses[name], ARTIFACTS[name], functions, int(role))
        for name, functions, role in FUNCTION_ROLES
    ]
    for role, key in ROLE_KEYS.items():
        if role != ChainRole.ADMIN:
            delay = UPGRADE_DELAY_SECONDS if role == ChainRole.UPGRADER else 0
            parts.append(calls.grant_role(manager, int(role), keys[key], delay))
    parts.append(calls.grant_role(manager, FACTORY_ROLE, addresses["FACTORY"]))
    return calls.multicall(manager, parts, "Give every function its role and every key its power")


def expected_members(addresses: Mapping[str, str], keys: Mapping[str, str]) -> list[tuple[int, str]]:
    """(role, account) pairs that must hold after the wiring."""
    granted = [(int(role), keys[key]) for role, key in ROLE_KEYS.items()]
    return [*granted, (FACTORY_ROLE, addresses["FACTORY"])]


SIGNER_NAMES = ISSUER_KEYS
