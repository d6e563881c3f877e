"""Audit heads kept outside the database: a superuser can recompute the chain there, but not the signers' copies."""

from __future__ import annotations

from django.conf import settings

from contracts.gateway.errors import SignerRefused, SignerUnavailable
from contracts.gateway.remote import RemoteSigner
from tokenization.identity import audit


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


def head_leave() -> str:
    """Leave the audit log's last head with the issuer's signer, and say in words what was left.

    Safe to repeat: the same head is kept once. Raises SignerRefused when the signer was told another hash for that
    entry before, which is a rewritten log, and SignerUnavailable while it does not answer.
    """
    if not settings.SIGNER_ISSUER_URL:
        return "No signer is configured: the audit log has no head outside the database."
    sequence, digest = audit.head()
    if sequence == 0:
        return "The audit log is empty: there is no head to leave."
    signer = RemoteSigner(settings.SIGNER_ISSUER_URL, settings.SIGNER_ISSUER_TOKEN)
    try:
        signer.audit_head(sequence, digest)
    finally:
        signer.close()
    return f"The head of entry {sequence} is with the issuer's signer: {digest}."
