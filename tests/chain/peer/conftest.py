"""Both suites, deployed once per worker; each test has them as they were."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain.peer.world import World, build
from tests.support.evm import fresh_evm


@pytest.fixture(scope="package")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with fresh_evm(tmp_path_factory.mktemp("peer")) as evm:
        yield build(evm)


@pytest.fixture
def world(built: World) -> Iterator[World]:
    memory = built.memory()
    with built.evm.undone():
        yield built
    built.forget(memory)
