from __future__ import annotations

import pytest

from custody.reconciliation.evidence import services
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.services import evidence_advance, evidence_bytes, evidence_prepare
from tests.db.reconciliation.evidence.world import LocalSigner, SignedBooks, audited, statement
from tests.db.reconciliation.world import A, Contract, contract, raised, run
from tests.factories.identity import person
from tests.factories.ledger import NOW, wallet

__all__ = ["contract"]


@pytest.fixture
def signed_books(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> SignedBooks:
    """30 units minted at A, 20 immobilised and not yet minted; the depository says the same."""
    monkeypatch.setattr(services, "RemoteSigner", LocalSigner)
    made = SignedBooks()
    issue = made.issue(30, wallet(0xA))
    raised(made, contract, issue)
    made.mint(A, 30, issue.number)
    raised(made, contract, made.issue(20, wallet(0xB)))
    made.mine_and_post()
    contract.balances, contract.issued = {A: 30}, 30
    contract.used.add(issue.number)
    statement(made, 50)
    audited()
    return made


@pytest.fixture
def pack(signed_books: SignedBooks) -> EvidencePack:
    """Of a green run, signed, and queued for the chain."""
    made = run(signed_books, "month end")
    assert made.green, list(made.equations.filter(holds=False).values())
    found = evidence_prepare(run=made, actor=person("AUDITOR"), now=NOW)
    assert evidence_advance(now=NOW) == []
    found.refresh_from_db()
    return found


@pytest.fixture
def content(pack: EvidencePack) -> bytes:
    return evidence_bytes(pack)
