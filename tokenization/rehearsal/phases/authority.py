"""From the law to an approved series: every step drafted by one officer and approved by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TypeVar

from issuance.authority.drafts import draft_payload
from issuance.authority.fx import fx_rate_record
from issuance.authority.models import BudgetEnvelope, FxRate, LegalAuthority
from issuance.authority.services import authority_draft, envelope_draft
from issuance.programme.models import Programme
from issuance.programme.services import programme_draft
from issuance.series.actions import series_payload
from issuance.series.models import Series, TermSheet
from issuance.series.services import series_draft
from tokenization.identity.approvals import approval_approve
from tokenization.kernel import clock
from tokenization.kernel.errors import NotAllowed
from tokenization.rehearsal import plan
from tokenization.rehearsal.checks import Check, check, refused
from tokenization.rehearsal.office import MAKER, approve, approved, attempt, proposed
from tokenization.rehearsal.people import officers_create, person

Row = TypeVar("Row", LegalAuthority, BudgetEnvelope, Programme)


def enact() -> Sequence[Check]:
    """Authority, envelope and programme, each in force by a second officer."""
    officers_create()
    _rate()
    authority, envelope, programme = _authority(), _envelope(), _programme()
    return [
        check("authority in force", "IN_FORCE", authority.state),
        check("authority ceiling, PKR minor units", plan.AUTHORITY_MINOR, authority.ceiling_minor),
        check("budget envelope open", "OPEN", envelope.state),
        check("programme open", "OPEN", programme.state),
        check("programme ceiling, USD cents", plan.PROGRAMME_MINOR, programme.ceiling_minor),
    ]


def series() -> Sequence[Check]:
    """The bill: drafted, refused to its own maker, approved by the checker, its term sheet hashed."""
    row = _draft(plan.BILL, "Rehearsal bill", plan.issue_date())
    checks = []
    if row.state == "DRAFT":
        approval = proposed("issuance.series.approve", series_payload(row))
        own = attempt(approval_approve, approval_id=approval.pk, actor=person(MAKER), now=clock.now())
        checks = [refused("the maker cannot approve his own series", own, error=NotAllowed)]
        approve(approval)
    row.refresh_from_db()
    sheet = TermSheet.objects.get(series=row, version=1)
    return [
        *checks,
        check("series approved or later", True, row.state in {"APPROVED", "LIVE", "MATURED"}),
        check("term sheet version 1 hash is its file's", sheet.file.sha256, sheet.sha256),
    ]


def rollover_series() -> Series:
    """A second bill, issued on the day the first one matures."""
    row = _draft(plan.ROLLOVER, "Rehearsal bill, rolled over", plan.maturity_date())
    if row.state == "DRAFT":
        approved("issuance.series.approve", series_payload(row))
        row.refresh_from_db()
    return row


def _rate() -> None:
    if not FxRate.objects.filter(base="USD", quote="PKR").exists():
        fx_rate_record(
            on=plan.today(),
            base="USD",
            quote="PKR",
            rate=plan.PKR_PER_USD,
            source="synthetic rehearsal rate",
            actor=person(MAKER),
            now=clock.now(),
        )


def _authority() -> LegalAuthority:
    row = LegalAuthority.objects.filter(reference=plan.AUTHORITY).first() or authority_draft(
        reference=plan.AUTHORITY,
        title="Rehearsal borrowing authority",
        law="Rehearsal Public Debt Act, section 1 (synthetic)",
        currency="PKR",
        ceiling_minor=plan.AUTHORITY_MINOR,
        valid_from=_year_start(),
        valid_until=_year_start() + timedelta(days=3650),
        actor=person(MAKER),
        now=clock.now(),
    )
    return _in_force(row, "issuance.authority.enact")


def _envelope() -> BudgetEnvelope:
    start = _year_start()
    row = BudgetEnvelope.objects.filter(authority__reference=plan.AUTHORITY).first() or envelope_draft(
        authority=LegalAuthority.objects.get(reference=plan.AUTHORITY),
        budget_year=f"{start.year}-{(start.year + 1) % 100:02d}",
        starts_on=start,
        ends_on=start.replace(year=start.year + 1) - timedelta(days=1),
        currency="PKR",
        amount_minor=plan.ENVELOPE_MINOR,
        actor=person(MAKER),
        now=clock.now(),
    )
    return _in_force(row, "issuance.authority.open_envelope")


def _programme() -> Programme:
    row = Programme.objects.filter(reference=plan.PROGRAMME).first() or programme_draft(
        envelope=BudgetEnvelope.objects.get(authority__reference=plan.AUTHORITY),
        reference=plan.PROGRAMME,
        name="Tokenised treasury bills, USD 2 billion",
        currency="USD",
        ceiling_minor=plan.PROGRAMME_MINOR,
        actor=person(MAKER),
        now=clock.now(),
    )
    return _in_force(row, "issuance.programme.open")


def _in_force(row: Row, action: str) -> Row:
    if row.state == "DRAFT":
        approved(action, draft_payload(row))
        row.refresh_from_db()
    return row


def _draft(isin: str, name: str, issue: date) -> Series:
    return Series.objects.filter(isin=isin).first() or series_draft(
        programme=Programme.objects.get(reference=plan.PROGRAMME),
        isin=isin,
        name=f"{name} (synthetic)",
        short_name=f"MTB {plan.TENOR}D {issue:%d%b%y}".upper(),
        currency="PKR",
        denomination_minor=plan.DENOMINATION_MINOR,
        issue_date=issue,
        maturity_date=issue + timedelta(days=plan.TENOR),
        ceiling_units=plan.CEILING_UNITS,
        legal_record="TOKEN_REGISTER",
        legal_instrument="Rehearsal securities rules (synthetic)",
        actor=person(MAKER),
        now=clock.now(),
    )


def _year_start() -> date:
    """A budget year that holds both the bill and its rollover, whatever the day of the rehearsal."""
    return plan.issue_date().replace(day=1)
