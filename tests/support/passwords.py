"""Passwords of test people: the real scheme with one round, so that any process of the platform can check them."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class OneRound(PBKDF2PasswordHasher):
    """An honest hash costs half a second of a busy core, and an office has three people."""

    iterations = 1
