"""Our own suite on a node of the test's own, wired as production wires it: one address per role.

Every place where a test meets the shape of our contracts (constructors, terms, items) is in this file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak

from contracts.artifacts.build import SOLIDITY
from contracts.gateway.abi import selector
from tests.support.evm import Call, Contract, Evm, ours, wallet

# By the names and numbers of the contracts themselves.
_ROLES = re.findall(r"uint64 internal constant (\w+) = (\d+);", (SOLIDITY / "src/authority/Roles.sol").read_text())
ChainRole = IntEnum("ChainRole", {name: int(number) for name, number in _ROLES})  # type: ignore[misc]
ADMIN, REFERENCE, PROGRAMME = wallet(-100), keccak(text="reference"), keccak(text="programme")
BY = {role: wallet(-101 - role) for role in ChainRole}
COUNTRY, FOREIGN, CATEGORY = 586, 840, 3
FOREVER = 2**40 - 1
YEAR = 365 * 86_400
COUNTRY_SET = keccak(text="residents")
NO_RULES = (bytes(32), 0, 0, 0, False)
PLENTY = 2**96
# Held by nobody, or by a contract or a signer alone.
UNGRANTED = {ChainRole.ADMIN, ChainRole.AGENT, ChainRole.FACTORY, ChainRole.REGISTRAR}

CONTROLLER = {
    "confirm": ChainRole.RELAY,
    "withdraw": ChainRole.WITHDRAW,
    "issue": ChainRole.ISSUER,
    "redeem": ChainRole.SERVICING,
    "annul": ChainRole.ENFORCEMENT,
    "forcedTransfer": ChainRole.ENFORCEMENT,
    "recover": ChainRole.ENFORCEMENT,
    "setWalletFrozen": ChainRole.ENFORCEMENT,
    "freezeUnits": ChainRole.ENFORCEMENT,
    "unfreezeUnits": ChainRole.ENFORCEMENT,
    "pause": ChainRole.PAUSER,
    "unpause": ChainRole.RESUMER,
}
REGISTRY = ("registerBatch", "removeBatch", "setFlagsBatch")
# What ERC-3643 lets an agent do: in production these are wired to nobody.
TOKEN_FACE = (
    *("mint", "burn", "forcedTransfer", "recoveryAddress", "pause", "unpause", "setAddressFrozen"),
    *("freezePartialTokens", "unfreezePartialTokens", "batchMint", "batchBurn", "batchForcedTransfer"),
    *("batchSetAddressFrozen", "batchFreezePartialTokens", "batchUnfreezePartialTokens"),
)
REGISTRY_FACE = ("registerIdentity", "batchRegisterIdentity", "deleteIdentity", "updateCountry", "updateIdentity")


@dataclass
class Suite:
    """The shared contracts; `registrar` signs confirmations."""

    evm: Evm
    manager: Contract
    registry: Contract
    controller: Contract
    engine: Contract
    factory: Contract
    registrar: Any
    numbers: int = 1

    def number(self, count: int = 1) -> int:
        """The first of `count` unused instruction numbers, aligned as the platform gives them: in order."""
        first, self.numbers = self.numbers, self.numbers + count
        return first

    # -- series

    def rules(self, *, country: bool = False, units_per_investor: int = 0) -> tuple[Any, ...]:
        """TokenTerms.rules; a rule that is not named is off."""
        return (COUNTRY_SET if country else bytes(32), 0, units_per_investor, 0, False)

    def series_call(self, salt: str, ceiling: int, rules: tuple[Any, ...] = NO_RULES, decimals: int = 0) -> Call:
        terms = self._terms(ceiling, rules, decimals)
        return self.factory.call(BY[ChainRole.DEPLOYER], "create", keccak(text=salt), terms)

    def _terms(self, ceiling: int, rules: tuple[Any, ...], decimals: int) -> tuple[Any, ...]:
        parts = (self.registry.address, self.engine.address, self.controller.address)
        maturity = self.evm.now + YEAR
        return ("Bill", "BILL", decimals, *parts, keccak(text="terms"), PROGRAMME, ceiling, 1, maturity, rules)

    def token(self, salt: str) -> Contract:
        address = self.factory.read("tokenOf", keccak(text=salt))
        return Contract(self.evm, ours("SecurityToken"), address.lower())

    def series(self, salt: str, ceiling: int, rules: tuple[Any, ...] = NO_RULES, *, decimals: int = 0) -> Contract:
        """One more token, with plenty confirmed for it."""
        self.evm.send(self.series_call(salt, ceiling, rules, decimals))
        token = self.token(salt)
        self.evm.send(self.confirm_call(token, [PLENTY]))
        return token

    def confirm_call(self, token: Contract, units: Sequence[int]) -> Call:
        """Signed by the registrar, one confirmation for each entry."""
        first = self.number(2 * len(units))
        lines, signatures = [], []
        for n, amount in enumerate(units):
            line = (token.address, first + n, first + len(units) + n, amount, REFERENCE, self.evm.now + 86_400)
            digest = self.controller.read("hashConfirmation", line)
            lines.append(line)
            signatures.append(bytes(Account.unsafe_sign_hash(digest, self.registrar.key).signature))
        return self.controller.call(BY[ChainRole.RELAY], "confirm", lines, signatures)

    # -- the numbered powers

    def items(self, wallets: Sequence[str], units: int) -> list[tuple[int, str, int]]:
        first = self.number(len(wallets))
        return [(first + n, to, units) for n, to in enumerate(wallets)]

    def issue_call(self, token: Contract, wallets: Sequence[str], units: int) -> Call:
        return self.controller.call(BY[ChainRole.ISSUER], "issue", token.address, self.items(wallets, units))

    def redeem_call(self, token: Contract, wallets: Sequence[str], units: int) -> Call:
        return self.controller.call(BY[ChainRole.SERVICING], "redeem", token.address, self.items(wallets, units))

    # -- identity

    def register_call(self, wallets: Sequence[str], *, identities: Sequence[str] = (), expiry: int = FOREVER) -> Call:
        """Renewals too: one batch, COUNTRY and CATEGORY for each."""
        pairs = zip(wallets, identities or wallets, strict=True)
        lines = [(address, identity, COUNTRY, CATEGORY, expiry) for address, identity in pairs]
        return self.registry.call(BY[ChainRole.IDENTITY], "registerBatch", lines)

    def close_dealing(self, token: Contract) -> None:
        """A closed period of an hour, from now."""
        period = (self.evm.now, self.evm.now + 3_600)
        self.engine.send(BY[ChainRole.PERIODS], "setClosedPeriod", token.address, *period)

    # -- the face of ERC-3643

    def grant_agent(self, token: Contract) -> None:
        """The roles that production gives nobody, for comparison with a suite that has no others."""
        manager = self.manager
        wiring = [
            (token, TOKEN_FACE),
            (self.registry, REGISTRY_FACE),
        ]
        calls = [
            manager.call(ADMIN, "setTargetFunctionRole", target.address, selectors(target, names), ChainRole.AGENT)
            for target, names in wiring
        ]
        grants = [
            manager.call(ADMIN, "grantRole", role, BY[ChainRole.AGENT], 0)
            for role in (ChainRole.AGENT, ChainRole.IDENTITY)
        ]
        self.evm.send(*calls, *grants)

    def together(self, *calls: Call) -> Call:
        """Calls of one sender as one transaction: AccessManager.multicall of what he may execute at once."""
        sender = {call.sender for call in calls}
        assert len(sender) == 1
        inner = [self.manager.code.data("execute", call.to, call.data) for call in calls]
        return self.manager.call(sender.pop(), "multicall", inner)


def selectors(contract: Contract, names: Sequence[str]) -> list[bytes]:
    entries = [e for e in contract.code.abi if e["type"] == "function" and e["name"] in names]
    assert {e["name"] for e in entries} == set(names)
    return [selector(entry) for entry in entries]


def deploy_suite(evm: Evm) -> Suite:
    """All shared contracts, wired; no series yet. Custom errors are known by name afterwards."""
    manager = evm.create(ADMIN, ours("AccessManager"), ADMIN)
    registry = evm.create(ADMIN, ours("IdentityRegistry"), manager.address)
    controller = evm.create(ADMIN, ours("Controller"), manager.address, ChainRole.REGISTRAR)
    book = evm.create(ADMIN, ours("ReserveBook"), manager.address)
    engine = evm.create(ADMIN, ours("Engine"), manager.address, controller.address, book.address)
    token = evm.create(ADMIN, ours("SecurityToken"))
    factory = evm.create(ADMIN, ours("TokenFactory"), manager.address, token.address)
    evm.learn(*(ours(name) for name in ("AccessManager", "IdentityRegistry", "Controller", "Engine", "SecurityToken")))
    evm.learn(ours("TokenFactory"))
    registrar = Account.from_key(keccak(text="registrar"))
    suite = Suite(evm, manager, registry, controller, engine, factory, registrar)
    _wire(suite)
    evm.send(engine.call(BY[ChainRole.DEPLOYER], "addProgramme", PROGRAMME, 2**110))
    word, bit = divmod(COUNTRY, 256)
    evm.send(engine.call(BY[ChainRole.RULES], "setCountrySet", COUNTRY_SET, word, 1 << bit))
    return suite


def _wire(suite: Suite) -> None:
    wiring: list[tuple[Contract, str, int]] = [(suite.controller, name, role) for name, role in CONTROLLER.items()]
    wiring += [(suite.registry, name, ChainRole.IDENTITY) for name in REGISTRY]
    wiring += [(suite.engine, "addProgramme", ChainRole.DEPLOYER), (suite.engine, "addSeries", ChainRole.FACTORY)]
    wiring += [(suite.engine, "setCountrySet", ChainRole.RULES), (suite.engine, "setClosedPeriod", ChainRole.PERIODS)]
    wiring += [(suite.factory, "create", ChainRole.DEPLOYER)]
    manager = suite.manager
    calls = [
        manager.call(ADMIN, "setTargetFunctionRole", target.address, selectors(target, [name]), role)
        for target, name, role in wiring
    ]
    calls += [manager.call(ADMIN, "grantRole", role, BY[role], 0) for role in BY if role not in UNGRANTED]
    calls.append(manager.call(ADMIN, "grantRole", ChainRole.REGISTRAR, suite.registrar.address, 0))
    calls.append(manager.call(ADMIN, "grantRole", ChainRole.FACTORY, suite.factory.address, 0))
    suite.evm.send(*calls)
