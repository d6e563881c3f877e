"""Audit heads kept outside the database: a superuser can recompute the chain there, but not the signers' copies."""

from __future__ import annotations

from django.conf import settings

from contracts.gateway.errors import SignerRefused, SignerUnavailable
from contracts.gateway.remote import RemoteSigner


def kept_heads() -> tuple[list[tuple[int, str]], list[str]]:
    """The heads of the configured signers, and in words which store could not be read."""
    if not settings.SIGNER_ISSUER_URL:
        return [], ["No signer is configured: the chain is only compared with itself."]
    signer = RemoteSigner(settings.SIGNER_ISSUER_URL, settings.SIGNER_ISSUER_TOKEN)
    try:
        return signer.audit_heads(), []
    except (SignerUnavailable, SignerRefused) as error:
        return [], [
            f"The issuer's signer did not give its audit heads, so the chain is only compared with itself: {error}"
        ]
    finally:
        signer.close()
