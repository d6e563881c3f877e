"""Delayed powers in a life: a mistake that nobody stops in two days, one that the guardian stops, a revocation."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from contracts.gateway import calls
from contracts.gateway.calls import Call
from contracts.gateway.roles import ChainRole
from custody.tokenisation.ceilings import PowerWithdraw
from custody.tokenisation.models import ChainSetting
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services import power_use
from tokenization.kernel import clock
from tokenization.rehearsal import chain
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import OUTSIDER

MISTAKE, SECOND, REVOCATION = "rehearsal:mistake", "rehearsal:second mistake", "rehearsal:revoke"


def announce_mistake(token: str) -> Sequence[Check]:
    """The governor announces a raw minting role for an outside key, twice; the guardian stops the second in time."""
    manager = contract_address("ACCESS_MANAGER")
    _announce(
        MISTAKE,
        [
            calls.set_function_role(manager, token, "SecurityToken", ["mint"], int(ChainRole.AGENT)),
            calls.grant_role(manager, int(ChainRole.AGENT), OUTSIDER.address),
        ],
    )
    second = _announce(SECOND, [calls.grant_role(manager, int(ChainRole.ISSUER), OUTSIDER.address)])
    if second.state == "ANNOUNCED":
        approved(PowerWithdraw.name, {"setting": second.pk, "reason": "announced by mistake"})
    chain.wait_for("the guardian's cancel", lambda: _row(SECOND).withdrawal and _final(SECOND))
    return [
        Check("the mistake is on notice", _row(MISTAKE).stage, _row(MISTAKE).stage),
        check("the second mistake", "WITHDRAWN", _row(SECOND).state),
    ]


def mistake_done() -> None:
    """Two days have passed by the move to settlement day, and nobody objected."""
    chain.wait_for("the mistaken role", lambda: _row(MISTAKE).state == "LIVE")


def announce_revocation() -> None:
    manager = contract_address("ACCESS_MANAGER")
    _announce(REVOCATION, [calls.revoke_role(manager, int(ChainRole.AGENT), OUTSIDER.address)])


def revocation_done() -> None:
    chain.wait_for("the role revoked", lambda: _row(REVOCATION).state == "LIVE")


def _announce(key: str, call: Sequence[Call]) -> ChainSetting:
    with transaction.atomic():
        power_use(key=key, words=call[-1].description[:200], role=ChainRole.ADMIN, call=call, now=clock.now())
    chain.wait_for(f"{key} announced", lambda: _row(key).state != "SENT")
    return _row(key)


def _row(key: str) -> ChainSetting:
    return ChainSetting.objects.select_related("withdrawal").get(key=key)


def _final(key: str) -> bool:
    row = _row(key)
    return row.withdrawal is not None and row.withdrawal.state == "FINAL"
