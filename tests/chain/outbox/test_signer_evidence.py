"""The issuer's word for an evidence pack: its own kind, its own rule, and a memory that a rewritten pack meets."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import httpx
import psycopg
import pytest

from contracts.gateway import calls
from contracts.gateway.addresses import create_address
from contracts.gateway.errors import SignerRefused
from contracts.gateway.keys import Transaction
from contracts.gateway.messages import Evidence, evidence_typed_data
from contracts.gateway.remote import RemoteSigner, Request
from contracts.gateway.typed_data import digest, recover
from tests.support.parts import Signers

pytestmark = pytest.mark.chain
TOKEN, STRANGER = "0x" + "aa" * 20, "0x" + "bb" * 20
PACK = Evidence(TOKEN, 7, 123, "0x" + "01" * 32, "0x" + "02" * 32, "0x" + "03" * 32, 12)


@pytest.fixture
def issuer(signers: Signers) -> RemoteSigner:
    return RemoteSigner(signers.issuer.url, signers.issuer.token)


@pytest.fixture
def anchor(issuer: RemoteSigner) -> str:
    """An Anchor whose creation the signer has signed."""
    data = calls.deploy("Anchor", (STRANGER,)).data
    issuer.sign(Request("bootstrap", Transaction(31337, 0, None, data, 0, 1_000_000, 10, 1)))
    return create_address(issuer.addresses()["bootstrap"], 0)


def kept(signers: Signers) -> list[tuple[Any, ...]]:
    with psycopg.connect(signers.issuer.store) as store:
        return store.execute("SELECT key, chain_id, token, run, digest FROM signer.evidence ORDER BY run").fetchall()


def test_a_pack_is_signed_by_the_issuers_key_and_remembered(
    issuer: RemoteSigner, anchor: str, signers: Signers
) -> None:
    signature, signer = issuer.sign_evidence("issuer", 31337, anchor, asdict(PACK))
    said = evidence_typed_data(31337, anchor, PACK)
    assert recover(said, signature) == signer == signers.issuer.keys["issuer"].lower()
    assert kept(signers) == [("issuer", 31337, TOKEN, 7, digest(said))]
    assert issuer.sign_evidence("issuer", 31337, anchor, asdict(PACK)) == (signature, signer)


@pytest.mark.parametrize("name", ["block_number", "block_hash", "manifest", "root", "files"])
def test_another_content_for_the_same_run_is_refused(
    name: str, issuer: RemoteSigner, anchor: str, signers: Signers
) -> None:
    issuer.sign_evidence("issuer", 31337, anchor, asdict(PACK))
    before = kept(signers)
    value = getattr(PACK, name)
    other = replace(PACK, **{name: value + 1 if isinstance(value, int) else "0x" + "ff" * 32})
    with pytest.raises(SignerRefused, match=f"The evidence of run 7 of {TOKEN} was signed with other contents") as no:
        issuer.sign_evidence("issuer", 31337, anchor, asdict(other))
    assert no.value.rule == "memory"
    assert kept(signers) == before
    issuer.sign_evidence("issuer", 31337, anchor, asdict(replace(other, run=8)))  # control: another run


@pytest.mark.parametrize("key", ["publisher", "servicing", "bootstrap", "nobody"])
def test_no_other_key_signs_evidence(key: str, issuer: RemoteSigner, anchor: str, signers: Signers) -> None:
    with pytest.raises(SignerRefused) as refusal:
        issuer.sign_evidence(key, 31337, anchor, asdict(PACK))
    assert refusal.value.rule == "policy"
    assert kept(signers) == []


def test_a_contract_that_is_no_anchor_of_ours_is_refused(issuer: RemoteSigner, anchor: str, signers: Signers) -> None:
    with pytest.raises(SignerRefused, match=f"{STRANGER} is no Anchor of ours"):
        issuer.sign_evidence("issuer", 31337, STRANGER, asdict(PACK))
    assert kept(signers) == []


def test_the_registrars_signer_has_no_key_for_it(signers: Signers, anchor: str) -> None:
    with pytest.raises(SignerRefused) as refusal:
        RemoteSigner(signers.registrar.url, signers.registrar.token).sign_evidence(
            "registrar", 31337, anchor, asdict(PACK)
        )
    assert refusal.value.rule == "policy"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("root", "0x12"),
        ("manifest", "0x" + "zz" * 32),
        ("block_hash", None),
        ("files", -1),
        ("token", "x"),
        ("run", 1.5),
    ],
)
def test_what_cannot_be_read_is_not_signed(
    name: str, value: Any, issuer: RemoteSigner, anchor: str, signers: Signers
) -> None:
    with pytest.raises(SignerRefused, match=name):
        issuer.sign_evidence("issuer", 31337, anchor, asdict(PACK) | {name: value})
    assert kept(signers) == []


def test_the_memory_only_grows(issuer: RemoteSigner, anchor: str, signers: Signers) -> None:
    issuer.sign_evidence("issuer", 31337, anchor, asdict(PACK))
    with psycopg.connect(signers.issuer.store) as store, pytest.raises(psycopg.errors.RaiseException, match="grows"):
        store.execute("DELETE FROM signer.evidence")
    assert len(kept(signers)) == 1


def test_without_the_token_nothing_is_signed(signers: Signers) -> None:
    answer = httpx.post(f"{signers.issuer.url}/sign-evidence", json={}, trust_env=False)
    assert answer.status_code == 401
    assert kept(signers) == []
