"""The outside depository: its own book, its own signer, its own daily statement.

The platform holds neither the token of the registrar's signer nor this book; it sees signatures and files only.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from django.db.models import Sum

from tokenization.rehearsal.chain import wait_for
from tokenization.rehearsal.models import DepositoryEntry


def sign_confirmation(typed_data: dict[str, Any]) -> str:
    """The registrar's signature over one confirmation, made in the registrar's own process."""
    message = typed_data["message"]
    body = {
        "key": "registrar",
        "chain_id": typed_data["domain"]["chainId"],
        "controller": typed_data["domain"]["verifyingContract"],
        "confirmation": {
            "token": message["token"],
            "number": message["number"],
            "issue_number": message["issueNumber"],
            "units": message["units"],
            "registry_reference": message["registryReference"],
            "valid_until": message["validUntil"],
        },
    }
    return str(_ask("POST", "/sign-confirmation", body)["signature"])


def registrar_address() -> str:
    return str(_ask("GET", "/keys")["registrar"]).lower()


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The registrar's signer answers the same to the same question, so a person asks again while it is away."""
    token = Path(os.environ["REHEARSAL_REGISTRAR_TOKEN_FILE"]).read_text().strip()

    def once() -> httpx.Response | None:
        try:
            return httpx.request(
                method,
                os.environ["REHEARSAL_REGISTRAR_URL"] + path,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
                trust_env=False,
            )
        except httpx.TransportError:
            return None

    answer = wait_for("the registrar's signer", once)
    if answer.is_error:
        raise RuntimeError(f"the registrar's signer says: {answer.text}")
    found: dict[str, Any] = answer.json()
    return found


def book(*, key: str, isin: str, at: datetime, conventional: int = 0, immobilised: int = 0) -> DepositoryEntry:
    """Write one movement in the depository's book; the same key is written once."""
    entry, _ = DepositoryEntry.objects.get_or_create(
        key=key, defaults={"isin": isin, "at": at, "conventional": conventional, "immobilised": immobilised}
    )
    return entry


def balance(isin: str, *, at: datetime) -> tuple[int, int]:
    """(conventional, immobilised) units of a series in the depository's book."""
    sums = DepositoryEntry.objects.filter(isin=isin, at__lte=at).aggregate(c=Sum("conventional"), i=Sum("immobilised"))
    return int(sums["c"] or 0), int(sums["i"] or 0)
