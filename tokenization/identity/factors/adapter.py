"""What allauth asks us: how secrets are kept, and what a telephone or a key shows as the name of the house."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser

from tokenization.kernel import secrets


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Named in settings.MFA_ADAPTER."""

    def encrypt(self, text: str) -> str:
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return str(settings.DOCUMENT_HOUSE)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return user.get_username()

    def _get_site_name(self) -> str:
        return str(settings.DOCUMENT_HOUSE)
