"""The contracts: deployed, wired and verified by the workers; the bill's token created once two have approved it."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.gateway import views
from contracts.gateway.roles import ChainRole
from contracts.outbox.models import Intent
from contracts.outbox.selectors import signer_address
from custody.registries.services import fiscal_key_enrol, registrar_key_enrol
from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import ChainContract, TokenContract
from custody.tokenisation.plan import BOOTSTRAP, STEPS
from custody.tokenisation.selectors import contract_address, deployment_is_live
from issuance.series.models import Series
from tokenization.kernel import clock
from tokenization.rehearsal import chain, depository, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.powers import announce_mistake


def deploy() -> Sequence[Check]:
    """Nobody sends anything by hand: the workers take the plan's steps, and each is verified when final.

    The wiring names the keys of fiscal agent and registrar, and waits for the latter's: both houses enrol theirs first.
    Then the bootstrap key has no power left.
    """
    deployed_before = deployment_is_live()
    fiscal_key_enrol(address=depository.confirming_address("fiscal"), actor=person("fiscal.officer"), now=clock.now())
    key = registrar_key_enrol(
        address=depository.confirming_address("registrar"), actor=person("registrar.officer"), now=clock.now()
    )
    chain.wait_for("the contracts deployed and wired", deployment_is_live, seconds=180)
    if deployed_before:  # by another case on this stack, which checked it
        return [check("the registrar's key confirms", True, holds(ChainRole.REGISTRAR, key.address))]
    return [
        check("contracts live, code as compiled", len(STEPS), ChainContract.objects.filter(state="LIVE").count()),
        check("the registrar's key confirms", True, holds(ChainRole.REGISTRAR, key.address)),
        check("and confirms no cash", False, holds(ChainRole.CASH_CONFIRMER, key.address)),
        check("the bootstrap key administers", False, holds(ChainRole.ADMIN, signer_address(BOOTSTRAP))),
        check("the governor administers, seconds of notice", 172_800, delay_of(ChainRole.ADMIN, "governor")),
        check("transactions given up", 0, Intent.objects.filter(state__in=["REJECTED", "REVERTED"]).count()),
    ]


def tokenise() -> Sequence[Check]:
    """The bill's token at the address that its terms give."""
    series = Series.objects.get(isin=plan.BILL)
    if not TokenContract.objects.filter(series=series).exists():
        approved(SeriesTokenise.name, {"series": series.pk})
    planned = token().address
    chain.wait_for("the bill's token", lambda: token().state == "LIVE")
    announced = announce_mistake(planned)
    return [
        *announced,
        check("token live at its predicted address", planned, token().address),
        check("series live", "LIVE", Series.objects.get(isin=plan.BILL).state),
        *reconciled("tokenised"),
    ]


def holds(role: ChainRole, account: str) -> bool:
    """Whether the chain says so at its newest block."""
    return _role(role, account)[0]


def delay_of(role: ChainRole, key: str) -> int:
    return _role(role, signer_address(key))[1]


def _role(role: ChainRole, account: str) -> tuple[bool, int]:
    question = ("AccessManager", contract_address("ACCESS_MANAGER"), "hasRole", (int(role), account))
    with chain.node() as node:
        (answer,) = views.read(node, views.head(node).hash, [question])
    return bool(answer[0]), int(answer[1])


def token() -> TokenContract:
    return TokenContract.objects.select_related("series").get(series__isin=plan.BILL)
