"""The registrar's word: confirmations that raise the cap, releases after finality, statements."""

from __future__ import annotations

from custody.registries.services.asking import (
    confirmation_request,
    confirmation_requests,
    given_up,
    given_up_among,
)
from custody.registries.services.bank import Taken, bank_file_import
from custody.registries.services.confirm import (
    confirmation_receive,
    confirmations_send,
)
from custody.registries.services.handed_in import confirmations_receive
from custody.registries.services.keys import fiscal_key_enrol, registrar_key_enrol
from custody.registries.services.release import release_receive
from custody.registries.services.statements import statement_import

__all__ = [
    "Taken",
    "bank_file_import",
    "confirmation_receive",
    "confirmation_request",
    "confirmation_requests",
    "confirmations_receive",
    "confirmations_send",
    "fiscal_key_enrol",
    "given_up",
    "given_up_among",
    "registrar_key_enrol",
    "release_receive",
    "statement_import",
]
