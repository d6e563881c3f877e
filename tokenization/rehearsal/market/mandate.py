"""The market's two series: drafted, approved, tokenised; and the people who will bid for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from custody.tokenisation.actions import SeriesTokenise
from custody.tokenisation.models import TokenContract
from issuance.programme.models import Programme
from issuance.series.actions import series_payload
from issuance.series.models import Series
from issuance.series.selectors import coupon_schedule
from issuance.series.services import series_draft
from tokenization.kernel import clock
from tokenization.rehearsal import chain, plan
from tokenization.rehearsal.checks import Check, check
from tokenization.rehearsal.market import figures
from tokenization.rehearsal.market.people import EVERYBODY, LAPSING, UNREACHABLE
from tokenization.rehearsal.office import MAKER, approved
from tokenization.rehearsal.people import Investor, person
from tokenization.rehearsal.phases.books import reconciled
from tokenization.rehearsal.phases.investors import Period, party_made, registered, wallet_made
from tokenization.rehearsal.phases.powers import announce_mistake


def series() -> Sequence[Check]:
    """A bill of 84 days and a bond of three years with six coupons, each approved by a second officer."""
    bill, bond = _bill(), _bond()
    schedule = coupon_schedule(bond)
    return [
        check(
            "series approved", 2, Series.objects.filter(isin__in=[bill.isin, bond.isin]).exclude(state="DRAFT").count()
        ),
        check("coupons of the bond", 6, len(schedule)),
        check("the last coupon is due at maturity", bond.maturity_date, schedule[-1].end),
    ]


def tokenise() -> Sequence[Check]:
    """Both tokens stand at the addresses that their terms give."""
    for isin in (figures.BILL, figures.BOND):
        row = Series.objects.get(isin=isin)
        if not TokenContract.objects.filter(series=row).exists():
            approved(SeriesTokenise.name, {"series": row.pk})
    live = TokenContract.objects.filter(series__isin__in=(figures.BILL, figures.BOND), state="LIVE")
    chain.wait_for("both tokens", lambda: live.count() == 2)
    announced = announce_mistake(token(figures.BOND).address)
    return [
        *announced,
        check("series live", 2, Series.objects.filter(state="LIVE").count()),
        *reconciled("tokenised"),
    ]


def onboard() -> Sequence[Check]:
    """Eight dealers and twelve investors, their KYC, and wallets proved with their own keys."""
    for member in EVERYBODY:
        party_made(member, _kyc_period(member))
    addresses = registered([wallet_made(member) for member in EVERYBODY])
    for address in addresses:
        chain.fund(address)
    return [check("wallets registered on chain", len(EVERYBODY), len(addresses)), *reconciled("onboarded")]


def token(isin: str) -> TokenContract:
    return TokenContract.objects.select_related("series").get(series__isin=isin)


def _kyc_period(member: Investor) -> Period:
    """Two lapse between the first and the second coupon, the others after the bond's end."""
    issue = figures.bill_issue()
    days = 300 if member in (LAPSING, UNREACHABLE) else 365 * (figures.BOND_YEARS + 1)
    return clock.now(), plan.at(issue + timedelta(days=days), 12)


def _bill() -> Series:
    issue = figures.bill_issue()
    return _drafted(
        figures.BILL,
        name="Rehearsal market bill (synthetic)",
        short_name=f"MTB {figures.BILL_DAYS}D {issue:%d%b%y}".upper(),
        denomination_minor=figures.BILL_FACE_MINOR,
        issue_date=issue,
        maturity_date=issue + timedelta(days=figures.BILL_DAYS),
        ceiling_units=figures.BILL_CEILING_UNITS,
    )


def _bond() -> Series:
    issue: date = figures.bill_issue()
    return _drafted(
        figures.BOND,
        name="Rehearsal investment bond (synthetic)",
        short_name=f"PIB {figures.BOND_YEARS}Y {issue:%d%b%y}".upper(),
        kind="PIB",
        convention="PK-PIB",
        coupon_pct=figures.COUPON_PCT,
        denomination_minor=figures.BOND_FACE_MINOR,
        issue_date=issue,
        maturity_date=figures.bond_maturity(),
        ceiling_units=figures.BOND_CEILING_UNITS,
    )


def _drafted(isin: str, **terms: Any) -> Series:
    row = Series.objects.filter(isin=isin).first() or series_draft(
        programme=Programme.objects.get(reference=plan.PROGRAMME),
        isin=isin,
        currency="PKR",
        legal_record="TOKEN_REGISTER",
        legal_instrument="Rehearsal securities rules (synthetic)",
        actor=person(MAKER),
        now=clock.now(),
        **terms,
    )
    if row.state == "DRAFT":
        approved("issuance.series.approve", series_payload(row))
        row.refresh_from_db()
    return row
