from __future__ import annotations

import pytest

from tests.factories.cash import CashDesk
from tests.factories.custody import Custody
from tests.support.parts import Chain, Signers


@pytest.fixture
def custody(fresh_db: str, chain: Chain, signers: Signers) -> Custody:
    """Contracts deployed, wired and verified; the registrar's key known here and sent to the chain."""
    return Custody(chain, signers).deployed()


@pytest.fixture
def desk(fresh_db: str, chain: Chain, signers: Signers) -> CashDesk:
    """The same, and people who work with settlement cash."""
    made = CashDesk(chain, signers)
    made.deployed()
    return made
