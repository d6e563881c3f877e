"""Kinds of document, and what each can carry: a power, a title, a consent, a lender's clearance. Kinds are data."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.db import models

from tokenization.kernel.errors import Refused


class Instrument(models.TextChoices):
    """What sort of document it is, whatever its heading says."""

    STATUTE = "STATUTE", "Act or statute"
    ORDER = "ORDER", "Order or notification under an act"
    DEED = "DEED", "Deed or registered title"
    RESOLUTION = "RESOLUTION", "Resolution of the body that decides"
    LETTER = "LETTER", "Signed letter of whoever may refuse"
    MEMORANDUM = "MEMORANDUM", "Memorandum of understanding"


# A memorandum says what its parties mean to do: it carries nothing here.
CARRIES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "AUTHORITY": frozenset({"STATUTE", "ORDER"}),
        "TITLE": frozenset({"STATUTE", "ORDER", "DEED"}),
        "CONSENT": frozenset({"STATUTE", "ORDER", "RESOLUTION", "LETTER"}),
        "LENDER_CLEARANCE": frozenset({"DEED", "RESOLUTION", "LETTER"}),
    }
)
_WORDS = {"AUTHORITY": "an authority", "TITLE": "a title", "CONSENT": "a consent", "LENDER_CLEARANCE": "a clearance"}


def check_carries(what: str, instrument: str) -> None:
    """Refused when a document of that kind is no authority, title, consent or clearance."""
    allowed = CARRIES[what]
    if instrument in allowed:
        return
    known = dict(Instrument.choices)
    raise Refused(
        f"{known.get(instrument, repr(instrument))}: this is not {_WORDS[what]}.",
        field="instrument",
        rule=f"instrument.{what.lower()}",
        next_step=f"{_WORDS[what].capitalize()} is given by: {', '.join(known[name] for name in sorted(allowed))}.",
    )
