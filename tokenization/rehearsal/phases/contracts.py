"""The contracts: deployed, wired and verified by the workers; the bill's token created once two have approved it."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.outbox.models import Intent
from custody.registries.services import registrar_key_enrol
from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import ChainContract, ChainSetting, TokenContract
from custody.tokenisation.selectors import deployment_is_live
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.rehearsal import chain, depository, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import person
from tokenization.rehearsal.phases.books import reconciled


def deploy() -> Sequence[Check]:
    """Nobody sends anything by hand: the workers take the plan's steps, and each is verified when final."""
    chain.wait_for("the contracts deployed and wired", deployment_is_live, seconds=180)
    key = registrar_key_enrol(
        address=depository.registrar_address(), actor=person("registrar.officer"), now=clock.now()
    )
    setting = f"registrar:{key.address}"
    chain.wait_for("the registrar's key on chain", ChainSetting.objects.filter(key=setting, state="LIVE").exists)
    return [
        check("contracts live, code as compiled", 6, ChainContract.objects.filter(state="LIVE").count()),
        check("transactions given up", 0, Intent.objects.filter(state__in=["REJECTED", "REVERTED"]).count()),
    ]


def tokenise() -> Sequence[Check]:
    """The bill's token at the address that its terms give."""
    series = Series.objects.get(isin=plan.BILL)
    if not TokenContract.objects.filter(series=series).exists():
        approved(SeriesTokenise.name, {"series": series.pk})
    planned = token().address
    chain.wait_for("the bill's token", lambda: token().state == "LIVE")
    return [
        check("token live at its predicted address", planned, token().address),
        check("series live", "LIVE", Series.objects.get(isin=plan.BILL).state),
        *reconciled("tokenised"),
    ]


def token() -> TokenContract:
    return TokenContract.objects.select_related("series").get(series__isin=plan.BILL)
