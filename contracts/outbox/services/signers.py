"""Which addresses our keys have: asked of the signer process once, and never changed."""

from __future__ import annotations

from datetime import datetime

from contracts.gateway.errors import SignerUnavailable
from contracts.gateway.remote import SignerPort
from contracts.gateway.roles import ISSUER_KEYS
from contracts.outbox import config
from contracts.outbox.models import Signer
from contracts.outbox.services.enqueue import signer_row
from contracts.outbox.services.halt import halt_open


def signers_sync(*, now: datetime, port: SignerPort | None = None) -> dict[str, str]:
    """Ask the signer process for its keys and write new addresses down; returns them by name.

    A key whose address differs from what is written halts sending: the keystore is another one. SignerUnavailable
    without an answer. Never call it inside a transaction.
    """
    if port is None:
        remote = config.port()
        try:
            return signers_sync(now=now, port=remote)
        finally:
            remote.close()
    told = port.addresses()
    missing = [name for name in ISSUER_KEYS if name not in told]
    if missing:
        raise SignerUnavailable(f"The signer has no key named {', '.join(missing)}.")
    for name in ISSUER_KEYS:
        row = signer_row(name)
        if row.address is None:
            Signer.objects.filter(pk=row.pk, address__isnull=True).update(address=told[name])
        elif row.address != told[name]:
            halt_open(
                reason="KEY_CHANGED",
                signer=row,
                message=f"The key {name} was {row.address} and the signer process now says {told[name]}.",
                what_to_do="Give the signer process back its keystore; a key's address never changes.",
                now=now,
            )
    return {name: told[name] for name in ISSUER_KEYS}
