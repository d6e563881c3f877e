"""The signer's small HTTP face: JSON in, JSON out, a bearer token, no way to change the policy."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import psycopg
from psycopg_pool import PoolTimeout

from contracts.gateway.signer.policy import Forbidden
from contracts.gateway.signer.service import Invalid, SignerService
from contracts.gateway.signer.store import Forgetful

# A creation carries up to 48 kB of code as text; nothing we sign is larger than this.
_MAX_BODY = 2_000_000


class SignerServer(ThreadingHTTPServer):
    """Serves one SignerService."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], service: SignerService, token: str) -> None:
        super().__init__(address, _Handler)
        self.service = service
        self.token = token


class _Handler(BaseHTTPRequestHandler):
    server: SignerServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        service = self.server.service
        if self.path == "/health":
            self._run(lambda _: service.health(), {})
            return
        routes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "/keys": lambda _: dict(service.addresses()),
            "/audit-heads": lambda _: service.heads(),
        }
        self._route(routes, {})

    def do_POST(self) -> None:
        service = self.server.service
        length = int(self.headers.get("content-length") or 0)
        if length > _MAX_BODY:
            self.close_connection = True
            self._answer(413, {"error": "The request is too large.", "rule": "request"})
            return
        try:
            body = orjson.loads(self.rfile.read(length))
        except orjson.JSONDecodeError:
            body = None
        routes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "/check": service.check,
            "/sign-transaction": service.sign_transaction,
            "/sign-confirmation": service.sign_confirmation,
            "/sign-evidence": service.sign_evidence,
            "/audit-heads": service.remember_head,
        }
        self._route(routes, body)

    def _route(self, routes: dict[str, Callable[[dict[str, Any]], dict[str, Any]]], body: Any) -> None:
        given = self.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.token}".encode()):
            self._answer(401, {"error": "The token is not the signer's.", "rule": "token"})
        elif self.path not in routes:
            self._answer(404, {"error": "There is nothing here.", "rule": "path"})
        elif not isinstance(body, dict):
            self._answer(422, {"error": "The body is not a JSON object.", "rule": "request"})
        else:
            self._run(routes[self.path], body)

    def _run(self, action: Callable[[dict[str, Any]], dict[str, Any]], body: dict[str, Any]) -> None:
        try:
            self._answer(200, action(body))
        except Invalid as error:
            self._answer(422, {"error": f"{error}.", "rule": "request"})
        except Forbidden as error:
            self._answer(403, {"error": str(error), "rule": "policy"})
        except Forgetful as error:
            self._answer(409, {"error": str(error), "rule": "memory"})
        except (psycopg.Error, PoolTimeout):
            self._answer(503, {"error": "The signer's memory does not answer: it signs nothing without it."})

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = orjson.dumps(body)
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests hold nothing secret, but their number would drown what matters."""
