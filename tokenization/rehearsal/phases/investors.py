"""Onboarding: parties, KYC, wallets proved by signature with the investor's own key, registration on chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings

from contracts.gateway import views
from custody.tokenisation.models import Wallet
from custody.tokenisation.selectors import contract_address
from custody.tokenisation.services import wallet_challenge, wallet_prove, wallets_register
from tokenization.identity import kyc
from tokenization.identity.models import Party, User
from tokenization.identity.national_ids.actions import NationalIdRegister
from tokenization.identity.national_ids.selectors import national_id_of
from tokenization.identity.services import kyc_decide, party_create, party_member_add, user_create
from tokenization.kernel import clock
from tokenization.kernel.errors import Refused
from tokenization.rehearsal import chain, plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import approved
from tokenization.rehearsal.people import (
    BUYERS,
    KEEPER,
    LAPSING,
    NEVER_VALID,
    OUTSIDER,
    Investor,
    password,
    person,
)
from tokenization.rehearsal.phases.books import reconciled

Period = tuple[datetime, datetime]


def onboard() -> Sequence[Check]:
    """Forty-one parties with their KYC; forty wallets proved by signature and registered on chain in batches."""
    for investor in [*BUYERS, NEVER_VALID]:
        party_made(investor, _kyc_period(investor, clock.now()))
    wallets = [wallet_made(investor) for investor in BUYERS]
    stranger = refused(
        "a signature by another key proves nothing",
        lambda: _prove(BUYERS[0], signer=BUYERS[1]),
        error=Refused,
    )
    addresses = registered(wallets)
    with chain.node() as node:
        head = views.final_head(node, settings.CHAIN_FINALITY)
        verified = views.verified(node, head.hash, contract_address("IDENTITY_REGISTRY"), addresses)
        unknown = views.verified(node, head.hash, contract_address("IDENTITY_REGISTRY"), [OUTSIDER.address])
    return [
        stranger,
        check("wallets verified on chain", len(BUYERS), len(verified)),
        check("an unknown wallet is not", 0, len(unknown)),
        check("a lapsed KYC is not valid", False, kyc.is_valid(party_of(NEVER_VALID), clock.now())),
        *reconciled("investors onboarded"),
    ]


def party_of(investor: Investor) -> Party:
    return Party.objects.get(reference=investor.reference)


def wallet_of(investor: Investor) -> Wallet:
    return Wallet.objects.get(address=investor.key.address)


def registered(wallets: Sequence[Wallet]) -> list[str]:
    """Register wallets on chain and wait until it is final; returns their addresses."""
    addresses = [wallet.address for wallet in wallets]
    wallets_register(wallets=wallets, actor=person("compliance.officer"), now=clock.now())
    chain.wait_for(
        f"{len(addresses)} wallets on the chain's identity registry",
        lambda: Wallet.objects.filter(address__in=addresses, chain_state="REGISTERED").count() == len(addresses),
    )
    return addresses


def party_made(investor: Investor, period: Period) -> None:
    """The party with a KYC valid over `period`, a natural person's CNIC, and its user of the portal; once."""
    officer, now = person("compliance.officer"), clock.now()
    party = Party.objects.filter(reference=investor.reference).first() or party_create(
        reference=investor.reference,
        name=investor.name,
        kind=investor.kind,
        country="PK",
        category=investor.category,
        actor=officer,
        now=now,
    )
    if kyc.latest(party) is None:
        since, until = period
        kyc_decide(
            party=party,
            status="APPROVED",
            valid_from=since,
            valid_until=until,
            reason="synthetic rehearsal file",
            actor=officer,
            now=now,
        )
    if investor.cnic and national_id_of(party, "CNIC") is None:
        approved(
            NationalIdRegister.name,
            {"party": party.pk, "scheme": "CNIC", "number": investor.cnic, "source": "synthetic rehearsal file"},
            maker="compliance.officer",
            checker="compliance.checker",
        )
    user = User.objects.filter(username=investor.username).first() or user_create(
        username=investor.username,
        password=password(investor.username),
        house="INVESTOR",
        roles=["INVESTOR"],
        now=now,
    )
    party_member_add(party=party, user=user, actor=officer, now=now)


def _kyc_period(investor: Investor, now: datetime) -> Period:
    """One lapses on settlement day after the registrar's word, one after delivery, one before it began."""
    issue = plan.issue_date()
    if investor == NEVER_VALID:
        return now - timedelta(days=400), now - timedelta(days=1)
    if investor == LAPSING:
        return now, plan.at(issue, 15)
    if investor == KEEPER:
        return now, plan.at(issue + timedelta(days=30), 12)
    return now, plan.at(issue + timedelta(days=365), 12)


def wallet_made(investor: Investor) -> Wallet:
    """The investor's wallet, proved by his own signature; once."""
    known = Wallet.objects.filter(address=investor.key.address, proved_at__isnull=False).first()
    return known or _prove(investor, signer=investor)


def _prove(investor: Investor, *, signer: Investor) -> Wallet:
    party = party_of(investor)
    question = wallet_challenge(party=party, address=investor.key.address, now=clock.now())
    return wallet_prove(
        party=party,
        address=investor.key.address,
        signature=signer.key.sign_typed_data(question),
        actor=person(investor.username),
        now=clock.now(),
    )
