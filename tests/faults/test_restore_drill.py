"""The drill: database, signer's memory and keys are destroyed and put back from a backup, and the platform goes on.

With a backup taken at rest everything goes on, once. With an older one nothing is sent, the halt says why, and the
audit log is known to be cut; the newer backup heals it. Keys come back encrypted; their passphrase never was in it.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from contracts.gateway.client import Node
from contracts.outbox.models import Halt, Intent, Slot
from contracts.outbox.selectors import health
from contracts.outbox.services import halt_clear
from custody.instructions.models import Instruction
from custody.reconciliation.services import reconcile
from custody.register.models import Position
from custody.tokenisation.models import TokenContract
from custody.tokenisation.services import tokenisation_advance, wallets_register
from tests.factories.custody import Custody
from tests.factories.identity import person
from tests.support import archives
from tests.support.database import TestCluster, connected_to
from tests.support.parts import Chain, Signers, start_signers
from tokenization.assurance.heads import head_leave, kept_heads
from tokenization.identity import audit
from tokenization.local.postgres import OWNER
from tokenization.operations.backup.archive import Places, backup, restore

pytestmark = [pytest.mark.chain, pytest.mark.timeout(900)]


class Drill:
    """A platform in one database, its issuer's signer with keys and memory: all of it can be lost and put back."""

    def __init__(self, cluster: TestCluster, chain: Chain, folder: Path, settings: Any, patch: Any) -> None:
        self.cluster, self.chain, self.folder = cluster, chain, folder
        self.key, self._say = archives.backup_key(folder), (settings, patch)
        self.database = cluster.clone()
        self.signers: Signers = start_signers(cluster, folder / "signers")
        chain.fund(*self.signers.issuer.keys.values())
        self.signers.known_to(settings, patch)

    @property
    def keys(self) -> Path:
        return self.folder / "signers" / "issuer" / "keys"

    def places(self) -> Places:
        addresses = {"platform": self.cluster.url(self.database, OWNER), "issuer": self.signers.issuer.store}
        return archives.places(self.cluster, addresses, {"issuer": self.keys})

    def taken(self, name: str, custody: Custody) -> Path:
        backup(self.places(), out=self.folder / name, key=self.key, now=custody.now)
        return self.folder / name

    def lost(self) -> None:
        """The database, the signer's memory and its keys are gone, and the signer with them."""
        self.signers.issuer.child.stop(signal.SIGKILL)
        for name in (self.database, self.signers.issuer.store.rpartition("/")[2]):
            self.cluster.drop(name)
        shutil.rmtree(self.keys)

    def put_back(self, archive: Path) -> None:
        """Into new places; the passphrase and the bearer token come from where they are kept."""
        self.database = archives.empty_database(self.cluster)
        store = self.cluster.signer_store("signer_issuer")
        signer = self.signers.issuer
        at = signer.command.index("--store") + 1
        self.signers.issuer = replace(signer, command=[*signer.command[:at], store, *signer.command[at + 1 :]])
        restore(archive, self.places(), key=self.key)
        self.signers.issuer.restart()


@pytest.fixture
def drill(
    postgres: TestCluster, django_db_setup: None, chain: Chain, tmp_path: Path, settings: Any, monkeypatch: Any
) -> Iterator[Drill]:
    made = Drill(postgres, chain, tmp_path, settings, monkeypatch)
    yield made
    made.signers.stop()
    made.cluster.drop(made.database)


def counted(custody: Custody, signers: Signers) -> dict[str, int]:
    """How many transactions the chain has of each key."""
    keys = signers.issuer.keys
    return {
        name: int(custody.chain.rpc("eth_getTransactionCount", address, "latest"), 16) for name, address in keys.items()
    }


def books_are_right(custody: Custody, units: int) -> None:
    """Every equation holds, every number happened once, and the audit log is whole up to the signer's own heads."""
    token = TokenContract.objects.select_related("series").get()
    with Node(django_settings.CHAIN_RPC_URL) as node:
        run = reconcile(token=token, now=custody.now, phase="drill", node=node)
    assert run.green
    assert sum(Position.objects.filter(token=token, account__startswith="0x").values_list("units", flat=True)) == units
    assert set(Instruction.objects.filter(token=token).values_list("state", flat=True)) == {"DONE"}
    assert Slot.objects.count() == Intent.objects.filter(slot__isnull=False).count()
    found = audit.verify(kept_heads()[0])
    assert (found.ok, found.first_altered) == (True, None), found.message


def test_all_is_lost_and_put_back(drill: Drill, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        with connected_to(drill.cluster, drill.database):
            custody = Custody(drill.chain, drill.signers).deployed()
            token, investor = custody.tokenised(), custody.investor()
            custody.registered(investor)
            custody.delivered(token, (investor, 12))
            books_are_right(custody, 12)
            head_leave()
            older = drill.taken("older", custody)
            addresses = dict(drill.signers.issuer.keys)
        drill.lost()

        # At rest: what was lost is what the backup holds, so everything goes on.
        drill.put_back(older)
        with connected_to(drill.cluster, drill.database):
            books_are_right(custody, 12)
            custody.delivered(TokenContract.objects.select_related("series").get(), (investor, 5))
            books_are_right(custody, 17)
            head_leave()
            assert health().well, health().sentence
            newer = drill.taken("newer", custody)
            sent, numbers = counted(custody, drill.signers), Instruction.objects.count()
            heads = kept_heads()[0]
        drill.lost()

        # Older than what happened: nothing leaves, and it is said why.
        drill.put_back(older)
        with connected_to(drill.cluster, drill.database):
            assert drill.signers.issuer.keys == addresses
            assert Instruction.objects.count() < numbers
            # Whoever kept the heads that the signer was told last sees that the end is missing.
            assert audit.verify().ok
            assert "are missing: a head kept outside shows that they existed" in audit.verify(heads).message
            stale_sends_nothing(custody, drill.signers, sent)
        drill.lost()

        # The newer one is found: every number is where it was, and the next purchase is delivered.
        drill.put_back(newer)
        with connected_to(drill.cluster, drill.database):
            assert counted(custody, drill.signers) == sent
            books_are_right(custody, 17)
            custody.delivered(TokenContract.objects.select_related("series").get(), (investor, 2))
            books_are_right(custody, 19)


def stale_sends_nothing(custody: Custody, signers: Signers, sent: dict[str, int]) -> None:
    """Whichever key has work: here that of the wallets, of which the chain has seen no more than this database."""
    wallets_register(wallets=[custody.investor().wallet], actor=custody.people["compliance"], now=custody.now)
    tokenisation_advance(now=custody.now)
    assert Intent.objects.filter(state="QUEUED").exists()
    for _ in range(3):
        custody.ring()
    halt = Halt.objects.get(cleared_at=None)
    assert (halt.reason, halt.what_to_do in health().sentence) == ("NONCE_AHEAD", True)
    assert "The database was restored from a backup" in halt.message
    assert "restore a newer one" in halt.what_to_do
    # An operator who clears it without a cure changes nothing.
    halt_clear(halt=halt, actor=person("OPERATOR", now=custody.now), now=halt.opened_at)
    custody.ring()
    assert Halt.objects.get(cleared_at=None).reason == "NONCE_AHEAD"
    assert counted(custody, signers) == sent
    # The register has read what the chain did meanwhile; the units that no row here explains are seen, not hidden.
    token = TokenContract.objects.select_related("series").get()
    with Node(django_settings.CHAIN_RPC_URL) as node:
        run = reconcile(token=token, now=custody.now, phase="drill", node=node)
    assert not run.green
