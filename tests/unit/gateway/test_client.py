"""The node client against a small real server: no retries, and every bad answer is Unavailable, not a guess."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from contracts.gateway.client import Node
from contracts.gateway.errors import NodeErrorKind, NodeRefused, NodeUnavailable

Answer = Callable[[Any], tuple[int, bytes]]


class Server(ThreadingHTTPServer):
    answer: Answer
    requests = 0


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.requests += 1
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status, content = self.server.answer(body)
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def node(server: Server) -> Iterator[Node]:
    with Node(f"http://127.0.0.1:{server.server_address[1]}") as made:
        yield made


def ok(body: Any) -> tuple[int, bytes]:
    if isinstance(body, list):
        return 200, json.dumps([{"id": b["id"], "result": b["method"]} for b in reversed(body)]).encode()
    return 200, json.dumps({"id": body["id"], "result": body["params"]}).encode()


def test_a_call_and_a_batch_in_any_order(server: Server, node: Node) -> None:
    server.answer = ok
    assert node.call("eth_x", "a", 1) == ["a", 1]
    assert node.batch([("one", ()), ("two", ())]) == ["one", "two"]
    assert node.batch([]) == []
    assert server.requests == 2


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b'{"id": 99, "result": 1}', b'{"id": null}', b'{"jsonrpc": "2.0"}']
)
def test_an_answer_that_is_none_is_unavailable_and_asked_once(server: Server, node: Node, content: bytes) -> None:
    server.answer = lambda body: (502, content)
    with pytest.raises(NodeUnavailable):
        node.call("eth_sendRawTransaction", "0x00")
    assert server.requests == 1


def test_a_batch_with_a_missing_answer_is_unavailable(server: Server, node: Node) -> None:
    server.answer = lambda body: (200, json.dumps([{"id": body[0]["id"], "result": 1}]).encode())
    with pytest.raises(NodeUnavailable, match="unanswered"):
        node.batch([("one", ()), ("two", ())])


def test_errors_stand_in_their_place_in_a_batch(server: Server, node: Node) -> None:
    def answer(body: Any) -> tuple[int, bytes]:
        bad = {"id": body[0]["id"], "error": {"code": 3, "message": "execution reverted", "data": "0x11223344"}}
        return 200, json.dumps([bad, {"id": body[1]["id"], "result": 5}]).encode()

    server.answer = answer
    first, second = node.batch([("one", ()), ("two", ())])
    assert isinstance(first, NodeRefused)
    assert first.kind is NodeErrorKind.REVERTED
    assert second == 5


def test_nobody_listening_is_unavailable() -> None:
    with Node("http://127.0.0.1:9") as node, pytest.raises(NodeUnavailable, match="does not answer"):
        node.call("eth_chainId")
