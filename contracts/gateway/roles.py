"""Role numbers of the AccessManager (the same as in Roles.sol) and the keys of the issuer's signer that hold them."""

from __future__ import annotations

from enum import IntEnum


class ChainRole(IntEnum):
    ADMIN = 0
    ISSUER = 1
    SERVICING = 2
    ENFORCEMENT = 3
    WITHDRAW = 4
    RELAY = 5
    REGISTRAR = 6
    IDENTITY = 7
    AGENT = 8
    DEPLOYER = 9
    PAUSER = 10
    UPGRADER = 11


# One key per power, so that a stolen key is one power and each has its own line of nonces.
ISSUER_KEYS: tuple[str, ...] = ("deployer", "issuer", "servicing", "enforcement", "identity")
REGISTRAR_KEYS: tuple[str, ...] = ("registrar",)

# Which key sends under which role. The relay of confirmations and the withdrawals go with the issuer's line of
# nonces: a confirmation and the issue that needs it stay in order even without a prerequisite.
ROLE_KEYS: dict[ChainRole, str] = {
    ChainRole.ADMIN: "deployer",
    ChainRole.DEPLOYER: "deployer",
    ChainRole.ISSUER: "issuer",
    ChainRole.RELAY: "issuer",
    ChainRole.WITHDRAW: "issuer",
    ChainRole.SERVICING: "servicing",
    ChainRole.ENFORCEMENT: "enforcement",
    ChainRole.IDENTITY: "identity",
    ChainRole.PAUSER: "enforcement",
    ChainRole.UPGRADER: "deployer",
}
