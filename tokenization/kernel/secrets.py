"""Text that the database keeps but does not know: encrypted with a key from the environment, found again by a hash.

`FIELD_KEYS` holds secrets of at least 32 characters, by commas: the first writes, all of them read. From each come two
keys that tell nothing of one another: one encrypts (Fernet: AES-CBC with HMAC-SHA-256), one hashes for equality.
"""

from __future__ import annotations

import base64
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

SHORTEST = 32


def key_faults(keys: list[str]) -> list[str]:
    """What is wrong with the configured keys, in words; empty when they will do."""
    if not keys:
        return ["FIELD_KEYS is empty: what is kept about persons cannot be written or read."]
    short = [number for number, key in enumerate(keys, 1) if len(key) < SHORTEST]
    return [f"Key {number} of FIELD_KEYS has fewer than {SHORTEST} characters." for number in short]


def _derived(secret: str, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"tokenization:{purpose}".encode())
    return kdf.derive(secret.encode())


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(key, "field"))) for key in keys])


@cache
def _hash_keys(keys: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(_derived(key, "equality") for key in keys)


def _keys() -> tuple[str, ...]:
    faults = key_faults(settings.FIELD_KEYS)
    if faults:
        raise ImproperlyConfigured(" ".join(faults))
    return tuple(settings.FIELD_KEYS)


def seal(text: str) -> str:
    """The text, encrypted with the first key; another result each time."""
    return _box(_keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed, with whichever of the keys. ImproperlyConfigured when none of them fits."""
    try:
        return _box(_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise ImproperlyConfigured("FIELD_KEYS has no key that opens this: was one taken away too early?") from None


def resealed(sealed: str) -> str:
    """The same text under the first key."""
    return seal(unseal(sealed))


def equality_hashes(text: str) -> list[str]:
    """0x and 64 digits for each key, the writing one first: equal texts are equal here, and nobody without the key can
    try all account numbers until one fits."""
    return ["0x" + hmac.new(key, text.encode(), "sha256").hexdigest() for key in _hash_keys(_keys())]


def masked(text: str) -> str:
    """The last four characters, as a person tells his account from another; words without a digit are no number."""
    if not any(letter.isdigit() for letter in text):
        return text
    return f"…{text[-4:]}" if len(text) > 8 else "…"
