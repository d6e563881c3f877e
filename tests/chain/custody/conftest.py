"""Every test here begins where the contracts are deployed, wired and verified: done once, put back for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.cash import CashDesk
from tests.factories.custody import Custody, again
from tests.factories.market import Market
from tests.support.database import TestCluster
from tests.support.parts import Chain, SignerPool, Signers
from tests.support.standing import Standing, copied, deployed_once
from tokenization.local.anvil import Anvil


def deployed(chain: Chain, signers: Signers) -> Custody:
    return Custody(chain, signers).deployed()


@pytest.fixture(scope="package")
def standing(
    postgres: TestCluster, anvil: Anvil, signer_pool: SignerPool, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Standing[Custody]]:
    with deployed_once(postgres, anvil, signer_pool, django_db_blocker, deployed) as made:
        yield made


@pytest.fixture
def fresh_db(postgres: TestCluster, standing: Standing[Custody], django_db_blocker: Any) -> Iterator[str]:
    with copied(postgres, standing, django_db_blocker) as name:
        yield name


@pytest.fixture
def signers(standing: Standing[Custody], chain: Chain, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Signers:
    return standing.remembered(chain, settings, monkeypatch)


@pytest.fixture
def custody(fresh_db: str, standing: Standing[Custody], chain: Chain, signers: Signers) -> Custody:
    """Contracts deployed, wired and verified; the registrar's key known here and sent to the chain."""
    return again(standing.made, Custody, chain, signers)


@pytest.fixture
def desk(fresh_db: str, standing: Standing[Custody], chain: Chain, signers: Signers) -> CashDesk:
    """The same, and people who work with settlement cash."""
    return again(standing.made, CashDesk, chain, signers)


@pytest.fixture
def market(fresh_db: str, standing: Standing[Custody], chain: Chain, signers: Signers) -> Market:
    """The same, with a treasury whose wallet takes proceeds."""
    return again(standing.made, Market, chain, signers)
