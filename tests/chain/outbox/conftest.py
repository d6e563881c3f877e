from __future__ import annotations

import pytest

from tests.support.outbox import World, build
from tests.support.parts import Chain, Signers


@pytest.fixture
def world(fresh_db: str, chain: Chain, signers: Signers) -> World:
    return build(chain)
