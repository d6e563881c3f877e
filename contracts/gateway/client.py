"""The node, asked over JSON-RPC. Never retries by itself: who asks decides what a missing answer means."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from types import TracebackType
from typing import Any

import httpx
import orjson

from contracts.gateway.errors import NodeRefused, NodeUnavailable, from_answer
from contracts.gateway.transport import one_attempt

Request = tuple[str, Sequence[Any]]


class Node:
    """One HTTP connection pool to one node. Thread-safe; close it, or use it as a context manager."""

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self.url = url
        self._http = httpx.Client(timeout=timeout, transport=one_attempt(), trust_env=False)
        self._ids = count(1)

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, *params: Any) -> Any:
        """The result of one call. NodeUnavailable without an answer, NodeRefused with an error as the answer."""
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
        answer = self._post(body)
        if not isinstance(answer, dict) or answer.get("id") not in (body["id"], None):
            raise NodeUnavailable(f"The node answered {method} with something that is not an answer to it.")
        return _result(answer, method)

    def batch(self, requests: Sequence[Request]) -> list[Any | NodeRefused]:
        """Results in the order of the requests; an error stands in its place as NodeRefused, not raised."""
        if not requests:
            return []
        bodies = [{"jsonrpc": "2.0", "id": next(self._ids), "method": m, "params": list(p)} for m, p in requests]
        answers = self._post(bodies)
        if isinstance(answers, dict) and "error" in answers:
            raise from_answer(answers["error"])
        if not isinstance(answers, list):
            raise NodeUnavailable("The node answered a batch with something that is not a batch.")
        by_id = {a.get("id"): a for a in answers if isinstance(a, dict)}
        if any(b["id"] not in by_id for b in bodies):
            raise NodeUnavailable("The node left questions of a batch unanswered.")
        results: list[Any | NodeRefused] = []
        for body in bodies:
            try:
                results.append(_result(by_id[body["id"]], str(body["method"])))
            except NodeRefused as refused:
                results.append(refused)
        return results

    def _post(self, body: Any) -> Any:
        try:
            response = self._http.post(
                self.url, content=orjson.dumps(body), headers={"content-type": "application/json"}
            )
        except httpx.HTTPError as error:
            raise NodeUnavailable(f"The node at {self.url} does not answer ({type(error).__name__}).") from error
        try:
            answer = orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            raise NodeUnavailable(f"The node answered HTTP {response.status_code} with no JSON in it.") from error
        if response.status_code >= 500 and not isinstance(answer, list) and "error" not in answer:
            raise NodeUnavailable(f"The node answered HTTP {response.status_code}.")
        return answer


def _result(answer: dict[str, Any], method: str) -> Any:
    if answer.get("error") is not None:
        raise from_answer(answer["error"])
    if "result" not in answer:
        raise NodeUnavailable(f"The node's answer to {method} holds neither a result nor an error.")
    return answer["result"]
