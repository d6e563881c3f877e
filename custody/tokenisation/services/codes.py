"""Opaque codes by which the chain knows what must not be readable there."""

from __future__ import annotations

import secrets

from django.db import transaction

from custody.tokenisation.models import ChainCode
from tokenization.kernel.locks import advisory_xact_lock

_LAST = {ChainCode.Kind.COUNTRY: 65_535, ChainCode.Kind.CATEGORY: 255}


@transaction.atomic
def chain_code(kind: ChainCode.Kind, value: str) -> int:
    """The code of a country (two letters) or category, drawn at random on first use; in the caller's transaction."""
    found = ChainCode.objects.filter(kind=kind, value=value).values_list("code", flat=True).first()
    if found is not None:
        return found
    advisory_xact_lock("tokenisation.code")
    taken = set(ChainCode.objects.filter(kind=kind).values_list("code", flat=True))
    free = [code for code in range(1, _LAST[kind] + 1) if code not in taken]
    return ChainCode.objects.get_or_create(kind=kind, value=value, defaults={"code": secrets.choice(free)})[0].code
