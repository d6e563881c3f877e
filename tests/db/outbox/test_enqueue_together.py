"""Two requests with one key at the same moment: one intent, whoever wins; and nothing without a transaction."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from contracts.outbox.models import Intent, IntentItem
from contracts.outbox.services import intent_enqueue
from tests.db.outbox.test_constraints import NOW, call, enqueue
from tokenization.kernel.errors import Refused


def test_rival_transactions_make_one_intent(fresh_db: str, django_db_blocker: Any) -> None:
    made: list[int] = []
    ready = threading.Barrier(2)

    def rival() -> None:
        with django_db_blocker.unblock():
            try:
                ready.wait(10)
                with transaction.atomic():
                    made.append(enqueue("same", call=call(b"\x01", 3)).pk)
            finally:
                connection.close()

    threads = [threading.Thread(target=rival) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 2
    assert made[0] == made[1]
    assert Intent.objects.count() == 1
    assert IntentItem.objects.count() == 1


def test_an_intent_is_never_written_outside_a_transaction(fresh_db: str) -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        intent_enqueue(key="k", signer="issuer", call=call(), now=NOW)
    assert Intent.objects.count() == 0


def test_an_intent_dies_with_the_business_change(fresh_db: str) -> None:
    def change() -> None:
        with transaction.atomic():
            enqueue("k")
            assert Intent.objects.count() == 1
            raise Refused("the business change failed")

    with pytest.raises(Refused):
        change()
    assert Intent.objects.count() == 0
