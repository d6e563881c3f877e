from __future__ import annotations

from tokenization.identity.models import NationalId, Party
from tokenization.kernel.secrets import equality_hashes


def national_id_of(party: Party, scheme: str) -> NationalId | None:
    """The number in force, or None."""
    return NationalId.objects.filter(party=party, scheme=scheme, valid_until=None).first()


def registered(number: str, scheme: str) -> NationalId | None:
    """Whose number this is now, whichever of FIELD_KEYS was the first when it was written; or None."""
    rows = NationalId.objects.filter(scheme=scheme, number_index__in=equality_hashes(number), valid_until=None)
    return rows.select_related("party").first()
