"""T-REX 4.1.6 with ONCHAINID 2.2.1, deployed from their npm packages as they come.

One implementation authority, the factories, a claim issuer whose claim every investor needs, and tokens with the
closest public rules: countries allowed, supply limit, and (if asked for) the largest balance per investor.

Licences: T-REX is GPL-3, its modules CC-BY-NC, ONCHAINID GPL-3. Their compiled code runs on a test's own node; nothing
of it is copied, linked or shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from contracts.gateway.codec import encode
from tests.support.database import ROOT
from tests.support.evm import Call, Code, Contract, Evm, compiled, wallet

PACKAGES = ROOT / "tests" / "node_modules"
TREX = PACKAGES / "@tokenysolutions" / "t-rex" / "artifacts" / "contracts"
ONCHAINID = PACKAGES / "@onchain-id" / "solidity" / "artifacts" / "contracts"
NOBODY = "0x" + "00" * 20
TOPIC = 7
MANAGEMENT, CLAIM = 1, 3
ECDSA = 1
OWNER, AGENT = wallet(-1), wallet(-2)
COUNTRY, FOREIGN = 586, 840


def trex(path: str) -> Code:
    return _code(TREX / f"{path}.sol" / f"{Path(path).name}.json")


def onchainid(path: str) -> Code:
    return _code(ONCHAINID / f"{path}.sol" / f"{Path(path).name}.json")


def _code(path: Path) -> Code:
    if not path.is_file():
        raise RuntimeError(f"{path.name} is not installed: run `npm ci` in tests/ (make test does it)")
    return compiled(path)


def key_of(address: str) -> bytes:
    return keccak(encode(["address"], [address]))


@dataclass
class TrexToken:
    """One token with its registry, storage and compliance, as the factory made them."""

    token: Contract
    registry: Contract
    storage: Contract
    compliance: Contract


@dataclass
class Trex:
    """The suite; `signer` is the claim issuer's signing key."""

    evm: Evm
    factory: Contract
    id_factory: Contract
    issuer: Contract
    modules: dict[str, Contract]
    signer: Any
    identities: dict[str, str] = field(default_factory=dict)

    def series_call(self, salt: str, limit: int, *, max_balance: int = 0, storage: str = NOBODY) -> Call:
        """deployTREXSuite: COUNTRY allowed and supply up to `limit`, or no rule for a limit of 0.

        A storage that exists is shared, as our tokens share one registry.
        """
        settings: list[tuple[str, str, Any]] = []
        if limit:
            settings += [("country", "batchAllowCountries", [COUNTRY]), ("supply", "setSupplyLimit", limit)]
        if max_balance:
            settings.append(("balance", "setMaxBalance", max_balance))
        modules = [self.modules[name].address for name, _, _ in settings]
        data = [self.modules[name].code.data(function, value) for name, function, value in settings]
        # The token's own ONCHAINID is given: the factory would otherwise deploy one more, which ours does not have.
        details = (OWNER, "Peer", "PEER", 0, storage, self.issuer.address, [AGENT], [AGENT], modules, data)
        claims = ([TOPIC], [self.issuer.address], [[TOPIC]])
        return self.factory.call(OWNER, "deployTREXSuite", salt, details, claims)

    def token(self, salt: str) -> TrexToken:
        address = self.factory.read("getToken", salt)
        token = Contract(self.evm, trex("token/Token"), address.lower())
        registry = Contract(self.evm, trex("registry/implementation/IdentityRegistry"), token.read("identityRegistry"))
        storage = trex("registry/implementation/IdentityRegistryStorage")
        compliance = trex("compliance/modular/ModularCompliance")
        return TrexToken(
            token,
            registry,
            Contract(self.evm, storage, registry.read("identityStorage")),
            Contract(self.evm, compliance, token.read("compliance")),
        )

    def series(self, salt: str, limit: int, **rules: Any) -> TrexToken:
        self.evm.send(self.series_call(salt, limit, **rules))
        made = self.token(salt)
        made.token.send(AGENT, "unpause")
        return made

    def identity(self, address: str) -> Contract:
        return Contract(self.evm, onchainid("Identity"), address)

    def identity_calls(self, holder: str, salt: str) -> list[Call]:
        return [self.id_factory.call(OWNER, "createIdentity", holder, salt)]

    def identity_of(self, holder: str) -> str:
        """The ONCHAINID that the factory keeps for a wallet."""
        if holder not in self.identities:
            self.identities[holder] = self.id_factory.read("getIdentity", holder).lower()
        return self.identities[holder]

    def claim(self, identity: str, data: bytes) -> bytes:
        """The issuer's signature over a claim: 65 bytes, v 27 or 28."""
        digest = keccak(encode(["address", "uint256", "bytes"], [identity, TOPIC, data]))
        return bytes(Account.sign_message(encode_defunct(digest), self.signer.key).signature)

    def claim_call(self, holder: str, identity: str, signature: bytes, data: bytes) -> Call:
        arguments = (TOPIC, ECDSA, self.issuer.address, signature, data, "")
        return self.identity(identity).call(holder, "addClaim", *arguments)

    def investors(self, holders: Sequence[str]) -> list[dict[str, Any]]:
        """An ONCHAINID with a signed claim for each; the receipts, two per investor."""
        receipts = self.evm.send(*(self.identity_calls(holder, holder)[0] for holder in holders))
        calls = []
        for holder in holders:
            identity = self.identity_of(holder)
            calls.append(self.claim_call(holder, identity, self.claim(identity, b"kyc"), b"kyc"))
        return receipts + self.evm.send(*calls)


