"""Money of the market: settlement cash on chain, the settlement account at the bank, and the treasury's wallet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from custody.registries.actions import SettlementAccountOpen
from custody.registries.models import SettlementAccount
from custody.tokenisation.actions import CashTokenise
from custody.tokenisation.models import ChainSetting, Wallet
from custody.tokenisation.selectors import cash_token
from custody.tokenisation.services import own_wallet_enrol
from custody.tokenisation.services.cash import listing_key
from custody.tokenisation.services.treasury import OwnWallet
from tokenization.identity import kyc
from tokenization.identity.models import Party
from tokenization.identity.services import kyc_decide, party_create
from tokenization.kernel import clock
from tokenization.rehearsal import bank, chain, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.market import figures
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.investors import registered

TREASURY = "TREASURY"


def cash() -> Sequence[Check]:
    """Two houses create the cash of rupees; it is accepted for settlement once a day's notice is over."""
    if not SettlementAccount.objects.filter(iban=bank.IBAN).exists():
        payload = {"iban": bank.IBAN, "currency": figures.CASH, "bank": "Rehearsal bank", "opening_minor": 0}
        approved(SettlementAccountOpen.name, payload, maker="fiscal.officer", checker="fiscal.checker")
    if cash_token(figures.CASH) is None:
        payload = {"currency": figures.CASH, "ceiling_minor": figures.CASH_CEILING_MINOR}
        approved(CashTokenise.name, payload, maker="treasury.officer", checker="fiscal.checker")
    chain.wait_for("the cash token", lambda: getattr(cash_token(figures.CASH), "state", "") == "LIVE")
    chain.wait_for("the notice", lambda: _listing().state != "SENT")
    addresses = registered([_own("TREASURY"), _own("PAYING_AGENT")])
    chain.move_to(clock.now() + timedelta(days=1, minutes=1))
    chain.wait_for("cash accepted", lambda: _listing().state == "LIVE")
    return [
        check("the state's own wallets on chain", 2, len(addresses)),
        check("accepted as cash", "LIVE", _listing().state),
        *reconciled("cash tokenised"),
    ]


def treasury() -> Party:
    row = Party.objects.filter(reference=TREASURY).first() or party_create(
        reference=TREASURY,
        name="Rehearsal treasury (synthetic)",
        kind="PUBLIC_BODY",
        country="PK",
        category="PUBLIC_BODY",
        actor=person("compliance.officer"),
        now=clock.now(),
    )
    if kyc.latest(row) is None:
        kyc_decide(
            party=row,
            status="APPROVED",
            valid_from=clock.now(),
            valid_until=plan.at(figures.bond_maturity() + timedelta(days=400), 12),
            reason="synthetic rehearsal file",
            actor=person("compliance.officer"),
            now=clock.now(),
        )
    return row


def _own(name: OwnWallet) -> Wallet:
    return own_wallet_enrol(
        name=name,
        party=treasury(),
        actor=person("compliance.officer"),
        now=clock.now(),
    )


def _listing() -> ChainSetting:
    return ChainSetting.objects.get(key=listing_key(figures.CASH))
