"""The Celery application: it rings bells; the books are in PostgreSQL and on the chain."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, task_prerun
from django.conf import settings
from structlog.contextvars import bind_contextvars, clear_contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tokenization.settings")
app = Celery("tokenization")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_settings_say(**_: Any) -> None:
    """Being connected, this keeps Celery from setting up log handlers of its own."""
    logging.config.dictConfig(settings.LOGGING)


@task_prerun.connect
def name_task(task: Any, **_: Any) -> None:
    bind_contextvars(task=task.name)


@task_postrun.connect
def forget_task(**_: Any) -> None:
    clear_contextvars()
