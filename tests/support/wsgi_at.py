"""The platform's web part at an instant that the test names in AT, for tests that kill real processes."""

from __future__ import annotations

import os
from datetime import datetime

from tokenization.kernel import clock
from tokenization.wsgi import application

_AT = datetime.fromisoformat(os.environ["AT"])
clock.now = lambda: _AT

__all__ = ["application"]
