"""Whose signature is the registrar's, or for cash the fiscal agent's: known to the database and to the chain."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from contracts.gateway.roles import ChainRole
from custody.registries.models import RegistrarKey
from custody.tokenisation.models import OutsideKey, TokenContract
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


@transaction.atomic
def fiscal_key_enrol(*, address: str, actor: User, now: datetime) -> OutsideKey:
    """Let this address confirm cash for the fiscal agent, here and on chain (role CASH_CONFIRMER); once per address.

    Nothing waits for it: before the wiring it is part of it, afterwards the governor announces the grant.
    """
    known = OutsideKey.objects.filter(role=int(ChainRole.CASH_CONFIRMER), address=address.lower()).first()
    if known:
        return known
    words = "The fiscal agent's key"
    key = outside_key_enrol(role=ChainRole.CASH_CONFIRMER, address=address, words=words, now=now)
    body = {"address": key.address}
    audit.record(actor=actor, action="fiscal.enrol", subject=f"outside-key:{key.pk}", body=body, now=now)
    return key


def is_confirmer(token: TokenContract, address: str, at: datetime) -> bool:
    """Whether the address signed then for the house that confirms this token: registrar, or fiscal agent for cash."""
    if not token.is_cash:
        return is_registrar(address, at)
    keys = OutsideKey.objects.filter(role=int(ChainRole.CASH_CONFIRMER), address=address.lower())
    return keys.filter(enrolled_at__lte=at).exists()


def is_registrar(address: str, at: datetime) -> bool:
    """Whether the address signed for the registrar at this instant."""
    period = Q(valid_from__lte=at) & (Q(valid_until__isnull=True) | Q(valid_until__gt=at))
    return RegistrarKey.objects.filter(period, address=address.lower()).exists()
