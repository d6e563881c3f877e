"""The rules of the outbox in the database itself, met by going round the services."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from contracts.gateway.calls import Call, Item
from contracts.outbox.models import Attempt, Chain, Halt, Inclusion, Intent, IntentItem, IntentState, Signer, Slot
from contracts.outbox.services import intent_enqueue
from contracts.outbox.services.moves import move
from tokenization.kernel.errors import Conflict, Refused

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = "0x" + "ab" * 20
HASH = "0x" + "cd" * 32


def call(data: bytes = b"\x01\x02\x03\x04", *numbers: int) -> Call:
    items = tuple(Item(n, TOKEN, 10) for n in numbers)
    return Call(TOKEN, data, "Controller", "issue", "Issue", numbered_by=TOKEN if numbers else "", items=items)


def enqueue(key: str = "k", **more: Any) -> Intent:
    given = {"signer": "issuer", "call": call(), "now": NOW, **more}
    return intent_enqueue(key=key, **given)


def slot(intent: Intent, nonce: int = 0) -> Slot:
    return Slot.objects.create(signer=intent.signer, nonce=nonce, intent=intent, created_at=NOW)


def attempt(of: Slot, epoch: int = 0, hash: str = HASH) -> Attempt:
    return Attempt.objects.create(
        slot=of,
        hash=hash,
        raw=b"x",
        kind="CALL",
        gas=1,
        max_fee=1,
        priority_fee=1,
        epoch=epoch,
        head_block=1,
        created_at=NOW,
    )


def refused(sql: str, *values: Any) -> str:
    """The database's words when it refuses a statement; fails if it does not."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return str(caught.value)


def test_the_same_key_and_body_is_the_same_intent() -> None:
    first, second = enqueue(call=call(b"\x01", 1)), enqueue(call=call(b"\x01", 1))
    assert first.pk == second.pk
    assert IntentItem.objects.count() == 1


def test_the_same_key_with_another_body_is_refused() -> None:
    first = enqueue()
    for other in ({"call": call(b"\x09")}, {"signer": "servicing"}, {"deadline": NOW}, {"items": [Item(0, TOKEN, 1)]}):
        with pytest.raises(Refused, match="already used for another call"):
            enqueue(**other)
    assert list(Intent.objects.values_list("pk", flat=True)) == [first.pk]


def test_an_unknown_key_name_and_a_doubled_number_are_refused() -> None:
    with pytest.raises(Refused, match="no key named"):
        enqueue(signer="registrar")
    with pytest.raises(Refused, match="twice"):
        enqueue(call=call(b"\x01", 4, 4))
    assert Intent.objects.count() == 0


def test_two_live_items_of_one_number_are_refused_by_the_database() -> None:
    enqueue(call=call(b"\x01", 7))
    other = enqueue("other")
    text = refused(
        "INSERT INTO outbox_intentitem (intent_id, position, contract, number, wallet, units, follows, live) "
        "VALUES (%s, 0, %s, 7, '', 1, 0, true)",
        other.pk,
        TOKEN,
    )
    assert "outbox_item_live_once" in text


def test_an_item_stays_live_while_its_intent_may_happen() -> None:
    intent = enqueue(call=call(b"\x01", 7))
    assert "outbox_item_outlives" in refused("UPDATE outbox_intentitem SET live = false")
    move(intent, IntentState.REJECTED, now=NOW, reason="no")
    assert not IntentItem.objects.get().live
    assert "outbox_item_fixed" in refused("UPDATE outbox_intentitem SET live = true")


def test_a_nonce_belongs_to_one_intent_for_ever() -> None:
    one, two = enqueue("one"), enqueue("two")
    slot(one)
    sql = "INSERT INTO outbox_slot (signer_id, nonce, intent_id, created_at) VALUES (%s, %s, %s, now())"
    assert "outbox_slot_nonce_once" in refused(sql, one.signer_id, 0, two.pk)
    assert "intent_id" in refused(sql, one.signer_id, 1, one.pk)
    assert "outbox_slot_nonce_positive" in refused(sql, one.signer_id, -1, two.pk)
    refused("UPDATE outbox_slot SET nonce = 5")
    refused("DELETE FROM outbox_slot")
    assert list(Slot.objects.values_list("nonce", "intent_id")) == [(0, one.pk)]


