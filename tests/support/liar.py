"""A node that tells lies: a real node's answers, edited on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from contracts.gateway.client import Node

Lie = Callable[[str, Sequence[Any], Any], Any]


class LyingNode(Node):
    """`lie(method, params, answer)` may alter any answer; `asked` keeps the methods in order."""

    def __init__(self, url: str, lie: Lie | None = None) -> None:
        super().__init__(url)
        self.lie: Lie = lie or (lambda method, params, answer: answer)
        self.asked: list[str] = []

    def call(self, method: str, *params: Any) -> Any:
        self.asked.append(method)
        return self.lie(method, params, super().call(method, *params))

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        answers = super().batch(requests)
        self.asked += [method for method, _ in requests]
        return [self.lie(method, params, answer) for (method, params), answer in zip(requests, answers, strict=True)]
