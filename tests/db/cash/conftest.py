from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _plain_passwords(settings: Any) -> None:
    """Nobody signs in here: an honest hash of every officer's password costs a second each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
