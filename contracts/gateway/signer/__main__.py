"""Start a signer: `python -m contracts.gateway.signer --name issuer --listen 127.0.0.1:8600 ...`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from contracts.gateway import keystore
from contracts.gateway.roles import FISCAL_KEYS, ISSUER_KEYS, REGISTRAR_KEYS
from contracts.gateway.signer.policy import DEFAULT, Policy
from contracts.gateway.signer.server import SignerServer
from contracts.gateway.signer.service import SignerService
from contracts.gateway.signer.store import Store

KEYS = {"issuer": ISSUER_KEYS, "registrar": REGISTRAR_KEYS, "fiscal": FISCAL_KEYS}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="signer", description="Signs what its policy and its memory allow.")
    parser.add_argument("--name", required=True, choices=sorted(KEYS), help="whose keys these are")
    parser.add_argument("--listen", required=True, help="address:port")
    parser.add_argument("--keystore", required=True, type=Path, help="folder of encrypted key files, made if missing")
    parser.add_argument("--password-file", required=True, type=Path)
    parser.add_argument("--token-file", required=True, type=Path, help="the bearer token callers must show")
    parser.add_argument("--store", required=True, help="postgresql:// address of the signer's own database")
    parser.add_argument("--policy", type=Path, default=DEFAULT, help="what may be signed; read again when it changes")
    return parser.parse_args()


def main() -> int:
    wish = arguments()
    password = wish.password_file.read_text().strip()
    keys = {name: keystore.load_or_create(wish.keystore, name, password) for name in KEYS[wish.name]}
    store = Store(wish.store)
    service = SignerService(keys, store, Policy(wish.policy, store.creation_at))
    host, _, port = wish.listen.rpartition(":")
    server = SignerServer((host, int(port)), service, wish.token_file.read_text().strip())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.2)
    server.server_close()
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
