"""The outside depository: its own book, its own signer, its own daily statement.

The platform holds neither this book nor the bearer tokens of the registrar's and the fiscal agent's signers; it sees
signatures and files only.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import httpx
from django.db.models import Sum

from tokenization.rehearsal.chain import wait_for
from tokenization.rehearsal.models import DepositoryEntry

House = Literal["registrar", "fiscal"]


def sign_confirmation(typed_data: dict[str, Any], house: House = "registrar") -> str:
    """The house's signature over one confirmation, made in its own process; cash is the fiscal agent's to confirm."""
    message = typed_data["message"]
    body = {
        "key": house,
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
    return str(_ask(house, "POST", "/sign-confirmation", body)["signature"])


def confirming_address(house: House) -> str:
    return str(_ask(house, "GET", "/keys")[house]).lower()


def _ask(house: House, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A house's signer answers the same to the same question, so a person asks again while it is away."""
    token = Path(os.environ[f"REHEARSAL_{house.upper()}_TOKEN_FILE"]).read_text().strip()

    def once() -> httpx.Response | None:
        try:
            return httpx.request(
                method,
                os.environ[f"REHEARSAL_{house.upper()}_URL"] + path,
                json=body,
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
                trust_env=False,
            )
        except httpx.TransportError:
            return None

    answer = wait_for(f"the signer of the {house}", once)
    if answer.is_error:
        raise RuntimeError(f"the signer of the {house} says: {answer.text}")
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
