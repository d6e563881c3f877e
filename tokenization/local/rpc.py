"""JSON-RPC to the embedded node: the supervisor's own small client (the platform speaks through contracts.gateway)."""

from __future__ import annotations

import itertools
import ssl
from typing import Any

import httpx

_ids = itertools.count(1)


class NodeError(Exception):
    """The node answered with an error."""


class Rpc:
    """`rpc("eth_blockNumber")` -> result. Raises NodeError on an error answer, httpx.HTTPError if nobody answers."""

    def __init__(self, url: str, seconds: float = 30) -> None:
        self.url = url
        # trust_env=False: a proxy set for the internet must not swallow calls to 127.0.0.1.
        # The node is on this machine and spoken to without TLS: this context trusts nobody, and loads nobody (40 ms).
        self._client = httpx.Client(timeout=seconds, trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def __call__(self, method: str, *params: object) -> Any:
        body = {"jsonrpc": "2.0", "id": next(_ids), "method": method, "params": list(params)}
        answer = self._client.post(self.url, json=body).json()
        if "error" in answer:
            raise NodeError(f"{method}: {answer['error'].get('message', answer['error'])}")
        return answer["result"]

    def answers(self) -> bool:
        try:
            return bool(self("eth_chainId"))
        except (httpx.HTTPError, NodeError, ValueError):
            return False

    def head(self) -> int:
        return int(self("eth_blockNumber"), 16)

    def timestamp(self, block: str = "latest") -> int:
        """Seconds of a block; `pending` tells what the next block would carry."""
        return int(self("eth_getBlockByNumber", block, False)["timestamp"], 16)

    def close(self) -> None:
        self._client.close()
