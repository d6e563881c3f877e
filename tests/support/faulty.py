"""A proxy between a client and a node (or signer) that forwards every request and can lose the answer afterwards.

That is the ambiguous failure: the request was obeyed and nobody was told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Faulty(ThreadingHTTPServer):
    """`lose` names a word: answers to requests that hold it are dropped, `times` of them.

    `down` hangs up on everything, `refuse` on requests that hold this word; these are not forwarded.
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.lose = b""
        self.times = 0
        self.refuse = b""
        self.down = False
        self.lost = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Faulty

    def do_GET(self) -> None:
        self._forward(b"")

    def do_POST(self) -> None:
        self._forward(self.rfile.read(int(self.headers.get("content-length") or 0)))

    def _forward(self, body: bytes) -> None:
        unwanted = self.server.refuse
        if self.server.down or (unwanted and (unwanted in body or unwanted in self.path.encode())):
            self.close_connection = True
            return
        headers = {k: v for k, v in self.headers.items() if k.lower() in ("authorization", "content-type")}
        with httpx.Client(trust_env=False, timeout=30) as client:
            answer = client.request(self.command, self.server.target + self.path, content=body, headers=headers)
        wanted = self.server.lose
        if wanted and self.server.lost < self.server.times and (wanted in body or wanted in self.path.encode()):
            self.server.lost += 1
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def faulty(target: str) -> Iterator[Faulty]:
    server = Faulty(target)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
