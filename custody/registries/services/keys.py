"""Whose signature is the registrar's: known to the database and to the chain."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from contracts.gateway.roles import ChainRole
from custody.registries.models import RegistrarKey
from custody.tokenisation.services import outside_key_enrol
from tokenization.identity import audit
from tokenization.identity.models import User


@transaction.atomic
def registrar_key_enrol(*, address: str, actor: User, now: datetime) -> RegistrarKey:
    """Let this address sign for the registrar from now on, here and on chain (role REGISTRAR); once per address.

    Before the bootstrap's wiring it is part of it (which waits for the first); afterwards the governor announces the
    grant, and the chain knows the key when its delay is over.
    """
    found = RegistrarKey.objects.filter(address=address.lower(), valid_until__isnull=True).first()
    if found:
        return found
    key = RegistrarKey.objects.create(address=address.lower(), valid_from=now)
    outside_key_enrol(role=ChainRole.REGISTRAR, address=key.address, words="The registrar's key", now=now)
    audit.record(
        actor=actor, action="registrar.enrol", subject=f"registrar:{key.pk}", body={"address": key.address}, now=now
    )
    return key


def is_registrar(address: str, at: datetime) -> bool:
    """Whether the address signed for the registrar at this instant."""
    period = Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    return RegistrarKey.objects.filter(period, address=address.lower()).exists()