def deploy_trex(evm: Evm) -> Trex:
    """Everything that is shared by tokens."""
    names = ("ClaimTopicsRegistry", "IdentityRegistry", "IdentityRegistryStorage", "TrustedIssuersRegistry")
    topics, registry, storage, issuers = (
        evm.create(OWNER, trex(f"registry/implementation/{name}")).address for name in names
    )
    token = evm.create(OWNER, trex("token/Token")).address
    compliance = evm.create(OWNER, trex("compliance/modular/ModularCompliance")).address
    authority = evm.create(OWNER, trex("proxy/authority/TREXImplementationAuthority"), True, NOBODY, NOBODY)
    parts = (token, topics, registry, storage, issuers, compliance)
    authority.send(OWNER, "addAndUseTREXVersion", (4, 1, 6), parts)
    library = evm.create(OWNER, onchainid("Identity"), OWNER, True)
    identities = evm.create(OWNER, onchainid("proxy/ImplementationAuthority"), library.address)
    id_factory = evm.create(OWNER, onchainid("factory/IdFactory"), identities.address)
    factory = evm.create(OWNER, trex("factory/TREXFactory"), authority.address, id_factory.address)
    authority.send(OWNER, "setTREXFactory", factory.address)
    id_factory.send(OWNER, "addTokenFactory", factory.address)
    issuer = evm.create(OWNER, onchainid("ClaimIssuer"), OWNER)
    signer = Account.from_key(keccak(text="claim signer"))
    issuer.send(OWNER, "addKey", key_of(signer.address), CLAIM, ECDSA)
    return Trex(evm, factory, id_factory, issuer, _modules(evm), signer)


def _modules(evm: Evm) -> dict[str, Contract]:
    """Each behind its proxy, as Tokeny deploys them."""
    found = {}
    names = {"country": "CountryAllowModule", "supply": "SupplyLimitModule", "balance": "MaxBalanceModule"}
    for short, name in names.items():
        code = trex(f"compliance/modular/modules/{name}")
        implementation = evm.create(OWNER, code).address
        proxy = trex("compliance/modular/modules/ModuleProxy")
        found[short] = Contract(evm, code, evm.create(OWNER, proxy, implementation, code.data("initialize")).address)
    return found
