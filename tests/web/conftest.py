"""What the tests of the faces share."""

from __future__ import annotations

import pytest

from tests.factories import ledgerless as world
from tokenization.kernel import clock


@pytest.fixture
def in_july(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day of business of the sample rows, 1 July 2026."""
    monkeypatch.setattr(clock, "now", lambda: world.NOW)
