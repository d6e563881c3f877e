"""Role numbers of the AccessManager (the same as in Roles.sol) and the keys of the issuer's signer that hold them.

Terms of the roles (delay, guardian) and the functions they open: `custody/tokenisation/plan.py`.
"""

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
    FACTORY = 12
    CEILINGS = 13
    RULES = 14
    PERIODS = 15
    SANCTIONS = 16
    EXAMINER = 17
    SETTLEMENT = 18
    PAYER = 19
    UNCLAIMED = 20
    ANCHOR = 21
    CLAIMS = 22
    GUARDIAN = 23
    DOCUMENTS = 24
    RESUMER = 25
    CASH_CONFIRMER = 26


# Used for the bootstrap alone: it ends with giving up its own administration, and its signer then signs nothing more.
BOOTSTRAP_KEY = "bootstrap"

# Which key sends under which role: one key per kind of power, so that a stolen key is that power alone and each has its
# own line of nonces. The relay of confirmations and the withdrawals go with the issuer's line: a confirmation and the
# issue that needs it stay in order even without a prerequisite.
ROLE_KEYS: dict[ChainRole, str] = {
    ChainRole.ADMIN: "governor",
    ChainRole.UPGRADER: "governor",
    ChainRole.GUARDIAN: "guardian",
    ChainRole.DEPLOYER: "deployer",
    ChainRole.ISSUER: "issuer",
    ChainRole.RELAY: "issuer",
    ChainRole.WITHDRAW: "issuer",
    ChainRole.SERVICING: "servicing",
    ChainRole.PERIODS: "servicing",
    ChainRole.ENFORCEMENT: "enforcement",
    ChainRole.SANCTIONS: "enforcement",
    ChainRole.RESUMER: "enforcement",
    ChainRole.UNCLAIMED: "enforcement",
    ChainRole.PAUSER: "breakglass",
    ChainRole.IDENTITY: "identity",
    ChainRole.CLAIMS: "identity",
    ChainRole.CEILINGS: "limits",
    ChainRole.RULES: "limits",
    ChainRole.SETTLEMENT: "settlement",
    ChainRole.PAYER: "payer",
    ChainRole.ANCHOR: "publisher",
    ChainRole.DOCUMENTS: "publisher",
}
# The treasury's wallet for cash tokens: no role at all, it holds and lets settlement and servicing draw.
TREASURY_KEY = "treasury"
ISSUER_KEYS: tuple[str, ...] = (BOOTSTRAP_KEY, *dict.fromkeys(ROLE_KEYS.values()), TREASURY_KEY)
# In signers of other houses: they sign confirmations and never a transaction.
REGISTRAR_KEYS: tuple[str, ...] = ("registrar",)
FISCAL_KEYS: tuple[str, ...] = ("fiscal",)
