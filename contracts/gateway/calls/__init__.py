"""Typed calls: every function the platform sends, encoded, named and described in words."""

from __future__ import annotations

from contracts.gateway.calls.types import Call, Item

__all__ = ["Call", "Item"]
