"""What is deployed, in which order, who may call what and on which terms: the one table of authority on chain.

The deployment writes it to the AccessManager, `verify` and a chain test read it back, contracts/README.md shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.gateway import calls
from contracts.gateway.calls import Call
from contracts.gateway.roles import BOOTSTRAP_KEY, ISSUER_KEYS, ROLE_KEYS, ChainRole

DAY = 24 * 3600
SIGNER_NAMES = ISSUER_KEYS
BOOTSTRAP = BOOTSTRAP_KEY


@dataclass(frozen=True)
class Step:
    """One bootstrap contract. `arguments` names contracts whose addresses it is built with; BOOTSTRAP is the key's,
    the names in CONSTANTS are figures."""

    name: str
    artifact: str
    arguments: tuple[str, ...]


# Who signs the confirmations of securities, and those of our own token as cash: the same code under a suite of its own.
CONSTANTS: Mapping[str, int] = {
    "REGISTRAR_ROLE": int(ChainRole.REGISTRAR),
    "CASH_CONFIRMER_ROLE": int(ChainRole.CASH_CONFIRMER),
}
STEPS: tuple[Step, ...] = (
    Step("ACCESS_MANAGER", "AccessManager", ("BOOTSTRAP",)),
    Step("IDENTITY_REGISTRY", "IdentityRegistry", ("ACCESS_MANAGER",)),
    Step("CONTROLLER", "Controller", ("ACCESS_MANAGER", "REGISTRAR_ROLE")),
    Step("TOKEN_IMPLEMENTATION", "SecurityToken", ()),
    Step("RESERVE_BOOK", "ReserveBook", ("ACCESS_MANAGER",)),
    Step("ENGINE", "Engine", ("ACCESS_MANAGER", "CONTROLLER", "RESERVE_BOOK")),
    Step("FACTORY", "TokenFactory", ("ACCESS_MANAGER", "TOKEN_IMPLEMENTATION")),
    Step("CLAIM_BOOK", "ClaimBook", ("ACCESS_MANAGER",)),
    Step("DOCUMENTS", "Documents", ("ACCESS_MANAGER",)),
    Step("ANCHOR", "Anchor", ("ACCESS_MANAGER",)),
    Step("CASH_BOOK", "CashBook", ("ACCESS_MANAGER",)),
    Step("CASH_CONTROLLER", "Controller", ("ACCESS_MANAGER", "CASH_CONFIRMER_ROLE")),
    Step("CASH_ENGINE", "Engine", ("ACCESS_MANAGER", "CASH_CONTROLLER", "RESERVE_BOOK")),
    Step("DELIVERY_VERSUS_PAYMENT", "DeliveryVersusPayment", ("ACCESS_MANAGER", "CONTROLLER", "ENGINE", "CASH_BOOK")),
    Step("PAYING_AGENT", "PayingAgent", ("ACCESS_MANAGER", "CONTROLLER", "CASH_BOOK", "IDENTITY_REGISTRY")),
)
ARTIFACTS = {step.name: step.artifact for step in STEPS}


@dataclass(frozen=True)
class Power:
    """Functions of one contract that one role opens. What no row names answers to ADMIN alone."""

    target: str
    functions: tuple[str, ...]
    role: ChainRole


R = ChainRole


def _controller(name: str) -> tuple[Power, ...]:
    return (
        Power(name, ("confirm",), R.RELAY),
        Power(name, ("issue",), R.ISSUER),
        Power(name, ("withdraw",), R.WITHDRAW),
        Power(name, ("redeem",), R.SERVICING),
        Power(
            name,
            (
                "annul",
                "forcedTransfer",
                "recover",
                "setWalletFrozen",
                "freezeUnits",
                "unfreezeUnits",
                "setFrozenUnits",
            ),
            R.ENFORCEMENT,
        ),
        Power(name, ("pause",), R.PAUSER),
        Power(name, ("unpause",), R.RESUMER),
        Power(name, ("upgrade",), R.UPGRADER),
        # For ever, and possible before anything was confirmed: by the administrator, with his notice.
        Power(name, ("deactivate",), R.ADMIN),
    )


def _engine(name: str) -> tuple[Power, ...]:
    return (
        Power(name, ("addProgramme",), R.DEPLOYER),
        Power(name, ("addSeries",), R.FACTORY),
        Power(name, ("setProgrammeCeiling", "setSeriesCeiling"), R.CEILINGS),
        Power(name, ("setRules", "setCountrySet"), R.RULES),
        Power(name, ("setClosedPeriod",), R.PERIODS),
    )


POWERS: tuple[Power, ...] = (
    *_controller("CONTROLLER"),
    Power("IDENTITY_REGISTRY", ("registerBatch", "registerWithClaims", "removeBatch", "setFlagsBatch"), R.IDENTITY),
    Power("IDENTITY_REGISTRY", ("setSanctioned",), R.SANCTIONS),
    Power("IDENTITY_REGISTRY", ("setClaimTopicsRegistry", "setTrustedIssuersRegistry"), R.RULES),
    Power("CLAIM_BOOK", ("recordClaims",), R.RELAY),
    Power(
        "CLAIM_BOOK",
        (
            "attach",
            "revokeFor",
            "detach",
            "addTrustedIssuer",
            "removeTrustedIssuer",
            "updateIssuerClaimTopics",
            "addClaimTopic",
            "removeClaimTopic",
        ),
        R.CLAIMS,
    ),
    Power("FACTORY", ("create",), R.DEPLOYER),
    *_engine("ENGINE"),
    Power("RESERVE_BOOK", ("addReserve",), R.DEPLOYER),
    Power("RESERVE_BOOK", ("setBacking",), R.RULES),
    Power("RESERVE_BOOK", ("attest",), R.RELAY),
    Power("RESERVE_BOOK", ("raiseEncumbrance",), R.ENFORCEMENT),
    Power("DOCUMENTS", ("setDocument", "removeDocument"), R.DOCUMENTS),
    Power("ANCHOR", ("anchor",), R.ANCHOR),
    *_controller("CASH_CONTROLLER"),
    *_engine("CASH_ENGINE"),
    Power("CASH_BOOK", ("add", "remove"), R.RULES),
    Power("DELIVERY_VERSUS_PAYMENT", ("settlePrimary",), R.SETTLEMENT),
    Power(
        "PAYING_AGENT",
        ("openEvent", "fund", "closeEvent", "pay", "payComputed", "redeemAndPay", "retire"),
        R.PAYER,
    ),
    Power("PAYING_AGENT", ("drawFor",), R.UNCLAIMED),
    # The AccessManager asks ADMIN for these whatever stands here; it reads this row only to learn whose guardian may
    # cancel them, and UPGRADER's holder and delay are ADMIN's.
    Power(
        "ACCESS_MANAGER",
        (
            "grantRole",
            "revokeRole",
            "labelRole",
            "setRoleAdmin",
            "setRoleGuardian",
            "setGrantDelay",
            "setTargetFunctionRole",
            "setTargetClosed",
            "setTargetAdminDelay",
            "updateAuthority",
        ),
        R.UPGRADER,
    ),
)


NOBODY, OUTSIDE = "nobody", "outside"


@dataclass(frozen=True)
class Holding:
    """Who holds a role and on which terms, in seconds.

    `holder` is a key of the issuer's signer, a contract of STEPS, OUTSIDE (keys that are not ours, enrolled by address)
    or NOBODY. `delay` passes between announcing and executing; the guardian's role cancels in between. A grant of the
    role takes effect `grant_delay` after it was executed. `words` says who that is. `also` names contracts of STEPS
    that hold it too, because they act for whoever may call them.
    """

    role: ChainRole
    holder: str
    words: str
    delay: int = 0
    guardian: ChainRole | None = None
    grant_delay: int = 0
    also: tuple[str, ...] = ()


def _ours(role: ChainRole, words: str, delay: int = 0) -> Holding:
    guardian = R.GUARDIAN if delay and role != R.ADMIN else None
    return Holding(role, ROLE_KEYS[role], words, delay, guardian)


HOLDINGS: tuple[Holding, ...] = (
    # AccessManager lets nobody name ADMIN's guardian: the row of its own functions above does. A new administrator
    # counts five days after the grant, so that the two days of a revocation fit in between.
    Holding(R.ADMIN, ROLE_KEYS[R.ADMIN], "governor's key; the bootstrap key gave it up", 2 * DAY, None, 5 * DAY),
    Holding(
        R.ISSUER, ROLE_KEYS[R.ISSUER], "issuer's key, and delivery versus payment", also=("DELIVERY_VERSUS_PAYMENT",)
    ),
    Holding(
        R.SERVICING,
        ROLE_KEYS[R.SERVICING],
        "servicing key and the paying agent; works while paused, frozen, lapsed, matured",
        also=("PAYING_AGENT",),
    ),
    _ours(R.ENFORCEMENT, "enforcement key, on an order with its legal basis and reference"),
    _ours(R.WITHDRAW, "issuer's key, after four eyes"),
    _ours(R.RELAY, "issuer's key; signed by a registrar (confirmation), an examiner (attestation), an issuer (claim)"),
    Holding(R.REGISTRAR, OUTSIDE, "the registrar's own key: signs confirmations, never a transaction"),
    _ours(R.IDENTITY, "identity key"),
    Holding(R.AGENT, NOBODY, "nobody: the bare ERC-3643 powers"),
    _ours(R.DEPLOYER, "deployer's key"),
    _ours(R.PAUSER, "break-glass key: it can stop, never start again"),
    _ours(R.UPGRADER, "governor's key", 2 * DAY),
    Holding(R.FACTORY, "FACTORY", "the TokenFactory's address alone: a key with it could list a token of its own"),
    _ours(R.CEILINGS, "limits key", DAY),
    _ours(R.RULES, "limits key", DAY),
    _ours(R.PERIODS, "servicing key"),
    _ours(R.SANCTIONS, "enforcement key"),
    Holding(R.EXAMINER, OUTSIDE, "examiners' own keys: sign attestations, never a transaction"),
    _ours(R.SETTLEMENT, "settlement key"),
    _ours(R.PAYER, "paying agent's key"),
    _ours(R.UNCLAIMED, "enforcement key, on a holder's behalf"),
    _ours(R.ANCHOR, "publisher's key"),
    _ours(R.CLAIMS, "identity key"),
    _ours(R.GUARDIAN, "guardian's key: cancels what was announced, nothing else"),
    _ours(R.DOCUMENTS, "publisher's key"),
    _ours(R.RESUMER, "enforcement key"),
    Holding(R.CASH_CONFIRMER, OUTSIDE, "the fiscal agent's own key"),
)
_BY_ROLE = {holding.role: holding for holding in HOLDINGS}
# Nothing can be issued without the registrar, and afterwards a grant takes two days: the bootstrap waits for its key.
ENROLLED_FIRST: tuple[ChainRole, ...] = (R.REGISTRAR,)
# Seconds after which the AccessManager forgets an announced call that nobody executed.
EXPIRATION = 7 * DAY

Outside = Sequence[tuple[int, str]]


def step(name: str) -> Step:
    return next(row for row in STEPS if row.name == name)


def holding(role: ChainRole) -> Holding:
    return _BY_ROLE[role]


def members(addresses: Mapping[str, str], keys: Mapping[str, str], outside: Outside = ()) -> set[tuple[int, str, int]]:
    """(role, account, execution delay in seconds) of every member after the bootstrap: these and no other.

    `addresses` by contract name, `keys` by signer name, `outside` the enrolled (role, address) pairs.
    """
    known = {**addresses, **keys}
    ours = {
        (int(h.role), known[name], h.delay)
        for h in HOLDINGS
        for name in (h.holder, *h.also)
        if name not in (NOBODY, OUTSIDE)
    }
    return ours | {(int(role), address, 0) for role, address in outside}


def wiring(addresses: Mapping[str, str], keys: Mapping[str, str], outside: Outside = ()) -> Call:
    """One multicall of the AccessManager by the bootstrap key, which ends without any power.

    1. which role each function needs  2. guardians and grant delays  3. who holds each role, on which delay
    4. the bootstrap key gives up ADMIN
    """
    manager = addresses["ACCESS_MANAGER"]
    parts = [
        calls.set_function_role(manager, addresses[p.target], ARTIFACTS[p.target], p.functions, int(p.role))
        for p in POWERS
    ]
    parts += [calls.set_guardian(manager, int(h.role), int(h.guardian)) for h in HOLDINGS if h.guardian is not None]
    parts += [calls.set_grant_delay(manager, int(h.role), h.grant_delay) for h in HOLDINGS if h.grant_delay]
    parts += [calls.grant_role(manager, *row) for row in sorted(members(addresses, keys, outside))]
    parts.append(calls.renounce_role(manager, int(R.ADMIN), keys[BOOTSTRAP]))
    return calls.multicall(manager, parts, "Give every function its role, every key its power; give up administration")
