"""One log line is one JSON object; what a request or a bell was about stands on every line it caused."""

from __future__ import annotations

import logging
from typing import Any

import structlog

_SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def _no_bells(record: logging.LogRecord) -> bool:
    return "Sending due task" not in record.msg


def logging_config(*, style: str) -> dict[str, Any]:
    """The LOGGING setting: everything to the console, as JSON, or as text for a person's terminal."""
    ours = "INFO" if style == "json" else "WARNING"
    last = structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"no_bells": {"()": lambda: _no_bells}},
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            **{name: {"level": ours} for name in ("tokenization", "issuance", "custody", "contracts", "celery")},
            "django": {"level": "WARNING"},
            # Django's own handlers are silent outside DEBUG: what breaks on a page must be in the log of the web part.
            "django.request": {"level": "ERROR"},
            # Two lines for each bell that rings every second would drown everything else.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"filters": ["no_bells"]},
        },
    }
