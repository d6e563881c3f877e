"""Contracts deployed once, and given to each test as they stood at that moment.

Three things remember a deployment: the node (put back by the test's own `chain`), the database (cloned for each test)
and the signers (what they signed is put back). Fifteen contracts take longer to deploy than most tests that use them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from tests.support.database import TestCluster, connected_to
from tests.support.parts import Chain, Memories, SignerPool, Signers, restored_afterwards
from tokenization.local.anvil import Anvil

Made = TypeVar("Made")


@dataclass
class Standing(Generic[Made]):
    """What a deployment left: `database` to clone, `signers` whose memories to put back, and what `deploy` gave."""

    database: str
    signers: Signers
    made: Made
    _memories: Memories

    def remembered(self, chain: Chain, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Signers:
        """The signers as they were, for one test; a test that stops one needs a deployment of its own."""
        # The clock went on since the deployment: the head and the final block are of now, as just after it.
        chain.mine(3)
        assert self.signers.untouched, "a test stopped a signer that others need"
        self.signers.forget_everything(but=self._memories)
        self.signers.known_to(settings, monkeypatch)
        return self.signers


@contextmanager
def deployed_once(
    cluster: TestCluster, node: Anvil, pool: SignerPool, blocker: Any, deploy: Callable[[Chain, Signers], Made]
) -> Iterator[Standing[Made]]:
    """Deploy on the shared node; afterwards it is put back to where it was before."""
    with restored_afterwards(node) as chain, pool.reserved() as signers:
        database = cluster.clone()
        chain.fund(*signers.issuer.keys.values(), *signers.registrar.keys.values())
        with (
            override_settings(CHAIN_RPC_URL=node.url),
            pytest.MonkeyPatch.context() as patch,
            blocker.unblock(),
            connected_to(cluster, database),
        ):
            signers.known_to(django_settings, patch)
            made = deploy(chain, signers)
        yield Standing(database, signers, made, signers.memories())
        cluster.drop(database)


@contextmanager
def copied(cluster: TestCluster, standing: Standing[Any], blocker: Any) -> Iterator[str]:
    """A copy of the database that the deployment left, for one test."""
    name = cluster.clone(standing.database)
    with blocker.unblock(), connected_to(cluster, name):
        yield name
    cluster.drop(name)
