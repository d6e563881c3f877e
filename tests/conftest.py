"""Fixtures for every test. Parts start when a test first asks for them: `pytest tests/unit` needs none.

- `@pytest.mark.django_db` (or `db`): rolled back, in a clone shared by the run, as the application's role.
- `fresh_db`: a committed clone of its own, for workers, threads, locks and triggers at commit. Never with `django_db`.
- `postgres`: the cluster: `postgres.url(database, role)` for owner, superuser or signer connections.
- `chain`: the node, put back after the test; it mines only when told (`chain.mine(3)`, `chain.warp(86400)`).
- `valkey`: an empty broker and cache. `celery_worker("send")`: a real worker. `signers`: issuer's and registrar's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import redis
from django.conf import settings as django_settings
from django.test import Client

from tests.support.database import TestCluster, connected_to
from tests.support.parts import Chain, SignerPool, Signers, Workers, restored_afterwards
from tokenization.celery import app
from tokenization.local.accounts import scratch
from tokenization.local.anvil import Anvil
from tokenization.local.processes import reaper
from tokenization.local.valkey import Valkey
from tokenization.theme.entry import given

# For this process and those that tests start: what is kept about persons can be written and read.
os.environ.setdefault("FIELD_KEYS", "keys-of-tests-alone-written-here-for-all-to-see")


def pytest_configure() -> None:
    django_settings.FIELD_KEYS = [os.environ["FIELD_KEYS"]]
    django_settings.PASSWORD_HASHERS = ["tests.support.passwords.OneRound"]
    # How long an example takes says something about the machine that day, not about the property.
    hypothesis.settings.register_profile(
        "any machine", deadline=None, print_blob=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("any machine")
    # Nothing is collected for tests; without the folder every test client would be warned of it.
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _factor_of_forced_sign_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """`client.force_login` skips the password; it skips the second factor with it, noted as the real door notes it.

    tests/web/test_second_factor.py goes through the real one.
    """
    forced = Client.force_login

    def force_login(self: Client, user: Any, backend: str | None = None) -> None:
        forced(self, user, backend)
        session = self.session
        given.note(session)
        session.save()

    monkeypatch.setattr(Client, "force_login", force_login)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: two cores then end at about the same time."""
    rooms = ("e2e", "faults", "web", "chain")
    items.sort(key=lambda item: next((n for n, room in enumerate(rooms) if room in item.path.parts), len(rooms)))


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestCluster]:
    cluster = TestCluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def django_db_setup(postgres: TestCluster, django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Replaces pytest-django's: the application may create no database; the run gets one clone of the template."""
    name = postgres.clone()
    with django_db_blocker.unblock(), connected_to(postgres, name):
        django_db_blocker.block()
        yield
        django_db_blocker.restore()
    postgres.drop(name)


@pytest.fixture
def fresh_db(postgres: TestCluster, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database that this test alone uses and may commit in."""
    name = postgres.clone()
    with django_db_blocker.unblock(), connected_to(postgres, name):
        yield name
    postgres.drop(name)


@pytest.fixture(scope="session")
def parts_folder() -> Iterator[Path]:
    """A temporary folder that is removed even if this process is killed."""
    folder = scratch("tokenization-parts-")
    watch = reaper(folder)
    yield folder
    if watch.stdin:
        watch.stdin.close()
    watch.wait(30)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def anvil(parts_folder: Path) -> Iterator[Anvil]:
    node = Anvil(parts_folder / "anvil")
    node.start()
    yield node
    node.stop()


@pytest.fixture
def chain(anvil: Anvil, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    settings.CHAIN_RPC_URL = anvil.url
    monkeypatch.setenv("CHAIN_RPC_URL", anvil.url)
    with restored_afterwards(anvil) as view:
        yield view


@pytest.fixture(scope="session")
def valkey_server(parts_folder: Path) -> Iterator[Valkey]:
    server = Valkey(parts_folder / "valkey")
    server.start()
    yield server
    server.stop()


def point_celery_at(address: str) -> None:
    """Celery keeps the pools of the address that it saw first: forget them."""
    app.conf.broker_url, app._pool, app.amqp._producer_pool = address, None, None


@pytest.fixture
def valkey(valkey_server: Valkey, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty server that Django's cache, Celery here and Celery in child processes use."""
    with redis.Redis.from_url(valkey_server.url) as client:
        client.flushall()
    monkeypatch.setenv("REDIS_URL", valkey_server.url)
    settings.REDIS_URL = settings.CELERY_BROKER_URL = valkey_server.url
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": valkey_server.url}}
    before = app.conf.broker_url
    point_celery_at(valkey_server.url)
    yield valkey_server.url
    point_celery_at(before)


@pytest.fixture(scope="session")
def signer_pool(postgres: TestCluster, parts_folder: Path) -> Iterator[SignerPool]:
    pool = SignerPool(postgres, parts_folder / "signers")
    yield pool
    pool.stop()


@pytest.fixture
def signers(signer_pool: SignerPool, chain: Chain, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Signers:
    """Two signer processes with empty stores, not used by any other test before it ends; their accounts are funded."""
    both = signer_pool.take()
    chain.fund(*both.issuer.keys.values(), *both.registrar.keys.values())
    both.known_to(settings, monkeypatch)
    return both


@pytest.fixture
def celery_worker(fresh_db: str, valkey: str, tmp_path: Path) -> Iterator[Workers]:
    """`celery_worker("send")` starts a real worker on the test's own database; all are stopped afterwards."""
    workers = Workers(tmp_path)
    yield workers
    workers.stop()
