"""How often one may ask: a count per minute of wall time, in the cache that every web process shares.

Without the cache everybody is let in: a dead cache must not close an auction.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

MINUTE = 60


def is_too_often(kind: str, who: str) -> bool:
    """Counts one request of `who` in this minute; whether it is beyond what settings.API_PER_MINUTE allows."""
    name = f"api:{kind}:{who}:{int(time.time()) // MINUTE}"
    try:
        cache.add(name, 0, 2 * MINUTE)
        return bool(cache.incr(name) > settings.API_PER_MINUTE[kind])
    except (RedisError, ValueError):
        return False


def next_minute() -> float:
    """Seconds until it begins."""
    return MINUTE - time.time() % MINUTE
