"""Every bell that the schedule rings has a task behind it and a worker that hears it."""

from __future__ import annotations

import pytest
from django.conf import settings

from tokenization.celery import app

QUEUES = {"send", "index", "books"}
SLOW = {
    "custody.reconciliation.tasks.evidence": 5.0,
    "tokenization.assurance.tasks.head_copy": 60.0,
    "custody.reconciliation.tasks.reconcile_all": 300.0,
}


@pytest.fixture(scope="module", autouse=True)
def _tasks() -> None:
    app.loader.import_default_modules()


@pytest.mark.parametrize("name", sorted(settings.CELERY_BEAT_SCHEDULE))
def test_a_bell_has_a_task_and_a_worker(name: str) -> None:
    bell = settings.CELERY_BEAT_SCHEDULE[name]
    assert bell["task"] == name
    assert name in app.tasks
    assert app.amqp.router.route({}, name)["queue"].name in QUEUES
    # A bell that nobody heard is worth nothing once the next has rung a few times.
    assert bell["schedule"] <= bell["options"]["expires"] <= 5 * bell["schedule"]


def test_the_bells_ring_as_often_as_said() -> None:
    rings = {name: bell["schedule"] for name, bell in settings.CELERY_BEAT_SCHEDULE.items()}
    assert {name: rings[name] for name in SLOW} == SLOW
    assert {seconds for name, seconds in rings.items() if name not in SLOW} == {1.0}


def test_every_task_of_the_platform_is_rung_or_named_here() -> None:
    ours = {name for name in app.tasks if name.split(".")[0] in ("tokenization", "issuance", "contracts", "custody")}
    assert ours - set(settings.CELERY_BEAT_SCHEDULE) <= {"contracts.outbox.tasks.send"}
