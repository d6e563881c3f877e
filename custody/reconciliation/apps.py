"""Reconciliation: reads every record at one final block, compares, reports. It never repairs."""

from __future__ import annotations

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "custody.reconciliation"
    label = "reconciliation"
