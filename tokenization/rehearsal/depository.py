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

from tokenization.rehearsal.models import DepositoryEntry


def sign_confirmation(typed_data: dict[str, Any]) -> str:
    """The registrar's signature over one confirmation, made in the registrar's own process."""
    message = typed_data["message"]
    token = Path(os.environ["REHEARSAL_REGISTRAR_TOKEN_FILE"]).read_text().strip()
    answer = httpx.post(
        os.environ["REHEARSAL_REGISTRAR_URL"] + "/sign-confirmation",
        json={
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
        },
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    answer.raise_for_status()
    return str(answer.json()["signature"])


def registrar_address() -> str:
    token = Path(os.environ["REHEARSAL_REGISTRAR_TOKEN_FILE"]).read_text().strip()
    answer = httpx.get(
        os.environ["REHEARSAL_REGISTRAR_URL"] + "/keys", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    answer.raise_for_status()
    return str(answer.json()["registrar"]).lower()


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
