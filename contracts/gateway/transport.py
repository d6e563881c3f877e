"""How the gateway's clients reach the other side."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def _authorities() -> ssl.SSLContext:
    """Those of the machine, read once: 40 ms of work, and a round of the outbox opens several clients."""
    return httpx.create_ssl_context()


def one_attempt() -> httpx.HTTPTransport:
    """A pool of connections that never tries twice: a repeated eth_sendRawTransaction must be our decision."""
    return httpx.HTTPTransport(retries=0, verify=_authorities())