def test_attempts_are_append_only_unique_and_fenced() -> None:
    of = slot(enqueue())
    attempt(of)
    refused("UPDATE outbox_attempt SET raw = 'y'")
    refused("DELETE FROM outbox_attempt")
    with pytest.raises(IntegrityError), transaction.atomic():
        attempt(of)
    Signer.objects.update(epoch=3)
    with pytest.raises(DatabaseError, match="outbox_attempt_fenced: epoch 2 is over"), transaction.atomic():
        attempt(of, epoch=2, hash="0x" + "ee" * 32)
    attempt(of, epoch=3, hash="0x" + "ee" * 32)
    assert Attempt.objects.count() == 2


def test_nonces_and_epochs_only_rise_and_an_address_stays() -> None:
    enqueue()
    Signer.objects.update(next_nonce=5, epoch=2, address=TOKEN)
    for change in ("next_nonce = 4", "epoch = 1", "address = '0x" + "11" * 20 + "'", "address = NULL", "name = 'x'"):
        assert "outbox_signer_forward" in refused(f"UPDATE outbox_signer SET {change}")
    refused("DELETE FROM outbox_signer")
    row = Signer.objects.get()
    assert (row.next_nonce, row.epoch, row.address) == (5, 2, TOKEN)


def test_the_body_of_an_intent_never_changes() -> None:
    intent = enqueue()
    for change in ("data = 'z'", '"to" = NULL', "value = 1", "key = 'other'", "deadline = now()", "function = 'x'"):
        assert "outbox_intent_body_fixed" in refused(f"UPDATE outbox_intent SET {change}")
    refused("DELETE FROM outbox_intent")
    assert Intent.objects.get().body_hash == intent.body_hash


@pytest.mark.parametrize("end", ["FINAL", "SPLIT", "REJECTED", "REVERTED", "CANCELLED"])
def test_an_end_is_an_end_for_the_database_too(end: str) -> None:
    enqueue()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_intent SET state = %s", [end])
    assert "outbox_intent_ended" in refused("UPDATE outbox_intent SET state = 'QUEUED'")
    assert Intent.objects.get().state == end


def test_a_state_outside_the_list_is_refused() -> None:
    enqueue()
    assert "outbox_intent_state_known" in refused("UPDATE outbox_intent SET state = 'LOST'")


def test_a_move_out_of_order_or_of_a_stale_copy_changes_nothing() -> None:
    intent, stale = enqueue(), Intent.objects.get()
    with pytest.raises(Refused):
        move(intent, IntentState.FINAL, now=NOW)
    move(intent, IntentState.NUMBERED, now=NOW)
    with pytest.raises(Conflict):
        move(stale, IntentState.REJECTED, now=NOW, reason="late")
    assert Intent.objects.get().state == "NUMBERED"
    assert [m.new for m in intent.moves.all()] == ["NUMBERED"]


def test_a_final_inclusion_is_fixed_and_an_earlier_one_is_not() -> None:
    of = slot(enqueue())
    made = attempt(of)
    Inclusion.objects.create(slot=of, attempt=made, block_number=1, block_hash=HASH, status=1, gas_used=1, seen_at=NOW)
    Inclusion.objects.update(block_number=2)
    assert "outbox_inclusion_status" in refused("UPDATE outbox_inclusion SET status = 2")
    Inclusion.objects.update(final=True)
    assert "outbox_inclusion_final" in refused("UPDATE outbox_inclusion SET block_number = 3")
    assert "outbox_inclusion_final" in refused("DELETE FROM outbox_inclusion")
    assert Inclusion.objects.get().block_number == 2


def test_the_chain_is_one_row_written_once() -> None:
    Chain.objects.create(chain_id=1, genesis_hash=HASH)
    assert "outbox_chain_one_row" in refused("INSERT INTO outbox_chain VALUES (2, 5, %s)", HASH)
    refused("UPDATE outbox_chain SET chain_id = 2")
    refused("DELETE FROM outbox_chain")
    assert Chain.objects.get().chain_id == 1


def test_one_open_halt_per_reason_and_clearing_needs_somebody() -> None:
    Halt.objects.create(reason="R", message="m", what_to_do="w", opened_at=NOW)
    sql = "INSERT INTO outbox_halt (reason, message, what_to_do, opened_at) VALUES ('R', '', '', now())"
    assert "outbox_halt_open_once" in refused(sql)
    assert "outbox_halt_cleared_by_somebody" in refused("UPDATE outbox_halt SET cleared_at = now()")
    refused("DELETE FROM outbox_halt")
    assert Halt.objects.get().cleared_at is None
