"""The reserve of a token on chain: opened once, before the token itself, on the terms of its series."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.roles import ChainRole
from custody.tokenisation.models import ChainSetting, TokenContract
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services.powers import power_use
from tokenization.kernel.errors import Refused
from tokenization.kernel.measures import MEASURES


def reserve_key(isin: str) -> str:
    """The key of the setting that opens the reserve of a series."""
    return f"reserve:{isin}"


@transaction.atomic
def reserve_open(*, token: TokenContract, now: datetime) -> ChainSetting:
    """Open the reserve of a reserve-backed token: its commodity, what backs one unit, what is held back; once."""
    if token.is_cash or not token.series.is_reserve:
        raise Refused(f"{token.code} is backed by no commodity.", field="token", rule="a reserve-backed series")
    series, measure = token.series, MEASURES[token.series.currency]
    call = calls.add_reserve(
        contract_address("RESERVE_BOOK"),
        token.address,
        kind=measure.kind,
        backing_per_unit=series.denomination_minor,
        margin_bps=series.margin_bps,
    )
    words = f"Reserve of {series.isin}: {measure.words(series.denomination_minor)} behind one unit"
    return power_use(key=reserve_key(series.isin), words=words, role=ChainRole.DEPLOYER, call=[call], now=now)
