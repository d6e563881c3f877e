from __future__ import annotations

import pytest

from tests.factories.custody import Custody
from tests.support.parts import Chain, Signers


@pytest.fixture
def custody(fresh_db: str, chain: Chain, signers: Signers) -> Custody:
    """Contracts deployed, wired and verified; the registrar's key known here and sent to the chain."""
    return Custody(chain, signers).deployed()
