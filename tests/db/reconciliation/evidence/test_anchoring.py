"""A pack whose root did not reach the chain: anchored again, by whom and when, and the failed one stays named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from contracts.outbox.models import Intent
from custody.reconciliation.evidence.anchoring import evidence_anchor_again
from custody.reconciliation.evidence.models import EvidencePack
from custody.reconciliation.evidence.services import evidence_advance, evidence_bytes, evidence_prepare
from tests.db.reconciliation.evidence.world import SignedBooks
from tests.db.reconciliation.world import run
from tests.factories.identity import person
from tests.factories.ledger import NOW
from tokenization.identity.models import AuditEntry
from tokenization.kernel.errors import NotAllowed, Refused

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
NO_ROLE = "The anchor does not know our key."


def ended(pack: EvidencePack, state: str) -> Intent:
    """The outbox gave the pack's transaction up."""
    found = Intent.objects.get(pk=EvidencePack.objects.get(pk=pack.pk).intent_id)
    Intent.objects.filter(pk=found.pk).update(state=state, reason=NO_ROLE)
    return found


def anchors() -> list[Intent]:
    return list(Intent.objects.filter(key__startswith="evidence:").order_by("pk"))


@pytest.mark.parametrize("state", ["REJECTED", "REVERTED"])
def test_it_is_anchored_again_an_hour_after_it_was_queued(state: str, pack: EvidencePack, content: bytes) -> None:
    failed = ended(pack, state)
    assert evidence_advance(now=LATER - timedelta(seconds=1)) == []
    assert anchors() == [failed]
    said = f"The root of the evidence of run {pack.run_id} is anchored again: {NO_ROLE}"
    assert evidence_advance(now=LATER) == [said]
    old, new = anchors()
    found = EvidencePack.objects.get()
    assert (old, new) == (failed, found.intent)
    assert (found.state, new.state, new.split_from, new.created_at) == ("SIGNED", "QUEUED", failed, LATER)
    assert (bytes(new.data), new.to, new.signer) == (bytes(old.data), old.to, old.signer)
    assert new.key == f"{old.key}:after:{old.pk}"
    entry = AuditEntry.objects.get(action="evidence.anchor-again")
    assert (entry.actor_name, entry.subject) == ("system", f"run:{pack.run_id}")
    assert NO_ROLE in entry.body
    assert failed.key in entry.body
    assert evidence_advance(now=LATER) == []  # one on its way is waited for
    assert len(anchors()) == 2
    assert evidence_bytes(found) == content
    ended(pack, "REJECTED")
    assert evidence_advance(now=LATER + timedelta(minutes=59)) == []
    assert evidence_advance(now=LATER + timedelta(hours=1)) == [said]
    assert [one.split_from_id for one in anchors()] == [None, old.pk, new.pk]


@pytest.mark.parametrize("state", ["QUEUED", "BROADCAST", "STUCK", "MINED"])
def test_one_that_may_still_succeed_is_waited_for(state: str, pack: EvidencePack) -> None:
    waits = ended(pack, state)
    assert evidence_advance(now=NOW + timedelta(days=9)) == []
    with pytest.raises(Refused, match="anchored, or on its way"):
        evidence_anchor_again(pack=EvidencePack.objects.get(), actor=person("AUDITOR"), now=LATER)
    assert anchors() == [waits]


def test_what_two_persons_withdrew_waits_for_a_person(pack: EvidencePack) -> None:
    failed = ended(pack, "CANCELLED")
    assert evidence_advance(now=NOW + timedelta(days=9)) == []
    assert anchors() == [failed]
    auditor = person("AUDITOR")
    again = evidence_anchor_again(pack=EvidencePack.objects.get(), actor=auditor, now=NOW)
    assert again.intent is not None
    assert (again.intent.split_from, again.intent.state) == (failed, "QUEUED")
    assert AuditEntry.objects.get(action="evidence.anchor-again").actor_name == auditor.username


@pytest.mark.parametrize("role", ["INVESTOR", "OPERATOR", "TREASURY_OFFICER"])
def test_who_may_not_ask_for_it(role: str, pack: EvidencePack) -> None:
    failed = ended(pack, "REJECTED")
    with pytest.raises(NotAllowed):
        evidence_anchor_again(pack=EvidencePack.objects.get(), actor=person(role), now=LATER)
    assert anchors() == [failed]


def test_nothing_to_anchor_before_it_is_signed(signed_books: SignedBooks) -> None:
    waiting = evidence_prepare(run=run(signed_books), actor=person("AUDITOR"), now=NOW)
    with pytest.raises(Refused, match="anchored, or on its way"):
        evidence_anchor_again(pack=waiting, actor=person("AUDITOR"), now=LATER)
    assert anchors() == []


def _another(pack: EvidencePack, split_from: Intent | None) -> int:
    old: dict[str, Any] = Intent.objects.filter(pk=pack.intent_id).values().get()
    old |= {"id": None, "key": "another", "split_from_id": split_from.pk if split_from else None}
    return int(Intent.objects.create(**old).pk)


@pytest.mark.parametrize(("failed", "named"), [(False, True), (True, False)])
def test_the_database_lets_no_other_transaction_in_its_place(failed: bool, named: bool, pack: EvidencePack) -> None:
    """Not while the old one may succeed, nor one that does not name it."""
    other = _another(pack, pack.intent if named else None)
    if failed:
        ended(pack, "REJECTED")
    with pytest.raises(IntegrityError, match="evidence_anchored_again"), transaction.atomic():
        EvidencePack.objects.update(intent_id=other)
    with pytest.raises(IntegrityError, match=r"evidence_anchored_again|evidence_signed"), transaction.atomic():
        EvidencePack.objects.update(intent_id=None)
    assert EvidencePack.objects.get().intent_id == pack.intent_id
