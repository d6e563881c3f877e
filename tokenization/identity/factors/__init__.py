"""Second factors: one-time codes, passkeys, recovery codes. Rules: README.md."""

from tokenization.identity.factors.services import (
    code_give,
    factor_needed,
    factor_remove,
    factors_reset,
    has_factor,
    passkey_enrol,
    recovery_renew,
    totp_enrol,
)

__all__ = [
    "code_give",
    "factor_needed",
    "factor_remove",
    "factors_reset",
    "has_factor",
    "passkey_enrol",
    "recovery_renew",
    "totp_enrol",
]
