"""Who may hold securities: what compliance records, in the name of one officer, and what two of them verify."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from custody.reconciliation.mandates.actions import MandateEnd, MandateGive
from custody.tokenisation.models import Wallet
from custody.tokenisation.services import wallets_register
from issuance.bid.models import DealerClient
from issuance.bid.services import mandate_end, mandate_give
from tokenization.backoffice.forms import people as forms
from tokenization.backoffice.tasks.base import Recorded, Task, named
from tokenization.identity.approvals import approval_propose
from tokenization.identity.factors.actions import SecondFactorReset
from tokenization.identity.models import Approval, Party, User
from tokenization.identity.national_ids.actions import NationalIdRegister
from tokenization.identity.national_ids.schemes import Scheme
from tokenization.identity.national_ids.selectors import national_id_of
from tokenization.identity.roles import Power
from tokenization.identity.services import kyc_decide, party_create
from tokenization.kernel.errors import Refused
from tokenization.theme import figures


def _party(*, actor: User, now: datetime, **fields: Any) -> Recorded:
    party = party_create(**fields, actor=actor, now=now)
    return Recorded(f"{party} was opened. It can do nothing until its identity check is approved.")


def _kyc(*, actor: User, now: datetime, **fields: Any) -> Recorded:
    decision = kyc_decide(**fields, actor=actor, now=now)
    until = f" until {figures.when(decision.valid_until)}" if decision.valid_until else ""
    return Recorded(f"{decision.party}: {decision.get_status_display().lower()}{until}.{_unregistered(decision.party)}")


def _unregistered(party: Party) -> str:
    """A natural person without a number in force could be registered twice and nobody would see it."""
    if party.kind != Party.Kind.PERSON or national_id_of(party, Scheme.CNIC):
        return ""
    return " No CNIC of this person is registered yet."


def _national_id(*, party: Party, number: str, source: str, actor: User, now: datetime) -> Approval:
    payload = {"party": party.pk, "scheme": Scheme.CNIC.value, "number": number, "source": source}
    return approval_propose(action=NationalIdRegister.name, payload=payload, actor=actor, now=now)


def _wallets(*, party: Party | None, actor: User, now: datetime) -> Recorded:
    wallets = Wallet.objects.filter(holders__valid_until=None, proved_at__isnull=False)
    wallets = wallets.filter(holders__party=party) if party else wallets.filter(chain_state="NONE")
    chosen = list(wallets.order_by("pk").distinct())
    if not chosen:
        raise Refused("No wallet waits to be registered.", field="party", rule="a proved wallet")
    sent = wallets_register(wallets=chosen, actor=actor, now=now)
    if not sent:
        return Recorded("The chain says this already: nothing was sent.")
    return Recorded(f"On their way to the chain, in {len(sent)} transaction{'s' * (len(sent) > 1)}.")


def _mandate(*, actor: User, now: datetime, **fields: Any) -> Recorded:
    row = mandate_give(**fields, actor=actor, now=now)
    return Recorded(f"{row.dealer} may now bid for {row.client}.")


def _mandate_end(*, mandate: DealerClient, reason: str, actor: User, now: datetime) -> Recorded:
    row = mandate_end(mandate=mandate, reason=reason, actor=actor, now=now)
    return Recorded(f"{row.dealer} may no longer bid for {row.client}. What it bid before stands until withdrawn.")


def _supervisor(*, first_day: date, last_day: date, actor: User, now: datetime, **fields: Any) -> Approval:
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    return named(MandateGive.name)(**fields, **days, actor=actor, now=now)  # type: ignore[return-value]


PEOPLE = [
    Task(
        "party",
        "Investors",
        "New party",
        "An investor, opened before its identity check.",
        Power.KYC_DECIDE,
        forms.PartyForm,
        _party,
        "Record",
    ),
    Task(
        "kyc",
        "Investors",
        "Identity check",
        "Approve a party until a day, refuse it, or suspend it at once.",
        Power.KYC_DECIDE,
        forms.KycForm,
        _kyc,
        "Record the decision",
    ),
    Task(
        "national-id",
        "Investors",
        "National identity number",
        "The CNIC of a natural person. Two persons of compliance verify it; from then on only its end is shown.",
        Power.PAYEE_DRAFT,
        forms.NationalIdForm,
        _national_id,
    ),
    Task(
        "wallets",
        "Investors",
        "Register wallets on chain",
        "Wallets whose ownership was proved, of parties with a valid identity check.",
        Power.WALLET_REGISTER,
        forms.WalletsForm,
        _wallets,
        "Send to the chain",
    ),
    Task(
        "mandate",
        "Investors",
        "Mandate to bid",
        "A client lets a dealer bid for it in auctions.",
        Power.KYC_DECIDE,
        forms.MandateForm,
        _mandate,
        "Record",
    ),
    Task(
        "mandate-end",
        "Investors",
        "End a mandate to bid",
        "From now the dealer may not bid for the client.",
        Power.KYC_DECIDE,
        forms.MandateEndForm,
        _mandate_end,
        "Record",
    ),
    Task(
        "supervisor-mandate",
        "Supervisors",
        "Mandate of a supervisor",
        "What he may see of assurance, and until when. Each look is noted.",
        Power.MANDATE_DRAFT,
        forms.SupervisorMandateForm,
        _supervisor,
    ),
    Task(
        "supervisor-mandate-end",
        "Supervisors",
        "End a supervisor's mandate",
        "Before its last day, and at once when two have decided.",
        Power.MANDATE_DRAFT,
        forms.SupervisorMandateEndForm,
        named(MandateEnd.name),
    ),
    Task(
        "second-factor-reset",
        "Sign-in",
        "Reset a lost second factor",
        "For a person who lost telephone and recovery codes: his sessions end, his password leads him to set up anew.",
        Power.FACTOR_RESET_DRAFT,
        forms.FactorResetForm,
        named(SecondFactorReset.name),
    ),
]
