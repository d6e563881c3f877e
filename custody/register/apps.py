"""The register: append-only double-entry positions projected from final logs."""

from __future__ import annotations

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "custody.register"
    label = "register"
