"""One-time codes (TOTP, RFC 6238: 30 seconds, six digits), by allauth's arithmetic and our clock."""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

SECONDS = 30
# A telephone may be half a minute early or late.
TOLERANCE = 1


def step_of(wall: datetime) -> int:
    return int(wall.timestamp()) // SECONDS


def code_at(secret: str, step: int) -> str:
    return str(format_hotp_value(hotp_value(secret, step)))


def step_of_code(secret: str, code: str, wall: datetime) -> int | None:
    """The step that the code belongs to, around now; None when it belongs to none."""
    digits = "".join(code.split())
    here = step_of(wall)
    found = None
    for step in range(here - TOLERANCE, here + TOLERANCE + 1):
        if compare_digest(digits.encode(), code_at(secret, step).encode()):
            found = step
    return found
