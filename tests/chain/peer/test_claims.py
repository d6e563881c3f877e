"""Our claims in the real ONCHAINID 2.2.1, read by our book and by T-REX 4.1.6; what is revoked stays revoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from contracts.gateway.codec import encode
from tests.chain.peer.world import WALLETS, World
from tests.support.evm import Call, Contract, Refused, ours, wallet
from tests.support.suites import ADMIN, YEAR
from tests.support.trex import OWNER, TOPIC

pytestmark = [pytest.mark.chain, pytest.mark.timeout(600)]
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# Opaque code of an investor in our registry.
INVESTOR = wallet(70_000)


@dataclass
class Claims:
    """Our book and our issuer; the claim of A's ONCHAINID, signed by the issuer's key."""

    world: World
    book: Contract
    issuer: Contract
    key: Any
    data: bytes
    content: bytes

    @property
    def signature(self) -> bytes:
        return bytes(Account.unsafe_sign_hash(self.content, self.key.key).signature)

    def encodings(self) -> dict[str, bytes]:
        """Every way to write the same signature that recovers the same key somewhere."""
        r, s, v = self.signature[:32], int.from_bytes(self.signature[32:64], "big"), self.signature[64]
        mirrored = (ORDER - s).to_bytes(32, "big")
        compact = bytes([self.signature[32] | (v - 27) << 7]) + self.signature[33:64]
        return {
            "as signed": self.signature,
            "v as 0 or 1": self.signature[:64] + bytes([v - 27]),
            "high s": r + mirrored + bytes([55 - v]),
            "high s, v as 0 or 1": r + mirrored + bytes([28 - v]),
            "64 bytes": r + compact,
        }

    def add(self, signature: bytes) -> Call:
        """By the holder, to his ONCHAINID."""
        arguments = (TOPIC, 1, self.issuer.address, signature, self.data, "")
        return self.world.trex.identity(self.world.identities["A"]).call(WALLETS["A1"], "addClaim", *arguments)

    def counts(self) -> tuple[bool, bool]:
        """For T-REX's registry (of A's wallet), for our book (of the investor)."""
        return self.world.peer.registry.read("isVerified", WALLETS["A1"]), self.book.read("verify", INVESTOR)


@pytest.fixture
def claims(world: World) -> Claims:
    """T-REX trusts our issuer instead of its own, and our book asks for the same topic."""
    evm, key = world.evm, Account.from_key(keccak(text="issuer's key"))
    book = evm.create(ADMIN, ours("ClaimBook"), world.suite.manager.address)
    issuer = evm.create(ADMIN, ours("ClaimIssuer"), world.suite.manager.address, book.address)
    issuer.send(ADMIN, "setSigner", key.address, True)
    book.send(ADMIN, "addClaimTopic", TOPIC)
    book.send(ADMIN, "addTrustedIssuer", issuer.address, [TOPIC])
    onchain_id = world.identities["A"]
    book.send(ADMIN, "attach", INVESTOR, onchain_id)
    registry = world.peer.registry.read("issuersRegistry").lower()
    trusted = Contract(evm, ours("ClaimBook"), registry)
    trusted.send(OWNER, "removeTrustedIssuer", world.trex.issuer.address)
    trusted.send(OWNER, "addTrustedIssuer", issuer.address, [TOPIC])
    line = (keccak(text="document and salt"), evm.now, evm.now + YEAR, keccak(text="nonce"))
    content = bytes(book.read("hashClaim", (onchain_id, TOPIC, *line)))
    return Claims(world, book, issuer, key, encode(["bytes32", "uint256", "uint256", "bytes32"], list(line)), content)


def test_a_claim_of_ours_held_by_a_real_onchainid_counts_in_both(claims: Claims) -> None:
    assert claims.counts() == (False, False)
    claims.world.evm.send(claims.add(claims.signature))
    assert claims.counts() == (True, True)


def test_a_revoked_claim_stays_revoked_however_its_signature_is_written(claims: Claims) -> None:
    """The holder cannot put it back in any form: the ONCHAINID asks our issuer, who knows the content."""
    evm = claims.world.evm
    evm.send(claims.add(claims.signature))
    claims.issuer.send(ADMIN, "revoke", claims.content)
    assert claims.counts() == (False, False)
    for name, signature in claims.encodings().items():
        answer = evm.ask(claims.add(signature))[0]
        assert isinstance(answer, Refused), name
        assert str(answer) == "invalid claim", name
    assert claims.counts() == (False, False)


def test_a_claim_in_force_has_one_signature_only(claims: Claims) -> None:
    evm = claims.world.evm
    accepted = {name: not isinstance(evm.ask(claims.add(s))[0], Refused) for name, s in claims.encodings().items()}
    assert accepted == {name: name == "as signed" for name in accepted}


def test_a_claim_is_bound_to_its_onchainid_topic_and_expiry(claims: Claims) -> None:
    """Another investor's ONCHAINID and another topic refuse the same bytes; the end comes by time alone."""
    world, evm = claims.world, claims.world.evm
    other = world.trex.identity(world.identities["B"])
    arguments = (1, claims.issuer.address, claims.signature, claims.data, "")
    assert str(evm.ask(other.call(WALLETS["B1"], "addClaim", TOPIC, *arguments))[0]) == "invalid claim"
    mine = world.trex.identity(world.identities["A"])
    assert str(evm.ask(mine.call(WALLETS["A1"], "addClaim", TOPIC + 1, *arguments))[0]) == "invalid claim"
    evm.send(claims.add(claims.signature))
    assert claims.counts() == (True, True)
    evm.rpc("evm_increaseTime", YEAR + 1)
    evm.rpc("evm_mine")
    assert claims.counts() == (False, False)
