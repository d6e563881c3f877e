"""The Celery application: it rings bells; the books are in PostgreSQL and on the chain."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tokenization.settings")
app = Celery("tokenization")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
