"""A programme's ceiling on chain: with its first series at once, a change afterwards by two, announced a day before."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.roles import ChainRole
from custody.tokenisation.models import ChainSetting, ProgrammeCode, TokenContract
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.powers import power_use
from issuance.programme.models import Programme
from tokenization.kernel.errors import Refused

MICRO = 10**6


@transaction.atomic
def programme_add(*, programme: Programme, now: datetime) -> ChainSetting:
    """List the programme with the engine under its ceiling, in millionths of its minor unit; once."""
    code, _ = ProgrammeCode.objects.get_or_create(programme=programme)
    ceiling = programme.ceiling_minor * MICRO
    call = calls.call(
        "Engine",
        contract_address("ENGINE"),
        "addProgramme",
        (bytes.fromhex(code.code[2:]), ceiling),
        f"Set the ceiling of programme {programme.reference} to {programme.ceiling_minor:,} minor units",
    )
    ProgrammeCode.objects.filter(pk=code.pk, ceiling_micro=0).update(ceiling_micro=ceiling)
    words = f"Ceiling of {programme.reference}"
    return power_use(key=f"programme:{programme.pk}", words=words, role=ChainRole.DEPLOYER, call=[call], now=now)


@transaction.atomic
def programme_ceiling_change(*, programme: Programme, ceiling_minor: int, key: str, now: datetime) -> ChainSetting:
    """Announce another ceiling of a listed programme; it takes effect when executed, a day later at the earliest."""
    code = ProgrammeCode.objects.filter(programme=programme).first()
    if code is None:
        raise Refused(f"{programme.reference} is not on chain.", field="programme", rule="listed with its first series")
    if not 0 <= ceiling_minor <= programme.ceiling_minor:
        raise Refused(
            f"{programme.reference} has a ceiling of {programme.ceiling_minor:,}; the chain may not allow more.",
            field="ceiling_minor",
            rule="the ceiling on chain is at most the programme's",
        )
    call = calls.call(
        "Engine",
        contract_address("ENGINE"),
        "setProgrammeCeiling",
        (bytes.fromhex(code.code[2:]), ceiling_minor * MICRO),
        f"Set the ceiling of programme {programme.reference} to {ceiling_minor:,} minor units",
    )
    ProgrammeCode.objects.filter(pk=code.pk).update(ceiling_micro=ceiling_minor * MICRO)
    words = f"Ceiling of {programme.reference}: {ceiling_minor:,} minor units"
    return power_use(key=key, words=words, role=ChainRole.CEILINGS, call=[call], now=now)


@transaction.atomic
def series_ceiling_change(*, token: TokenContract, ceiling_units: int, key: str, now: datetime) -> ChainSetting:
    """Announce another ceiling of a series, at most that of its terms."""
    if token.is_cash:
        raise Refused(f"{token.code} is no series.", field="token", rule="a series")
    series = token.series
    if not 0 <= ceiling_units <= series.ceiling_units:
        raise Refused(
            f"{series.isin} has a ceiling of {series.ceiling_units:,} units; the chain may not allow more.",
            field="ceiling_units",
            rule="the ceiling on chain is at most the series'",
        )
    text = f"Set the ceiling of {series.isin} to {ceiling_units:,} units"
    call = calls.call("Engine", contract_address("ENGINE"), "setSeriesCeiling", (token.address, ceiling_units), text)
    words = f"Ceiling of {series.isin}: {ceiling_units:,} units"
    return power_use(key=key, words=words, role=ChainRole.CEILINGS, call=[call], now=now)
